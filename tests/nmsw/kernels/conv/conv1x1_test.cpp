#include "nmsw/kernels/conv/conv_kernels.h"

#include <gtest/gtest.h>

#include <cmath>

#include "tests/support/numbers.h"

namespace nmsw {
namespace {

using testing::numbers;
using testing::seen_as;

constexpr int64_t kOctants = 8;

template <class Element>
struct Points {
  ConvShape shape;
  ConvKind kind;
  int64_t voxels, rows;
  std::vector<float> in, weight, bias;
  std::vector<FusedChannel> channels;
  std::vector<Element> packed;

  Points(int64_t in_channels, int64_t out_channels, Int3 extent, ConvKind on)
      : shape{in_channels, out_channels, extent},
        kind(on),
        voxels(extent[0] * extent[1] * extent[2]),
        rows(out_channels * (on == ConvKind::point_doubled ? kOctants : 1)),
        in(numbers(in_channels * voxels, 0.1)),
        weight(numbers(rows * in_channels, 0.7)),
        bias(numbers(out_channels, 1.1)),
        channels(static_cast<size_t>(in_channels)),
        packed(static_cast<size_t>(kernel().packed_size(in_channels, out_channels))) {
    for (int64_t c = 0; c < in_channels; ++c) {
      channels[static_cast<size_t>(c)].volume = in.data() + c * voxels;
    }
    kernel().pack(weight.data(), in_channels, out_channels, packed.data(), {});
  }

  const ConvKernel<Element>& kernel() const {
    return kind == ConvKind::point ? conv1x1<Element, ConvKind::point>()
                                   : conv1x1<Element, ConvKind::point_doubled>();
  }

  std::vector<float> output(bool one_by_one, const FusedChannel* added = nullptr) const {
    std::vector<float> out(static_cast<size_t>(rows * voxels), NAN);
    std::vector<float> scratch(static_cast<size_t>(kernel().scratch(shape)), NAN);
    ConvArgs<Element> conv;
    conv.shape = shape;
    conv.in = channels.data();
    conv.weight = packed.data();
    conv.bias = bias.data();
    conv.added = added;
    conv.out = out.data();
    conv.out_step = voxels * rows / shape.out_channels;
    conv.past_caches = one_by_one;
    const int64_t blocks = kernel().blocks(shape);
    if (!one_by_one) kernel().run(conv, 0, blocks, scratch.data());
    for (int64_t i = one_by_one ? blocks : 0; i-- > 0;) {
      kernel().run(conv, i, i + 1, scratch.data());
    }
    return out;
  }

  std::vector<double> expected() const {
    const auto [depth, height, width] = shape.extent_dhw;
    const int64_t scale = kind == ConvKind::point_doubled ? 2 : 1, each = scale * scale * scale;
    std::vector<double> out(static_cast<size_t>(rows * voxels));
    for (int64_t row = 0; row < rows; ++row) {
      const int64_t o = row / each, k = row % each;
      for (int64_t i = 0; i < voxels; ++i) {
        const int64_t z = scale * (i / (height * width)) + k / 4,
                      y = scale * (i / width % height) + k / 2 % 2, x = scale * (i % width) + k % 2;
        double sum = static_cast<double>(bias[static_cast<size_t>(o)]);
        for (int64_t c = 0; c < shape.in_channels; ++c) {
          sum += static_cast<double>(
                     seen_as<Element>(weight[static_cast<size_t>(row * shape.in_channels + c)])) *
                 static_cast<double>(seen_as<Element>(in[static_cast<size_t>(c * voxels + i)]));
        }
        out[static_cast<size_t>(((o * scale * depth + z) * scale * height + y) * scale * width +
                                x)] = sum;
      }
    }
    return out;
  }
};

template <class Element>
void expect_the_definition_of_points(ConvKind kind) {
  for (const Int3 extent : {Int3{1, 1, 1}, Int3{2, 3, 5}, Int3{3, 2, 16}, Int3{1, 4, 33},
                            Int3{2, 40, 64}, Int3{1, 2, 2100}}) {
    for (const auto& [in, out] : {std::pair<int64_t, int64_t>{1, 1}, {3, 2}, {5, 7}, {8, 12}}) {
      const Points<Element> points(in, out, extent, kind);
      const std::vector<float> got = points.output(false);
      const std::vector<double> expected = points.expected();
      for (size_t i = 0; i < expected.size(); ++i) {
        ASSERT_NEAR(static_cast<double>(got[i]), expected[i], 1e-5)
            << in << " to " << out << " channels, " << extent[0] << "x" << extent[1] << "x"
            << extent[2] << " at " << i;
      }
      EXPECT_EQ(got, points.output(true));
    }
  }
}

TEST(PointConv, EqualsTheDefinition) {
  expect_the_definition_of_points<float>(ConvKind::point);
  expect_the_definition_of_points<Bf16Pair>(ConvKind::point);
}

TEST(PointConv, MakesEightVoxelsOfOne) {
  expect_the_definition_of_points<float>(ConvKind::point_doubled);
  expect_the_definition_of_points<Bf16Pair>(ConvKind::point_doubled);
}

TEST(PointConv, AddsAVolume) {
  const Points<float> points(3, 3, {2, 3, 20}, ConvKind::point);
  const std::vector<float> plain = points.output(false),
                           sum = points.output(false, points.channels.data());
  for (size_t i = 0; i < sum.size(); ++i) EXPECT_NEAR(sum[i], plain[i] + points.in[i], 1e-6);
}

}  // namespace
}  // namespace nmsw
