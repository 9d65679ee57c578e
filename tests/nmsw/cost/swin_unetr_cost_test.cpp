#include "nmsw/cost/swin_unetr_cost.h"

#include <gtest/gtest.h>

#include "nmsw/base/error.h"

namespace nmsw {
namespace {

TEST(SwinUnetrCost, HasThePublishedParameterCounts) {
  // METHOD 1.3: thop does not see 197,730 relative positions
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

TEST(SwinUnetrCost, CountsANetworkOfOneStageAsByHand) {
  // 2 channels, 1 stage of 1 block with 1 head, windows of 3, MLP ratio 2; 1 channel in, 3 classes
  // out, 8³ voxels.
  SwinUnetrConfig config;
  config.feature_size = 2;
  config.depths = {1};
  config.heads = {1};
  config.window = 3;
  config.mlp_ratio = 2;
  EXPECT_EQ(size_multiple(config), 4);
  const double full = 512, half = 64, quarter = 8;
  const double slots = 6 * 6 * 6;  // 4³ tokens padded to whole windows of 27
  const double embedding = half * 8 * 1 * 2;
  const double attention = slots * (2 * 6 + 2 * 27 * 2 + 2 * 2);
  const double mlp = half * 2 * (2 * 4);
  const double merging = quarter * 16 * 4;
  const double image_encoder = full * (27 * (1 * 2 + 2 * 2) + 1 * 2);
  const double bottleneck = quarter * 27 * 2 * (4 * 4);
  const auto up_block = [](double from, double in, double out) {
    return from * 8 * in * out + 8 * from * (27 * (2 * out * out + out * out) + 2 * out * out);
  };
  const double head = full * 2 * 3;
  EXPECT_EQ(swin_unetr_cost(config, 1, 3, {8, 8, 8}).macs,
            embedding + attention + mlp + merging + image_encoder + bottleneck +
                up_block(quarter, 4, 2) + up_block(half, 2, 2) + head);
}

TEST(SwinUnetrCost, RefusesAnExtentOrListsThatDoNotFit) {
  EXPECT_THROW(swin_unetr_cost(SwinUnetrConfig{}, 1, 20, {128, 120, 128}), ConfigError);
  SwinUnetrConfig short_list;
  short_list.heads.pop_back();
  EXPECT_THROW(swin_unetr_cost(short_list, 1, 20, {128, 128, 128}), ConfigError);
  SwinUnetrConfig indivisible;
  indivisible.feature_size = 16;
  EXPECT_THROW(swin_unetr_cost(indivisible, 1, 20, {128, 128, 128}), ConfigError);
}

TEST(SwinUnetrMemory, HoldsTheLastDecoderAndNotEveryAttentionMatrix) {
  const double full_size_feature = 24.0 * 128 * 128 * 128 * 4;
  const double attention = 1000.0 * 343 * 343 * 3 * 4;  // 1000 windows of 343 tokens, 3 heads
  const auto bytes =
      static_cast<double>(swin_unetr_peak_bytes(SwinUnetrConfig{}, 1, 20, {128, 128, 128}));
  EXPECT_GT(bytes, 4 * full_size_feature);
  EXPECT_LT(bytes, full_size_feature + attention);
}

}  // namespace
}  // namespace nmsw
