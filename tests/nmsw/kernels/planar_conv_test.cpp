#include "nmsw/kernels/planar_conv.h"

#include <gtest/gtest.h>

#include <cmath>
#include <cstring>
#include <vector>

#include "tests/support/numbers.h"

namespace nmsw {
namespace {

using testing::numbers;
using testing::seen_as;

int64_t voxels(Int3 extent) { return extent[0] * extent[1] * extent[2]; }

struct Example {
  PlanarConvShape shape;
  std::vector<float> in, out, weight, bias;
  explicit Example(int64_t in_channels, int64_t out_channels, Int3 extent)
      : shape{in_channels, out_channels, extent},
        in(numbers(in_channels * voxels(extent), 0.1)),
        out(numbers(out_channels * voxels(extent), 0.4)),
        weight(numbers(in_channels * out_channels * 27, 0.7)),
        bias(numbers(out_channels, 1.1)) {}
};

/// Extents around the vectors' width, one-voxel axes; channel counts around a block's.
std::vector<Example> examples() {
  std::vector<Example> all;
  for (const Int3 extent : {Int3{1, 1, 1}, Int3{1, 1, 9}, Int3{1, 6, 1}, Int3{7, 1, 1},
                            Int3{3, 4, 5}, Int3{2, 5, 14}, Int3{3, 3, 16}, Int3{2, 4, 33},
                            Int3{3, 2, 70}}) {
    for (int64_t out = 1; out <= 7; ++out) all.emplace_back(2, out, extent);
  }
  all.emplace_back(17, 17, Int3{4, 6, 8});
  all.emplace_back(1, 20, Int3{3, 5, 18});
  all.emplace_back(13, 3, Int3{2, 300, 40});  // more rows than the cache holds at once
  return all;
}

/// Memory that is not cleared: what the padding leaves out shows.
template <class Element>
std::vector<Element> unwritten(int64_t count) {
  std::vector<Element> to(static_cast<size_t>(count));
  std::memset(to.data(), 0xFF, to.size() * sizeof(Element));
  return to;
}

template <class Element = float>
std::vector<Element> padded(const std::vector<float>& values, int64_t channels, Int3 extent) {
  const int64_t elements = elements_of<Element>(channels);
  auto to = unwritten<Element>(PaddedGrid(extent).size(elements));
  for (int64_t e = 0; e < elements; ++e) {
    pad_channel(values.data(), extent, e, channels, to.data());
  }
  return to;
}

template <class Element = float>
std::vector<Element> packed(const Example& e) {
  auto to = unwritten<Element>(
      packed_conv_weight_size<Element>(e.shape.in_channels, e.shape.out_channels));
  pack_conv_weight(e.weight.data(), e.shape.in_channels, e.shape.out_channels, to.data());
  return to;
}

/// Calls visit(weight index, input index, output index) for each product of the definition.
template <class Visit>
void for_each_product(const PlanarConvShape& shape, Visit visit) {
  const auto [depth, height, width] = shape.extent_dhw;
  const int64_t count = voxels(shape.extent_dhw);
  for (int64_t o = 0; o < shape.out_channels; ++o) {
    for (int64_t c = 0; c < shape.in_channels; ++c) {
      for (int64_t i = 0; i < count; ++i) {
        for (int64_t k = 0; k < 27; ++k) {
          const int64_t z = i / (height * width) - 1 + k / 9, y = i / width % height - 1 + k / 3 % 3,
                        x = i % width - 1 + k % 3;
          if (z < 0 || y < 0 || x < 0 || z >= depth || y >= height || x >= width) continue;
          visit(static_cast<size_t>((o * shape.in_channels + c) * 27 + k),
                static_cast<size_t>(c * count + (z * height + y) * width + x),
                static_cast<size_t>(o * count + i));
        }
      }
    }
  }
}

template <class Got>
void expect_close(const std::vector<Got>& got, const std::vector<double>& expected, double tolerance,
                  const PlanarConvShape& shape) {
  ASSERT_EQ(got.size(), expected.size());
  for (size_t i = 0; i < got.size(); ++i) {
    ASSERT_NEAR(static_cast<double>(got[i]), expected[i], tolerance)
        << shape.in_channels << " to " << shape.out_channels << " channels, "
        << shape.extent_dhw[0] << "x" << shape.extent_dhw[1] << "x" << shape.extent_dhw[2]
        << " at " << i;
  }
}

double product_of(float a, float b) { return static_cast<double>(a) * static_cast<double>(b); }

template <class Element>
void expect_the_definition() {
  for (const Example& e : examples()) {
    const size_t count = static_cast<size_t>(voxels(e.shape.extent_dhw));
    std::vector<double> expected;
    for (const float bias : e.bias) expected.insert(expected.end(), count, static_cast<double>(bias));
    for_each_product(e.shape, [&](size_t w, size_t i, size_t o) {
      expected[o] += product_of(seen_as<Element>(e.weight[w]), seen_as<Element>(e.in[i]));
    });
    std::vector<float> got(e.out.size(), NAN);
    planar_conv(padded<Element>(e.in, e.shape.in_channels, e.shape.extent_dhw).data(),
                packed<Element>(e).data(), e.bias.data(), e.shape, 0, e.shape.extent_dhw[0],
                got.data());
    expect_close(got, expected, 2e-6 * static_cast<double>(27 * e.shape.in_channels), e.shape);
  }
}

TEST(PlanarConv, EqualsTheDefinition) { expect_the_definition<float>(); }

TEST(PlanarConv, OfPairsEqualsTheDefinitionOnNumbersInBfloat16) {
  expect_the_definition<Bf16Pair>();
}

TEST(PlanarConv, WithMirroredWeightsIsTheInputGradient) {
  for (const Example& e : examples()) {
    std::vector<double> expected(e.in.size());
    for_each_product(e.shape, [&](size_t w, size_t i, size_t o) {
      expected[i] += product_of(e.weight[w], e.out[o]);
    });
    const PlanarConvShape back{e.shape.out_channels, e.shape.in_channels, e.shape.extent_dhw};
    std::vector<float> mirrored(e.weight.size()), got(e.in.size(), NAN);
    pack_conv_weight_mirrored(e.weight.data(), e.shape.in_channels, e.shape.out_channels,
                              mirrored.data());
    planar_conv(padded(e.out, e.shape.out_channels, e.shape.extent_dhw).data(), mirrored.data(),
                nullptr, back, 0, e.shape.extent_dhw[0], got.data());
    expect_close(got, expected, 2e-6 * static_cast<double>(27 * e.shape.out_channels), e.shape);
  }
}

template <class Element>
void expect_the_same_bits_plane_by_plane() {
  for (const Example& e : examples()) {
    std::vector<float> whole(e.out.size()), parts(e.out.size());
    const std::vector<Element> weight = packed<Element>(e);
    const std::vector<Element> in =
        padded<Element>(e.in, e.shape.in_channels, e.shape.extent_dhw);
    const int64_t depth = e.shape.extent_dhw[0];
    planar_conv(in.data(), weight.data(), nullptr, e.shape, 0, depth, whole.data());
    for (int64_t z = depth; z-- > 0;) {
      planar_conv(in.data(), weight.data(), nullptr, e.shape, z, z + 1, parts.data());
    }
    EXPECT_EQ(whole, parts);
  }
}

TEST(PlanarConv, GivesTheSameBitsPlaneByPlane) {
  expect_the_same_bits_plane_by_plane<float>();
  expect_the_same_bits_plane_by_plane<Bf16Pair>();
}

TEST(PlanarConvProducts, AreTheWeightGradientAndAddToWhatIsThere) {
  for (const Example& e : examples()) {
    std::vector<double> expected(e.weight.size(), 3), got(e.weight.size(), 3);
    for_each_product(e.shape, [&](size_t w, size_t i, size_t o) {
      expected[w] += product_of(e.out[o], e.in[i]);
    });
    const std::vector<float> in = padded(e.in, e.shape.in_channels, e.shape.extent_dhw);
    const std::vector<float> gradient = padded(e.out, e.shape.out_channels, e.shape.extent_dhw);
    for (int64_t c = 0; c < e.shape.in_channels; ++c) {
      for (int64_t first = 0; first < e.shape.out_channels; first += kConvBlock) {
        planar_conv_products(in.data(), gradient.data(), e.shape, c, first, got.data());
      }
    }
    expect_close(got, expected, 2e-6 * static_cast<double>(voxels(e.shape.extent_dhw)) + 1e-6,
                 e.shape);
  }
}

}  // namespace
}  // namespace nmsw
