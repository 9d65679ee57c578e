#include "nmsw/kernels/planar_conv_transpose.h"

#include <gtest/gtest.h>

#include <cmath>
#include <cstring>
#include <vector>

#include "tests/support/numbers.h"

namespace nmsw {
namespace {

using testing::numbers;
using testing::seen_as;

template <class Element>
struct Doubling {
  PlanarConvShape shape;
  std::vector<float> in, weight, bias;
  std::vector<Element> padded, packed;
  Doubling(int64_t in_channels, int64_t out_channels, Int3 extent)
      : shape{in_channels, out_channels, extent},
        in(numbers(in_channels * voxels(), 0.1)),
        weight(numbers(in_channels * out_channels * 27, 0.7)),
        bias(numbers(out_channels, 1.1)),
        padded(static_cast<size_t>(PaddedGrid(extent).size(elements_of<Element>(in_channels)))),
        packed(static_cast<size_t>(packed_conv_weight_size<Element>(in_channels, out_channels))) {
    std::memset(padded.data(), 0xFF, padded.size() * sizeof(Element));  // padding left out shows
    for (int64_t e = 0; e < elements_of<Element>(in_channels); ++e) {
      pad_channel(in.data(), extent, e, in_channels, padded.data());
    }
    pack_conv_transpose_weight(weight.data(), in_channels, out_channels, packed.data());
  }
  int64_t voxels() const {
    return shape.extent_dhw[0] * shape.extent_dhw[1] * shape.extent_dhw[2];
  }

  std::vector<double> expected() const {
    const auto [depth, height, width] = shape.extent_dhw;
    std::vector<double> out;
    for (int64_t o = 0; o < shape.out_channels; ++o) {
      out.insert(out.end(), static_cast<size_t>(8 * voxels()),
                 static_cast<double>(bias[static_cast<size_t>(o)]));
      for (int64_t c = 0; c < shape.in_channels; ++c) {
        for (int64_t i = 0; i < voxels(); ++i) {
          for (int64_t k = 0; k < 27; ++k) {
            const int64_t z = 2 * (i / (height * width)) - 1 + k / 9,
                          y = 2 * (i / width % height) - 1 + k / 3 % 3,
                          x = 2 * (i % width) - 1 + k % 3;
            if (z < 0 || y < 0 || x < 0 || z >= 2 * depth || y >= 2 * height || x >= 2 * width) {
              continue;
            }
            out[static_cast<size_t>(((o * 2 * depth + z) * 2 * height + y) * 2 * width + x)] +=
                static_cast<double>(seen_as<Element>(
                    weight[static_cast<size_t>((c * shape.out_channels + o) * 27 + k)])) *
                static_cast<double>(
                    seen_as<Element>(in[static_cast<size_t>(c * voxels() + i)]));
          }
        }
      }
    }
    return out;
  }
};

template <class Element>
std::vector<Doubling<Element>> doublings() {
  std::vector<Doubling<Element>> all;
  for (const Int3 extent : {Int3{1, 1, 1}, Int3{1, 1, 9}, Int3{1, 6, 1}, Int3{4, 1, 1},
                            Int3{3, 4, 5}, Int3{2, 5, 14}, Int3{2, 3, 33}}) {
    for (int64_t out = 1; out <= 6; ++out) all.emplace_back(2, out, extent);
  }
  all.emplace_back(9, 17, Int3{4, 3, 16});
  return all;
}

template <class Element>
void expect_the_doubled_definition() {
  for (const Doubling<Element>& d : doublings<Element>()) {
    const std::vector<double> expected = d.expected();
    std::vector<float> got(expected.size(), NAN);
    planar_conv_transpose(d.padded.data(), d.packed.data(), d.bias.data(), d.shape, 0,
                          d.shape.extent_dhw[0], got.data());
    for (size_t i = 0; i < got.size(); ++i) {
      ASSERT_NEAR(static_cast<double>(got[i]), expected[i],
                  2e-6 * static_cast<double>(8 * d.shape.in_channels))
          << d.shape.out_channels << " channels, " << d.shape.extent_dhw[0] << "x"
          << d.shape.extent_dhw[1] << "x" << d.shape.extent_dhw[2] << " at " << i;
    }
  }
}

TEST(PlanarConvTranspose, EqualsTheDefinition) { expect_the_doubled_definition<float>(); }

TEST(PlanarConvTranspose, OfPairsEqualsTheDefinitionOnNumbersInBfloat16) {
  expect_the_doubled_definition<Bf16Pair>();
}

template <class Element>
void expect_the_same_doubled_bits() {
  for (const Doubling<Element>& d : doublings<Element>()) {
    const auto size = static_cast<size_t>(8 * d.voxels() * d.shape.out_channels);
    std::vector<float> whole(size), parts(size);
    const int64_t depth = d.shape.extent_dhw[0];
    planar_conv_transpose(d.padded.data(), d.packed.data(), nullptr, d.shape, 0, depth,
                          whole.data());
    for (int64_t z = depth; z-- > 0;) {
      planar_conv_transpose(d.padded.data(), d.packed.data(), nullptr, d.shape, z, z + 1,
                            parts.data());
    }
    EXPECT_EQ(whole, parts);
  }
}

TEST(PlanarConvTranspose, GivesTheSameBitsPlaneByPlane) {
  expect_the_same_doubled_bits<float>();
  expect_the_same_doubled_bits<Bf16Pair>();
}

}  // namespace
}  // namespace nmsw
