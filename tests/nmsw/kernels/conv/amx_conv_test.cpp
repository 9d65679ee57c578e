#include "nmsw/kernels/conv/conv_kernels.h"

#include <gtest/gtest.h>

#include <cmath>
#include <vector>

#include "nmsw/kernels/gemm/amx_tiles.h"
#include "tests/support/numbers.h"

namespace nmsw {
namespace {

using testing::numbers;
using testing::seen_as;

int64_t voxels_of(const Int3& extent) { return extent[0] * extent[1] * extent[2]; }

/// What the definition of a kind needs to know.
struct Definition {
  int64_t taps, stride, padding;
  bool transposed;
};

const ConvKernel<Bf16Pair>& amx_kernel(ConvKind kind) {
  switch (kind) {
    case ConvKind::same:
      return amx_conv<ConvKind::same>();
    case ConvKind::halved:
      return amx_conv<ConvKind::halved>();
    case ConvKind::doubled:
      return amx_conv<ConvKind::doubled>();
    case ConvKind::point:
      return amx_conv<ConvKind::point>();
    case ConvKind::point_doubled:
      break;
  }
  return amx_conv<ConvKind::point_doubled>();
}

Definition definition_of(ConvKind kind) {
  switch (kind) {
    case ConvKind::same:
      return {3, 1, 1, false};
    case ConvKind::halved:
      return {3, 2, 1, false};
    case ConvKind::doubled:
      return {3, 2, 1, true};
    case ConvKind::point:
      return {1, 1, 0, false};
    case ConvKind::point_doubled:
      return {2, 2, 0, true};
  }
  return {};
}

struct Example {
  ConvKind kind;
  Definition is;
  ConvShape shape;
  Int3 out_dhw;
  std::vector<float> in, weight, bias;
  std::vector<FusedChannel> channels;

  Example(ConvKind of, int64_t in_channels, int64_t out_channels, Int3 extent)
      : kind(of),
        is(definition_of(of)),
        shape{in_channels, out_channels, extent},
        in(numbers(in_channels * voxels_of(extent), 0.1)),
        weight(numbers(in_channels * out_channels * taps(), 0.7)),
        bias(numbers(out_channels, 1.1)),
        channels(static_cast<size_t>(in_channels)) {
    for (size_t axis = 0; axis < 3; ++axis) {
      out_dhw[axis] =
          is.transposed ? is.stride * extent[axis] : (extent[axis] + is.stride - 1) / is.stride;
    }
    for (float& x : in) x = seen_as<Bf16Pair>(x);
    for (float& w : weight) w = seen_as<Bf16Pair>(w);
    for (int64_t c = 0; c < in_channels; ++c) {
      channels[static_cast<size_t>(c)].volume = in.data() + c * voxels_of(extent);
    }
  }
  int64_t taps() const { return is.taps * is.taps * is.taps; }
  int64_t blocks() const { return amx_kernel(kind).blocks(shape); }

  /// Blocks one by one, the last one first, past the caches, or all in one call; weights packed by
  /// several.
  std::vector<float> output(bool one_by_one, const FusedChannel* added = nullptr,
                            MomentSums* moments = nullptr) const {
    const ConvKernel<Bf16Pair>& kernel = amx_kernel(kind);
    std::vector<Bf16Pair> packed(
        static_cast<size_t>(kernel.packed_size(shape.in_channels, shape.out_channels)));
    for (int64_t i = 3; i-- > 0;) {
      kernel.pack(weight.data(), shape.in_channels, shape.out_channels, packed.data(), {i, 3});
    }
    std::vector<float> out(static_cast<size_t>(voxels_of(out_dhw) * shape.out_channels), NAN);
    std::vector<float> scratch(static_cast<size_t>(kernel.scratch(shape)), NAN);
    ConvArgs<Bf16Pair> conv;
    conv.shape = shape;
    conv.in = channels.data();
    conv.weight = packed.data();
    conv.bias = bias.data();
    conv.added = added;
    conv.out = out.data();
    conv.out_step = voxels_of(out_dhw);
    conv.moments = moments;
    conv.past_caches = one_by_one;
    if (!one_by_one) kernel.run(conv, 0, blocks(), scratch.data());
    for (int64_t i = one_by_one ? blocks() : 0; i-- > 0;) {
      kernel.run(conv, i, i + 1, scratch.data());
    }
    return out;
  }

