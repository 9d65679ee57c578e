#include "nmsw/kernels/winograd.h"

#include <gtest/gtest.h>

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

TEST(Winograd, GivesTheFiltersOutputs) {
  expect_the_filter<Winograd<2>>();
  expect_the_filter<Winograd<4>>();
}

}  // namespace
}  // namespace nmsw
