#include <gtest/gtest.h>

#include <cmath>
#include <cstring>
#include <vector>

#include "nmsw/kernels/conv/conv_kernels.h"
#include "tests/support/numbers.h"

namespace nmsw {
namespace {

using testing::numbers;

int64_t voxels_of(const Int3& extent) { return extent[0] * extent[1] * extent[2]; }

/// The convolution that halves a grid.
template <class Element_>
struct Halving {
  using Element = Element_;
  static const ConvKernel<Element>& kernel() { return conv3x3_halved<Element>(); }
  static Int3 out_dhw(const Int3& in) {
    return {(in[0] + 1) / 2, (in[1] + 1) / 2, (in[2] + 1) / 2};
  }
  static int64_t weight_at(const ConvShape& shape, int64_t c, int64_t o) {
    return o * shape.in_channels + c;
  }
  /// Calls visit(input voxel, output voxel) where tap k joins a coarse voxel and a fine one.
  template <class Visit>
  static void join(int64_t coarse, int64_t fine, Visit visit) {
    visit(fine, coarse);
  }
  static Int3 fine_dhw(const ConvShape& shape) { return shape.extent_dhw; }
};

/// The transpose, which doubles one.
template <class Element_>
struct Doubling {
  using Element = Element_;
  static const ConvKernel<Element>& kernel() { return conv3x3_doubled<Element>(); }
  static Int3 out_dhw(const Int3& in) { return {2 * in[0], 2 * in[1], 2 * in[2]}; }
  static int64_t weight_at(const ConvShape& shape, int64_t c, int64_t o) {
    return c * shape.out_channels + o;
  }
  template <class Visit>
  static void join(int64_t coarse, int64_t fine, Visit visit) {
    visit(coarse, fine);
  }
  static Int3 fine_dhw(const ConvShape& shape) { return out_dhw(shape.extent_dhw); }
};

template <class Kernel>
struct Example {
  using Element = typename Kernel::Element;
  ConvShape shape;
  std::vector<float> in, weight, bias;
  std::vector<FusedChannel> channels;
  Example(int64_t in_channels, int64_t out_channels, Int3 extent)
      : shape{in_channels, out_channels, extent},
        in(numbers(in_channels * voxels_of(extent), 0.1)),
        weight(numbers(in_channels * out_channels * 27, 0.7)),
        bias(numbers(out_channels, 1.1)),
        channels(static_cast<size_t>(in_channels)) {
    for (int64_t c = 0; c < in_channels; ++c) {
      channels[static_cast<size_t>(c)].volume = in.data() + c * voxels_of(extent);
    }
  }
  void apply_a_norm() {
    for (FusedChannel& channel : channels) {
      channel.scale = 1.5F;
      channel.offset = 0.3F;
      channel.slope = 0.1F;
    }
  }
  /// Numbers whose sums and differences, as the filtering makes them, bfloat16 holds exactly.
  void make_exact_in_bfloat16() {
    for (float& x : in) x = std::round(3 * x);
    for (float& w : weight) w = std::round(3 * w);
    for (float& b : bias) b = std::round(b);
  }

  int64_t blocks() const { return Kernel::kernel().blocks(shape); }
  int64_t out_voxels() const { return voxels_of(Kernel::out_dhw(shape.extent_dhw)); }

  /// Packed by several in turn, the last first.
  std::vector<Element> packed() const {
    std::vector<Element> to(
        static_cast<size_t>(Kernel::kernel().packed_size(shape.in_channels, shape.out_channels)));
    for (int64_t i = 3; i-- > 0;) {
      Kernel::kernel().pack(weight.data(), shape.in_channels, shape.out_channels, to.data(),
                            {i, 3});
    }
    return to;
  }
  /// Runs the blocks one by one, the last one first, or all in one call.
  std::vector<float> output(bool one_by_one, MomentSums* moments = nullptr) const {
    std::vector<float> out(static_cast<size_t>(out_voxels() * shape.out_channels), NAN);
    std::vector<float> scratch(static_cast<size_t>(Kernel::kernel().scratch(shape)), NAN);
    const std::vector<Element> weights = packed();
    ConvArgs<Element> conv;
    conv.shape = shape;
    conv.in = channels.data();
    conv.weight = weights.data();
    conv.bias = bias.data();
    conv.out = out.data();
    conv.out_step = out_voxels();
    conv.moments = moments;
    if (!one_by_one) Kernel::kernel().run(conv, 0, blocks(), scratch.data());
    for (int64_t i = one_by_one ? blocks() : 0; i-- > 0;) {
      Kernel::kernel().run(conv, i, i + 1, scratch.data());
    }
    return out;
  }

