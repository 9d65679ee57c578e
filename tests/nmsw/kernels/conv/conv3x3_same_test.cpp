#include "nmsw/kernels/conv/conv_kernels.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <cstring>
#include <vector>

#include "nmsw/kernels/conv/conv3x3_weight_gradient.h"
#include "tests/support/numbers.h"

namespace nmsw {
namespace {

using testing::numbers;

int64_t voxels(Int3 extent) { return extent[0] * extent[1] * extent[2]; }

struct Example {
  ConvShape shape;
  std::vector<float> in, out, weight, bias;
  explicit Example(int64_t in_channels, int64_t out_channels, Int3 extent)
      : shape{in_channels, out_channels, extent},
        in(numbers(in_channels * voxels(extent), 0.1)),
        out(numbers(out_channels * voxels(extent), 0.4)),
        weight(numbers(in_channels * out_channels * 27, 0.7)),
        bias(numbers(out_channels, 1.1)) {}
};

/// Extents around the vectors' width and the filtering's tiles, one-voxel axes; channel counts
/// around a block's.
std::vector<Example> examples() {
  std::vector<Example> all;
  for (const Int3 extent :
       {Int3{1, 1, 1}, Int3{1, 1, 9}, Int3{1, 6, 1}, Int3{7, 1, 1}, Int3{3, 4, 5}, Int3{2, 5, 14},
        Int3{5, 3, 16}, Int3{4, 4, 33}, Int3{3, 2, 70}}) {
    for (int64_t out = 1; out <= 7; ++out) all.emplace_back(2, out, extent);
  }
  all.emplace_back(17, 17, Int3{4, 6, 8});
  all.emplace_back(1, 20, Int3{9, 5, 18});
  all.emplace_back(13, 3, Int3{2, 300, 40});  // more rows than the cache holds at once
  all.emplace_back(3, 8, Int3{2, 37, 64});
  return all;
}

/// Memory that is not cleared: what is left out shows.
template <class Element>
std::vector<Element> unwritten(int64_t count) {
  std::vector<Element> to(static_cast<size_t>(count));
  std::memset(to.data(), 0xFF, to.size() * sizeof(Element));
  return to;
}

std::vector<FusedChannel> channels_in(const std::vector<float>& values, int64_t count) {
  const int64_t size = static_cast<int64_t>(values.size()) / count;
  std::vector<FusedChannel> channels(static_cast<size_t>(count));
  for (int64_t c = 0; c < count; ++c) {
    channels[static_cast<size_t>(c)].volume = values.data() + c * size;
  }
  return channels;
}

/// One convolution with everything that it needs.
template <class Element>
struct Work {
  std::vector<Element> packed;
  std::vector<FusedChannel> in;
  std::vector<float> scratch, out;
  ConvArgs<Element> conv;

