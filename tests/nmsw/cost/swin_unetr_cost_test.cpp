#include "nmsw/cost/swin_unetr_cost.h"

#include <gtest/gtest.h>

#include "nmsw/base/error.h"

namespace nmsw {
namespace {

TEST(SwinUnetrCost, HasThePublishedParameterCounts) {
  // spec/method.md 1.3: thop does not see 197,730 relative positions
  const SwinUnetrConfig swin;
  EXPECT_EQ(swin_unetr_cost(swin, 1, 17, {32, 32, 32}).params, 15703379);
  EXPECT_EQ(swin_unetr_cost(swin, 1, 20, {32, 32, 32}).params, 15703454);
  EXPECT_EQ(swin_unetr_cost(swin, 1, 20, {32, 32, 32}).params_paper, 15505724);
}

TEST(SwinUnetrCost, GivesTheMacsOfAPatchInBothConventions) {
  const SwinUnetrConfig swin;
  EXPECT_NEAR(swin_unetr_cost(swin, 1, 20, {128, 128, 128}).macs / 1e9, 200.413, 5e-4);
  EXPECT_NEAR(swin_unetr_cost(swin, 1, 17, {128, 128, 128}).macs / 1e9, 200.262, 5e-4);
  EXPECT_NEAR(swin_unetr_cost(swin, 1, 20, {128, 128, 128}).macs_paper / 1e9, 200.634, 5e-4);
}

TEST(SwinUnetrCost, RefusesAnExtentOrListsThatDoNotFit) {
  EXPECT_THROW(swin_unetr_cost(SwinUnetrConfig{}, 1, 20, {128, 120, 128}), ConfigError);
  SwinUnetrConfig short_list;
  short_list.heads.pop_back();
  EXPECT_THROW(swin_unetr_cost(short_list, 1, 20, {128, 128, 128}), ConfigError);
}

TEST(SwinUnetrMemory, HoldsTheFirstStagesAttention) {
  // 1000 windows of 343 tokens, 3 heads
  const double attention = 1000.0 * 343 * 343 * 3 * 4;
  const auto bytes =
      static_cast<double>(swin_unetr_peak_bytes(SwinUnetrConfig{}, 1, 20, {128, 128, 128}));
  EXPECT_GT(bytes, 2 * attention);
  EXPECT_LT(bytes, 6 * attention);
}

}  // namespace
}  // namespace nmsw