  std::vector<double> definition() const {
    const Int3 fine = Kernel::fine_dhw(shape);
    const int64_t height = (fine[1] + 1) / 2, width = (fine[2] + 1) / 2;
    const int64_t coarse_voxels = (fine[0] + 1) / 2 * height * width;
    std::vector<double> out;
    for (int64_t o = 0; o < shape.out_channels; ++o) {
      out.insert(out.end(), static_cast<size_t>(out_voxels()),
                 static_cast<double>(bias[static_cast<size_t>(o)]));
      for (int64_t c = 0; c < shape.in_channels; ++c) {
        for (int64_t i = 0; i < coarse_voxels; ++i) {
          for (int64_t k = 0; k < 27; ++k) {
            const int64_t z = 2 * (i / (height * width)) - 1 + k / 9,
                          y = 2 * (i / width % height) - 1 + k / 3 % 3,
                          x = 2 * (i % width) - 1 + k % 3;
            if (z < 0 || y < 0 || x < 0 || z >= fine[0] || y >= fine[1] || x >= fine[2]) continue;
            Kernel::join(i, (z * fine[1] + y) * fine[2] + x, [&](int64_t from, int64_t to) {
              out[static_cast<size_t>(o * out_voxels() + to)] +=
                  static_cast<double>(
                      weight[static_cast<size_t>(Kernel::weight_at(shape, c, o) * 27 + k)]) *
                  seen(c, from);
            });
          }
        }
      }
    }
    return out;
  }

 private:
  double seen(int64_t c, int64_t voxel) const {
    const FusedChannel& channel = channels[static_cast<size_t>(c)];
    const double t =
        static_cast<double>(channel.scale) * static_cast<double>(channel.volume[voxel]) +
        static_cast<double>(channel.offset);
    return t > 0 ? t : static_cast<double>(channel.slope) * t;
  }
};

/// Extents around the vectors' width and the filtering's tiles, one-voxel axes; channel counts
/// around a block's.
template <class Kernel>
std::vector<Example<Kernel>> examples() {
  std::vector<Example<Kernel>> all;
  for (const Int3 extent :
       {Int3{1, 1, 1}, Int3{1, 1, 9}, Int3{1, 6, 1}, Int3{4, 1, 1}, Int3{3, 4, 5}, Int3{2, 5, 14},
        Int3{2, 3, 33}, Int3{5, 7, 32}, Int3{4, 2, 47}}) {
    for (int64_t out = 1; out <= 7; ++out) all.emplace_back(2, out, extent);
  }
  all.emplace_back(9, 17, Int3{4, 3, 16});
  all.emplace_back(40, 2, Int3{3, 70, 20});  // more rows than the cache holds at once
  return all;
}

template <class Kernel>
class Conv3x3Stride2 : public ::testing::Test {};
using Kernels =
    ::testing::Types<Halving<float>, Doubling<float>, Halving<Bf16Pair>, Doubling<Bf16Pair>>;
TYPED_TEST_SUITE(Conv3x3Stride2, Kernels);

template <class Kernel>
void expect_the_definition(const Example<Kernel>& e, double tolerance) {
  const std::vector<double> expected = e.definition();
  const std::vector<float> got = e.output(false);
  ASSERT_EQ(got.size(), expected.size());
  for (size_t i = 0; i < got.size(); ++i) {
    ASSERT_NEAR(static_cast<double>(got[i]), expected[i], tolerance)
        << e.shape.in_channels << " to " << e.shape.out_channels << " channels, "
        << e.shape.extent_dhw[0] << "x" << e.shape.extent_dhw[1] << "x" << e.shape.extent_dhw[2]
        << " at " << i;
  }
}

TYPED_TEST(Conv3x3Stride2, EqualsTheDefinitionWhereItsNumbersAreExact) {
  for (Example<TypeParam>& e : examples<TypeParam>()) {
    e.make_exact_in_bfloat16();
    expect_the_definition(e, 0);
  }
}

TYPED_TEST(Conv3x3Stride2, IsNearTheDefinitionWithANormAndARectifier) {
  constexpr bool kExact = std::is_same_v<typename TypeParam::Element, float>;
  for (Example<TypeParam>& e : examples<TypeParam>()) {
    e.apply_a_norm();
    if constexpr (kExact) {
      expect_the_definition(e, 4e-6 * static_cast<double>(27 * e.shape.in_channels));
    }
    const std::vector<double> expected = e.definition();
    const std::vector<float> got = e.output(false);
    double difference = 0, size = 0;
    for (size_t i = 0; i < expected.size(); ++i) {
      difference += std::pow(static_cast<double>(got[i]) - expected[i], 2);
      size += std::pow(expected[i], 2);
    }
    EXPECT_LT(std::sqrt(difference / size), kExact ? 1e-6 : 0.01);
  }
}

TYPED_TEST(Conv3x3Stride2, GivesTheSameBitsBlockByBlock) {
  for (const Example<TypeParam>& e : examples<TypeParam>()) {
    EXPECT_EQ(e.output(false), e.output(true));
  }
}

TYPED_TEST(Conv3x3Stride2, FindsTheMomentsOfWhatItWrites) {
  for (const Example<TypeParam>& e : examples<TypeParam>()) {
    const auto channels = static_cast<size_t>(e.shape.out_channels);
    std::vector<MomentSums> blocks(static_cast<size_t>(e.blocks()) * channels);
    const std::vector<float> out = e.output(false, blocks.data());
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