  float weight_of(int64_t o, int64_t c, int64_t k) const {
    int64_t at = (o * shape.in_channels + c) * taps() + k;
    if (kind == ConvKind::doubled) at = (c * shape.out_channels + o) * taps() + k;
    if (kind == ConvKind::point_doubled) at = (o * taps() + k) * shape.in_channels + c;
    return weight[static_cast<size_t>(at)];
  }

  /// Every voxel of the smaller grid joined by every tap to one of the larger grid.
  std::vector<double> expected() const {
    const Int3 &few = is.transposed ? shape.extent_dhw : out_dhw,
               &many = is.transposed ? out_dhw : shape.extent_dhw;
    std::vector<double> out;
    for (int64_t o = 0; o < shape.out_channels; ++o) {
      out.insert(out.end(), static_cast<size_t>(voxels_of(out_dhw)),
                 static_cast<double>(bias[static_cast<size_t>(o)]));
      for (int64_t i = 0; i < voxels_of(few); ++i) {
        for (int64_t k = 0; k < taps(); ++k) {
          const int64_t z = is.stride * (i / (few[1] * few[2])) - is.padding +
                            k / (is.taps * is.taps),
                        y = is.stride * (i / few[2] % few[1]) - is.padding + k / is.taps % is.taps,
                        x = is.stride * (i % few[2]) - is.padding + k % is.taps;
          if (z < 0 || y < 0 || x < 0 || z >= many[0] || y >= many[1] || x >= many[2]) continue;
          const int64_t other = (z * many[1] + y) * many[2] + x;
          double& sum =
              out[static_cast<size_t>(o * voxels_of(out_dhw) + (is.transposed ? other : i))];
          for (int64_t c = 0; c < shape.in_channels; ++c) {
            sum += static_cast<double>(weight_of(o, c, k)) * seen(c, is.transposed ? i : other);
          }
        }
      }
    }
    return out;
  }

