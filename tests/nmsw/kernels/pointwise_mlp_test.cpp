#include "nmsw/kernels/pointwise_mlp.h"

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
  PointwiseMlp mlp;
  std::vector<float> x, scale, offset, expand, expand_bias, compress, compress_bias, residual;
  MlpExample(int64_t in, int64_t hidden, int64_t out, int64_t voxels)
      : x(scaled_numbers(in * voxels, 0.1, 3)),
        scale(scaled_numbers(in, 0.2, 2)),
        offset(scaled_numbers(in, 0.3, 1)),
        expand(scaled_numbers(in * hidden, 0.4, 1)),
        expand_bias(scaled_numbers(hidden, 0.5, 1)),
        compress(scaled_numbers(hidden * out, 0.6, 1)),
        compress_bias(scaled_numbers(out, 0.7, 1)),
        residual(scaled_numbers(out * voxels, 0.8, 1)) {
    mlp.in = in;
    mlp.hidden = hidden;
    mlp.out = out;
    mlp.voxels = voxels;
  }

  std::vector<double> expected(bool with_norm, bool with_residual) const {
    std::vector<double> y;
    for (int64_t o = 0; o < mlp.out; ++o) {
      for (int64_t v = 0; v < mlp.voxels; ++v) {
        double sum = at(compress_bias, o) + (with_residual ? at(residual, o * mlp.voxels + v) : 0);
        for (int64_t h = 0; h < mlp.hidden; ++h) {
          double inner = at(expand_bias, h);
          for (int64_t c = 0; c < mlp.in; ++c) {
            double value = at(x, c * mlp.voxels + v);
            if (with_norm) value = value * at(scale, c) + at(offset, c);
            inner += at(expand, h * mlp.in + c) * value;
          }
          sum += at(compress, o * mlp.hidden + h) * inner * 0.5 * std::erfc(-inner / std::sqrt(2));
        }
        y.push_back(sum);
      }
    }
    return y;
  }

  std::vector<float> got(bool with_norm, bool with_residual,
                         const std::vector<int64_t>& ends) const {
    PointwiseMlp call = mlp;
    std::vector<float> first(expand.size()), second(compress.size());
    pack_pointwise_weight(expand.data(), mlp.in, mlp.hidden, first.data());
    pack_pointwise_weight(compress.data(), mlp.hidden, mlp.out, second.data());
    call.expand = first.data();
    call.expand_bias = expand_bias.data();
    call.compress = second.data();
    call.compress_bias = compress_bias.data();
    if (with_norm) {
      call.scale = scale.data();
      call.offset = offset.data();
    }
    std::vector<float> scratch(static_cast<size_t>(pointwise_mlp_scratch(call)));
    std::vector<float> y(static_cast<size_t>(mlp.out * mlp.voxels), NAN);
    int64_t begin = 0;
    for (const int64_t end : ends) {
      pointwise_mlp(call, x.data(), with_residual ? residual.data() : nullptr, begin, end,
                    scratch.data(), y.data());
      begin = end;
    }
    return y;
  }

 private:
  static double at(const std::vector<float>& values, int64_t i) {
    return static_cast<double>(values[static_cast<size_t>(i)]);
  }
};

const std::vector<MlpExample>& mlp_examples() {
  static const std::vector<MlpExample> all{
      {1, 1, 1, 1}, {2, 5, 3, 7}, {4, 8, 4, 64}, {3, 13, 7, 65}, {16, 32, 16, 130}, {5, 6, 12, 333}};
  return all;
}

TEST(PointwiseMlp, EqualsTheDefinition) {
  for (const MlpExample& example : mlp_examples()) {
    for (const bool on : {false, true}) {
      const std::vector<double> expected = example.expected(on, on);
      const std::vector<float> got = example.got(on, on, {example.mlp.voxels});
      for (size_t i = 0; i < got.size(); ++i) {
        ASSERT_NEAR(static_cast<double>(got[i]), expected[i],
                    3e-6 * static_cast<double>(example.mlp.in * example.mlp.hidden))
            << example.mlp.in << " " << example.mlp.hidden << " " << example.mlp.voxels;
      }
    }
  }
}

TEST(PointwiseMlp, GivesTheSameBitsInParts) {
  for (const MlpExample& example : mlp_examples()) {
    const int64_t voxels = example.mlp.voxels;
    EXPECT_EQ(example.got(true, true, {voxels}),
              example.got(true, true, {voxels / 3, voxels / 2, voxels}));
  }
}

}  // namespace
}  // namespace nmsw