  explicit Work(const Example& e)
      : packed(unwritten<Element>(
            conv3x3_same<Element>().packed_size(e.shape.in_channels, e.shape.out_channels))),
        in(channels_in(e.in, e.shape.in_channels)),
        scratch(unwritten<float>(conv3x3_same<Element>().scratch(e.shape))),
        out(e.out.size(), NAN) {
    conv3x3_same<Element>().pack(e.weight.data(), e.shape.in_channels, e.shape.out_channels,
                                 packed.data(), {});
    conv.shape = e.shape;
    conv.in = in.data();
    conv.weight = packed.data();
    conv.bias = e.bias.data();
    conv.out = out.data();
    conv.out_step = e.shape.extent_dhw[0] * e.shape.extent_dhw[1] * e.shape.extent_dhw[2];
  }
  int64_t blocks() const { return conv3x3_same<Element>().blocks(conv.shape); }
  const std::vector<float>& run() {
    conv3x3_same<Element>().run(conv, 0, blocks(), scratch.data());
    return out;
  }
};

/// Calls visit(weight index, input index, output index) for each product of the definition.
template <class Visit>
void for_each_product(const ConvShape& shape, Visit visit) {
  const auto [depth, height, width] = shape.extent_dhw;
  const int64_t count = voxels(shape.extent_dhw);
  for (int64_t o = 0; o < shape.out_channels; ++o) {
    for (int64_t c = 0; c < shape.in_channels; ++c) {
      for (int64_t i = 0; i < count; ++i) {
        for (int64_t k = 0; k < 27; ++k) {
          const int64_t z = i / (height * width) - 1 + k / 9,
                        y = i / width % height - 1 + k / 3 % 3, x = i % width - 1 + k % 3;
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
void expect_close(const std::vector<Got>& got, const std::vector<double>& expected,
                  double tolerance, const ConvShape& shape) {
  ASSERT_EQ(got.size(), expected.size());
  for (size_t i = 0; i < got.size(); ++i) {
    ASSERT_NEAR(static_cast<double>(got[i]), expected[i], tolerance)
        << shape.in_channels << " to " << shape.out_channels << " channels, " << shape.extent_dhw[0]
        << "x" << shape.extent_dhw[1] << "x" << shape.extent_dhw[2] << " at " << i;
  }
}

double product_of(float a, float b) { return static_cast<double>(a) * static_cast<double>(b); }

/// The definition, its input as `seen` sees it.
template <class Seen>
std::vector<double> definition(const Example& e, Seen seen) {
  const size_t count = static_cast<size_t>(voxels(e.shape.extent_dhw));
  std::vector<double> expected;
  for (const float bias : e.bias) expected.insert(expected.end(), count, static_cast<double>(bias));
  for_each_product(e.shape, [&](size_t w, size_t i, size_t o) {
    expected[o] += static_cast<double>(e.weight[w]) * seen(i);
  });
  return expected;
}

std::vector<double> definition(const Example& e) {
  return definition(e, [&](size_t i) { return static_cast<double>(e.in[i]); });
}

double tolerance_of(const Example& e) {
  return 2e-6 * static_cast<double>(27 * e.shape.in_channels);
}

TEST(Conv3x3Same, EqualsTheDefinition) {
  for (const Example& e : examples()) {
    expect_close(Work<float>(e).run(), definition(e), tolerance_of(e), e.shape);
  }
}

TEST(Conv3x3Same, OfPairsIsNearTheDefinition) {
  for (const Example& e : examples()) {
    Work<Bf16Pair> work(e);
    const std::vector<double> expected = definition(e);
    const std::vector<float>& got = work.run();
    double difference = 0, size = 0;
    for (size_t i = 0; i < expected.size(); ++i) {
      difference += std::pow(static_cast<double>(got[i]) - expected[i], 2);
      size += std::pow(expected[i], 2);
    }
    EXPECT_LT(std::sqrt(difference / size), 0.01);
  }
}

TEST(Conv3x3Same, AppliesANormAndARectifierToWhatItReads) {
  for (const Example& e : examples()) {
    Work<float> work(e);
    for (FusedChannel& channel : work.in) {
      channel.scale = 1.5F;
      channel.offset = 0.3F;
      channel.slope = 0.1F;
    }
    const auto seen = [&](size_t i) {
      const double t = 1.5 * static_cast<double>(e.in[i]) + 0.3;
      return t > 0 ? t : 0.1 * t;
    };
    expect_close(work.run(), definition(e, seen), 2 * tolerance_of(e), e.shape);
  }
}

TEST(Conv3x3Same, AddsAVolumeWithItsOwnNorm) {
  for (const Example& e : examples()) {
    Work<float> work(e);
    std::vector<FusedChannel> added = channels_in(e.out, e.shape.out_channels);
    for (FusedChannel& channel : added) channel.scale = -2;
    work.conv.added = added.data();
    std::vector<double> expected = definition(e);
    for (size_t i = 0; i < expected.size(); ++i) expected[i] -= 2 * static_cast<double>(e.out[i]);
    expect_close(work.run(), expected, tolerance_of(e), e.shape);
  }
}

TEST(Conv3x3Same, FindsTheMomentsOfWhatItWrites) {
  for (const Example& e : examples()) {
    Work<float> work(e);
    std::vector<MomentSums> moments(static_cast<size_t>(work.blocks() * e.shape.out_channels));
    work.conv.moments = moments.data();
    work.run();
    const auto channels = static_cast<size_t>(e.shape.out_channels);
    const auto count = static_cast<size_t>(voxels(e.shape.extent_dhw));
    for (size_t o = 0; o < channels; ++o) {
      MomentSums found;
      for (size_t i = o; i < moments.size(); i += channels) found.add(moments[i]);
      double mean = 0, squares = 0;
      for (size_t i = 0; i < count; ++i) mean += static_cast<double>(work.out[o * count + i]);
      mean /= static_cast<double>(count);
      for (size_t i = 0; i < count; ++i) {
        squares += std::pow(static_cast<double>(work.out[o * count + i]) - mean, 2);
      }
      EXPECT_EQ(found.count, static_cast<double>(count));
      EXPECT_NEAR(found.mean, mean, 1e-5 * std::sqrt(squares / static_cast<double>(count)) + 1e-6);
      EXPECT_NEAR(found.squares, squares, 1e-5 * squares + 1e-6);
    }
  }
}

TEST(Conv3x3Same, WithMirroredWeightsIsTheInputGradient) {
  for (const Example& e : examples()) {
    std::vector<double> expected(e.in.size());
    for_each_product(e.shape, [&](size_t w, size_t i, size_t o) {
      expected[i] += product_of(e.weight[w], e.out[o]);
    });
    Example back(e.shape.out_channels, e.shape.in_channels, e.shape.extent_dhw);
    back.in = e.out;
    Work<float> work(back);
    conv3x3_input_gradient().pack(e.weight.data(), back.shape.in_channels, back.shape.out_channels,
                                  work.packed.data(), {});
    work.conv.bias = nullptr;
    expect_close(work.run(), expected, tolerance_of(back), e.shape);
  }
}

template <class Element>
void expect_the_same_bits_block_by_block() {
  for (const Example& e : examples()) {
    Work<Element> work(e), parts(e);
    for (int64_t i = parts.blocks(); i-- > 0;) {
      conv3x3_same<Element>().run(parts.conv, i, i + 1, parts.scratch.data());
    }
    EXPECT_EQ(work.run(), parts.out);
  }
}

TEST(Conv3x3Same, GivesTheSameBitsBlockByBlock) {
  expect_the_same_bits_block_by_block<float>();
  expect_the_same_bits_block_by_block<Bf16Pair>();
}

std::vector<float> padded(const std::vector<float>& values, int64_t channels, Int3 extent) {
  auto to = unwritten<float>(PaddedGrid(extent).size(channels));
  for (int64_t c = 0; c < channels; ++c) pad_channel(values.data(), extent, c, channels, to.data());
  return to;
}

TEST(Conv3x3WeightGradient, AreTheWeightGradientAndAddToWhatIsThere) {
  for (const Example& e : examples()) {
    std::vector<double> expected(e.weight.size(), 3), got(e.weight.size(), 3);
    for_each_product(e.shape, [&](size_t w, size_t i, size_t o) {
      expected[w] += product_of(e.out[o], e.in[i]);
    });
    const std::vector<float> in = padded(e.in, e.shape.in_channels, e.shape.extent_dhw);
    const std::vector<float> gradient = padded(e.out, e.shape.out_channels, e.shape.extent_dhw);
    for (int64_t c = 0; c < e.shape.in_channels; ++c) {
      for (int64_t first = 0; first < e.shape.out_channels; first += kProductChannels) {
        conv3x3_weight_gradient(in.data(), gradient.data(), e.shape, c, first, got.data());
      }
    }
    expect_close(got, expected, 2e-6 * static_cast<double>(voxels(e.shape.extent_dhw)) + 1e-6,
                 e.shape);
  }
}

}  // namespace
}  // namespace nmsw
