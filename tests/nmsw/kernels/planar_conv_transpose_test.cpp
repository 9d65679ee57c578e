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
  std::vector<ConvChannel> channels;
  std::vector<Element> packed;
  Doubling(int64_t in_channels, int64_t out_channels, Int3 extent)
      : shape{in_channels, out_channels, extent},
        in(numbers(in_channels * voxels(), 0.1)),
        weight(numbers(in_channels * out_channels * 27, 0.7)),
        bias(numbers(out_channels, 1.1)),
        channels(static_cast<size_t>(in_channels)),
        packed(
            static_cast<size_t>(packed_conv_transpose_size<Element>(in_channels, out_channels))) {
    for (int64_t c = 0; c < in_channels; ++c) {
      channels[static_cast<size_t>(c)].volume = in.data() + c * voxels();
    }
    pack_conv_transpose_weight(weight.data(), in_channels, out_channels, packed.data());
  }

  int64_t blocks() const { return planar_conv_transpose_blocks<Element>(shape); }
  int64_t out_size() const { return 8 * voxels() * shape.out_channels; }
  /// Runs the blocks one by one, the last one first, or all in one call.
  std::vector<float> output(bool one_by_one, MomentSums* moments = nullptr) const {
    std::vector<float> out(static_cast<size_t>(out_size()), NAN);
    std::vector<float> scratch(static_cast<size_t>(planar_conv_transpose_scratch<Element>(shape)),
                               NAN);
    PlanarConv<Element> conv;
    conv.shape = shape;
    conv.in = channels.data();
    conv.weight = packed.data();
    conv.bias = bias.data();
    conv.out = out.data();
    conv.moments = moments;
    if (!one_by_one) planar_conv_transpose(conv, 0, blocks(), scratch.data());
    for (int64_t i = one_by_one ? blocks() : 0; i-- > 0;) {
      planar_conv_transpose(conv, i, i + 1, scratch.data());
    }
    return out;
  }
  int64_t voxels() const { return shape.extent_dhw[0] * shape.extent_dhw[1] * shape.extent_dhw[2]; }

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
                static_cast<double>(seen_as<Element>(in[static_cast<size_t>(c * voxels() + i)]));
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
    const std::vector<float> got = d.output(false);
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
  for (const Doubling<Element>& d : doublings<Element>())
    EXPECT_EQ(d.output(false), d.output(true));
}

TEST(PlanarConvTranspose, GivesTheSameBitsBlockByBlock) {
  expect_the_same_doubled_bits<float>();
  expect_the_same_doubled_bits<Bf16Pair>();
}

TEST(PlanarConvTranspose, FindsTheMomentsOfWhatItWrites) {
  for (const Doubling<float>& d : doublings<float>()) {
    const auto channels = static_cast<size_t>(d.shape.out_channels);
    std::vector<MomentSums> blocks(static_cast<size_t>(d.blocks()) * channels);
    const std::vector<float> out = d.output(false, blocks.data());
    for (size_t o = 0; o < channels; ++o) {
      MomentSums found, expected;
      for (size_t i = o; i < blocks.size(); i += channels) found.add(blocks[i]);
      const size_t size = out.size() / channels;
      for (size_t i = 0; i < size; ++i) {
        expected.add({1, static_cast<double>(out[o * size + i]), 0});
      }
      EXPECT_EQ(found.count, expected.count);
      EXPECT_NEAR(found.mean, expected.mean, 1e-5);
      EXPECT_NEAR(found.squares, expected.squares, 1e-5 * expected.squares + 1e-6);
    }
  }
}

}  // namespace
}  // namespace nmsw
