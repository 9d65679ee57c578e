#include "nmsw/kernels/conv/winograd.h"

#include <gtest/gtest.h>

#include "nmsw/kernels/conv/winograd_stride2.h"
#include "tests/support/numbers.h"

namespace nmsw {
namespace {

/// m outputs of a filter of three weights, sixteen times.
template <class Filter>
void expect_the_filter() {
  constexpr int64_t kParts = Filter::kParts, kOutputs = Filter::kOutputs;
  const std::vector<float> x = testing::numbers(kParts * kLanes, 0.2);
  const float g[3] = {0.7F, -1.3F, 0.4F};
  Lanes d[kParts], input[kParts], outputs[kOutputs];
  for (int64_t i = 0; i < kParts; ++i) std::memcpy(&d[i], x.data() + i * kLanes, sizeof(d[i]));
  float weight[kParts];
  Filter::transform_weight(g[0], g[1], g[2], weight);
  Filter::transform_input(d, input);
  for (int64_t i = 0; i < kParts; ++i) input[i] *= weight[i];
  Filter::transform_output(input, outputs);
  for (int64_t i = 0; i < kOutputs; ++i) {
    for (int64_t lane = 0; lane < kLanes; ++lane) {
      float expected = 0;
      for (int64_t k = 0; k < 3; ++k) expected += g[k] * d[i + k][lane];
      EXPECT_NEAR(outputs[i][lane], expected, 1e-5) << i << " " << lane;
    }
  }
}

/// kCount vectors of numbers.
template <int64_t kCount>
void fill(Lanes (&to)[kCount]) {
  const std::vector<float> x = testing::numbers(kCount * kLanes, 0.3);
  std::memcpy(&to, x.data(), sizeof(to));
}

TEST(Winograd, HalvesByFiveProducts) {
  using Filter = WinogradHalving;
  const float a = 0.7F, b = -1.3F, c = 0.4F;
  float weights[kStride2Weights];
  stride2_weights(a, b, c, weights);
  Lanes d[Filter::kInputs], parts[kStride2Products], sums[Filter::kSums] = {},
                                                     outputs[Filter::kCoarse];
  fill(d);
  Filter::transform_input(d, parts);
  for (int64_t sum = 0; sum < Filter::kSums; ++sum) {
    for (int64_t p = Filter::kSumBegin[sum]; p < Filter::kSumBegin[sum + 1]; ++p) {
      sums[sum] += weights[Filter::kWeightOf[p]] * parts[p];
    }
  }
  Filter::transform_output(sums, outputs);
  for (int64_t i = 0; i < Filter::kCoarse; ++i) {
    const Lanes expected = a * d[2 * i] + b * d[2 * i + 1] + c * d[2 * i + 2];
    for (int64_t lane = 0; lane < kLanes; ++lane) {
      EXPECT_NEAR(outputs[i][lane], expected[lane], 1e-6) << i << " " << lane;
    }
  }
}

TEST(Winograd, DoublesByFiveProducts) {
  using Filter = WinogradDoubling;
  const float a = 0.7F, b = -1.3F, c = 0.4F;
  float weights[kStride2Weights];
  stride2_weights(a, b, c, weights);
  Lanes d[Filter::kInputs], parts[Filter::kParts], products[kStride2Products],
      outputs[Filter::kFine];
  fill(d);
  Filter::transform_input(d, parts);
  for (int64_t p = 0; p < kStride2Products; ++p) {
    products[p] = weights[Filter::kWeightOf[p]] * parts[Filter::kPartOf[p]];
  }
  Filter::transform_output(products, outputs);
  const Lanes expected[Filter::kFine] = {b * d[0], c * d[0] + a * d[1], b * d[1],
                                         c * d[1] + a * d[2]};
  for (int64_t i = 0; i < Filter::kFine; ++i) {
    for (int64_t lane = 0; lane < kLanes; ++lane) {
      EXPECT_NEAR(outputs[i][lane], expected[i][lane], 1e-6) << i << " " << lane;
    }
  }
}

TEST(Winograd, GivesTheFiltersOutputs) {
  expect_the_filter<Winograd<2>>();
  expect_the_filter<Winograd<4>>();
}

}  // namespace
}  // namespace nmsw