 private:
  double seen(int64_t c, int64_t voxel) const {
    const FusedChannel& channel = channels[static_cast<size_t>(c)];
    const float t = channel.scale * channel.volume[voxel] + channel.offset;
    return static_cast<double>(seen_as<Bf16Pair>(t > 0 ? t : channel.slope * t));
  }
};

constexpr ConvKind kKinds[] = {ConvKind::same, ConvKind::halved, ConvKind::doubled, ConvKind::point,
                               ConvKind::point_doubled};

/// Extents around the vectors' width and a block's; channels around a tile's.
std::vector<Example> examples(ConvKind kind) {
  std::vector<Example> all;
  for (const Int3 extent :
       {Int3{1, 1, 1}, Int3{1, 1, 9}, Int3{1, 6, 1}, Int3{4, 1, 1}, Int3{3, 4, 5}, Int3{2, 5, 14},
        Int3{2, 3, 33}, Int3{5, 9, 32}, Int3{9, 2, 47}}) {
    for (const auto& [in, out] : {std::pair<int64_t, int64_t>{1, 1}, {3, 2}, {2, 7}}) {
      all.emplace_back(kind, in, out, extent);
    }
  }
  for (const auto& [in, out] :
       {std::pair<int64_t, int64_t>{20, 17}, {32, 32}, {34, 33}, {67, 65}, {130, 3}}) {
    all.emplace_back(kind, in, out, Int3{3, 4, 6});
  }
  all.emplace_back(kind, 80, 2, Int3{12, 20, 30});  // more than the cache holds at once
  return all;
}

class AmxConv : public ::testing::TestWithParam<ConvKind> {};
INSTANTIATE_TEST_SUITE_P(Kinds, AmxConv, ::testing::ValuesIn(kKinds));

void expect_near(const Example& e, const std::vector<float>& got,
                 const std::vector<double>& expected) {
  ASSERT_EQ(got.size(), expected.size());
  const double tolerance =
      1e-6 * std::sqrt(static_cast<double>(e.shape.in_channels * e.taps())) + 1e-6;
  for (size_t i = 0; i < got.size(); ++i) {
    ASSERT_NEAR(static_cast<double>(got[i]), expected[i], 4 * tolerance)
        << e.shape.in_channels << " to " << e.shape.out_channels << " channels, "
        << e.shape.extent_dhw[0] << "x" << e.shape.extent_dhw[1] << "x" << e.shape.extent_dhw[2]
        << " at " << i;
  }
}

TEST_P(AmxConv, EqualsTheDefinitionOfNumbersInBfloat16) {
  for (const Example& e : examples(GetParam())) expect_near(e, e.output(false), e.expected());
}

TEST_P(AmxConv, GivesTheSameBitsBlockByBlock) {
  for (const Example& e : examples(GetParam())) EXPECT_EQ(e.output(false), e.output(true));
}

TEST_P(AmxConv, AppliesEachChannelsNorm) {
  Example e(GetParam(), 5, 4, {3, 4, 19});
  for (size_t c = 0; c < e.channels.size(); ++c) {
    e.channels[c].scale = 1.5F;
    e.channels[c].offset = 0.25F * static_cast<float>(c);
    e.channels[c].slope = 0.125F;
  }
  expect_near(e, e.output(false), e.expected());
}

TEST_P(AmxConv, FindsTheMomentsOfWhatItWrites) {
  const Example e(GetParam(), 3, 34, {9, 10, 19});
  std::vector<MomentSums> blocks(static_cast<size_t>(e.blocks() * e.shape.out_channels));
  const std::vector<float> out = e.output(true, nullptr, blocks.data());
  const int64_t voxels = voxels_of(e.out_dhw);
  for (int64_t o = 0; o < e.shape.out_channels; ++o) {
    MomentSums all;
    for (int64_t i = 0; i < e.blocks(); ++i) {
      all.add(blocks[static_cast<size_t>(i * e.shape.out_channels + o)]);
    }
    double mean = 0, squares = 0;
    for (int64_t i = 0; i < voxels; ++i)
      mean += static_cast<double>(out[static_cast<size_t>(o * voxels + i)]);
    mean /= static_cast<double>(voxels);
    for (int64_t i = 0; i < voxels; ++i) {
      squares += std::pow(static_cast<double>(out[static_cast<size_t>(o * voxels + i)]) - mean, 2);
    }
    EXPECT_EQ(all.count, static_cast<double>(voxels));
    EXPECT_NEAR(all.mean, mean, 1e-5);
    EXPECT_NEAR(all.squares / squares, 1, 1e-5);
  }
}

TEST(AmxConvSame, AddsAVolume) {
  for (const ConvKind kind : {ConvKind::same, ConvKind::point}) {
    const Example e(kind, 3, 3, {2, 3, 20});
    const std::vector<float> plain = e.output(false), sum = e.output(false, e.channels.data());
    for (size_t i = 0; i < sum.size(); ++i) EXPECT_NEAR(sum[i], plain[i] + e.in[i], 1e-6);
  }
}

/// The processor's tiles take denormal numbers for zero and may add in another order.
TEST(AmxTiles, GiveWhatVectorsGive) {
  if (!has(Instructions::amx)) GTEST_SKIP() << "no matrix registers on this processor";
  const int64_t taps[] = {0, 1, 40};
  for (const auto& [in, out, length] : {std::tuple<int64_t, int64_t, int64_t>{1, 1, 1},
                                        {20, 10, 33},
                                        {34, 31, 70},
                                        {200, 32, 64}}) {
    const int64_t pairs = elements_of<Bf16Pair>(in), plane = length + 40 + 2 * kTileVoxels;
    const std::vector<float> weight = numbers(out * in * 3, 0.3);
    const TileCut cut(out, pairs);
    std::vector<Bf16Pair> packed(static_cast<size_t>(cut.packed_size(3)));
    pack_tiles(
        out, in, 3,
        [&, from = in](int64_t o, int64_t t, int64_t c) {
          return weight[static_cast<size_t>((o * from + c) * 3 + t)];
        },
        packed.data());
    std::vector<Bf16Pair> source;
    const std::vector<float> first = numbers(pairs * plane, 0.2),
                             second = numbers(pairs * plane, 0.5);
    for (size_t i = 0; i < first.size(); ++i) {
      const float both[] = {first[i], second[i]};
      source.push_back(element_of<Bf16Pair>(both));
    }
    const int64_t out_channel = length + kTileVoxels;
    std::vector<float> by_tiles(static_cast<size_t>(out * out_channel)), by_vectors = by_tiles;
    TileSums sums{out,  pairs, source.data(), plane,           packed.data(),
                  taps, 3,     length,        by_tiles.data(), out_channel};
    sum_tiles(sums);
    sums.out = by_vectors.data();
    sum_tiles_by_vectors(sums);
    for (int64_t o = 0; o < out; ++o) {
      for (int64_t i = 0; i < length; ++i) {
        const auto at = static_cast<size_t>(o * out_channel + i);
        ASSERT_NEAR(by_tiles[at], by_vectors[at], 1e-5 * std::sqrt(static_cast<double>(in)));
      }
    }
  }
}

}  // namespace
}  // namespace nmsw
