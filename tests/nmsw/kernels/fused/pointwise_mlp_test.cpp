#include "nmsw/kernels/fused/pointwise_mlp.h"

#include <gtest/gtest.h>

#include <cmath>
#include <vector>

#include "tests/support/numbers.h"

namespace nmsw {
namespace {

std::vector<float> scaled_numbers(int64_t count, double phase, float size) {
  std::vector<float> values = testing::numbers(count, phase);
  for (float& value : values) value *= size;
  return values;
}

struct MlpExample {
  int64_t in, hidden, out, voxels;
  std::vector<float> x, scale, offset, expand, expand_bias, compress, compress_bias, residual;
  MlpExample(int64_t in_channels, int64_t hidden_channels, int64_t out_channels, int64_t count)
      : in(in_channels),
        hidden(hidden_channels),
        out(out_channels),
        voxels(count),
        x(scaled_numbers(in * voxels, 0.1, 3)),
        scale(scaled_numbers(in, 0.2, 2)),
        offset(scaled_numbers(in, 0.3, 1)),
        expand(scaled_numbers(in * hidden, 0.4, 1)),
        expand_bias(scaled_numbers(hidden, 0.5, 1)),
        compress(scaled_numbers(hidden * out, 0.6, 1)),
        compress_bias(scaled_numbers(out, 0.7, 1)),
        residual(scaled_numbers(out * voxels, 0.8, 1)) {}

  /// With pairs, what is multiplied is seen in bfloat16.
  template <class Element>
  std::vector<double> expected(bool with_norm, bool with_residual) const {
    std::vector<double> y;
    for (int64_t o = 0; o < out; ++o) {
      for (int64_t v = 0; v < voxels; ++v) {
        double sum = at(compress_bias, o) + (with_residual ? at(residual, o * voxels + v) : 0);
        for (int64_t h = 0; h < hidden; ++h) {
          double inner = at(expand_bias, h);
          for (int64_t c = 0; c < in; ++c) {
            double value = at(x, c * voxels + v);
            if (with_norm) value = value * at(scale, c) + at(offset, c);
            inner += seen<Element>(at(expand, h * in + c)) * seen<Element>(value);
          }
          sum += seen<Element>(at(compress, o * hidden + h)) *
                 seen<Element>(inner * 0.5 * std::erfc(-inner / std::sqrt(2)));
        }
        y.push_back(sum);
      }
    }
    return y;
  }

  template <class Element>
  std::vector<float> got(bool with_norm, bool with_residual,
                         const std::vector<int64_t>& ends) const {
    PointwiseMlp<Element> call;
    call.in = in;
    call.hidden = hidden;
    call.out = out;
    call.voxels = voxels;
    std::vector<Element> first(static_cast<size_t>(packed_point_tile_size<Element>(in, hidden))),
        second(static_cast<size_t>(packed_point_tile_size<Element>(hidden, out)));
    pack_point_tile_weight(expand.data(), in, hidden, first.data());
    pack_point_tile_weight(compress.data(), hidden, out, second.data());
    call.expand = first.data();
    call.expand_bias = expand_bias.data();
    call.compress = second.data();
    call.compress_bias = compress_bias.data();
    if (with_norm) {
      call.scale = scale.data();
      call.offset = offset.data();
    }
    std::vector<float> scratch(static_cast<size_t>(pointwise_mlp_scratch(call)));
    std::vector<float> y(static_cast<size_t>(out * voxels), NAN);
    int64_t begin = 0;
    for (const int64_t end : ends) {
      pointwise_mlp(call, x.data(), with_residual ? residual.data() : nullptr, begin, end,
                    scratch.data(), y.data());
      begin = end;
    }
    return y;
  }

 private:
  template <class Element>
  static double seen(double value) {
    return static_cast<double>(testing::seen_as<Element>(static_cast<float>(value)));
  }
  static double at(const std::vector<float>& values, int64_t i) {
    return static_cast<double>(values[static_cast<size_t>(i)]);
  }
};

const std::vector<MlpExample>& mlp_examples() {
  static const std::vector<MlpExample> all{{1, 1, 1, 1},   {2, 5, 3, 7},      {4, 8, 4, 64},
                                           {3, 13, 7, 65}, {16, 32, 16, 130}, {5, 6, 12, 333},
                                           {3, 4, 2, 1100}};
  return all;
}

/// Near a tie the kernel's hidden value may round to the other side than the definition's.
template <class Element>
void expect_the_mlp_definition(double tolerance) {
  for (const MlpExample& example : mlp_examples()) {
    for (const bool on : {false, true}) {
      const std::vector<double> expected = example.expected<Element>(on, on);
      const std::vector<float> got = example.got<Element>(on, on, {example.voxels});
      for (size_t i = 0; i < got.size(); ++i) {
        ASSERT_NEAR(static_cast<double>(got[i]), expected[i],
                    tolerance * static_cast<double>(example.in * example.hidden))
            << example.in << " " << example.hidden << " " << example.voxels;
      }
    }
  }
}

TEST(PointwiseMlp, EqualsTheDefinition) { expect_the_mlp_definition<float>(3e-6); }

TEST(PointwiseMlp, OfPairsIsNearTheDefinitionOnNumbersInBfloat16) {
  expect_the_mlp_definition<Bf16Pair>(4e-3);
}

template <class Element>
void expect_the_same_bits_in_parts() {
  for (const MlpExample& example : mlp_examples()) {
    const int64_t voxels = example.voxels;
    EXPECT_EQ(example.got<Element>(true, true, {voxels}),
              example.got<Element>(true, true, {voxels / 3, voxels / 2, voxels}));
  }
}

TEST(PointwiseMlp, GivesTheSameBitsInParts) {
  expect_the_same_bits_in_parts<float>();
  expect_the_same_bits_in_parts<Bf16Pair>();
}

}  // namespace
}  // namespace nmsw
