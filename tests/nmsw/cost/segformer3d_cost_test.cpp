#include "nmsw/cost/segformer3d_cost.h"

#include <gtest/gtest.h>

#include "nmsw/base/error.h"

namespace nmsw {
namespace {

TEST(SegFormer3dCost, HasThePublishedCodesParameterCounts) {
  // METHOD 1.7
  const SegFormer3dConfig config;
  EXPECT_EQ(segformer3d_cost(config, 1, 17, {32, 32, 32}).params, 4495921);
  EXPECT_EQ(segformer3d_cost(config, 1, 20, {32, 32, 32}).params, 4496692);
  EXPECT_EQ(segformer3d_cost(config, 1, 25, {32, 32, 32}).params, 4497977);
}

TEST(SegFormer3dCost, GivesTheMacsOfAPatchInBothConventions) {
  const Cost cost = segformer3d_cost({}, 1, 20, {128, 128, 128});
  const double attention =
      2 * 2.0 * (32768.0 * 512 * 32 + 4096.0 * 512 * 64 + 512.0 * 512 * 160 + 64.0 * 64 * 256);
  EXPECT_NEAR(attention / 1e9, 2.856, 5e-4);
  EXPECT_NEAR((cost.macs - attention) / 1e9, 11.754, 5e-4);
  EXPECT_NEAR(cost.macs_paper / 1e9, 13.2057, 5e-5);
}

TEST(SegFormer3dCost, CountsANetworkOfOneStageAsByHand) {
  // 2 channels, 1 stage of 1 block with 1 head, keys reduced by 2, MLP ratio 3, decoder of 5
  // channels; 1 channel in, 4 classes out, 8x16x8 voxels.
  SegFormer3dConfig config;
  config.channels = {2};
  config.depths = {1};
  config.heads = {1};
  config.reductions = {2};
  config.mlp_ratio = 3;
  config.decoder_channels = 5;
  EXPECT_EQ(size_multiple(config), 8);
  const double tokens = 2 * 4 * 2, sources = 2;
  const double embedding = tokens * 343 * 2;
  const double attention = tokens * 2 * 4 + sources * (8 * 4 + 8) + 2 * tokens * sources * 2;
  const double mlp = tokens * (2 * 6 + 27 * 6 + 6 * 2);
  const double decoder = tokens * (2 * 5 + 5 * 5 + 5 * 4);
  EXPECT_EQ(segformer3d_cost(config, 1, 4, {8, 16, 8}).macs, embedding + attention + mlp + decoder);
}

TEST(SegFormer3dCost, RefusesAnExtentOrListsThatDoNotFit) {
  EXPECT_EQ(size_multiple(SegFormer3dConfig{}), 32);
  EXPECT_THROW(segformer3d_cost({}, 1, 20, {128, 112, 128}), ConfigError);
  SegFormer3dConfig short_list;
  short_list.reductions.pop_back();
  EXPECT_THROW(segformer3d_cost(short_list, 1, 20, {128, 128, 128}), ConfigError);
  SegFormer3dConfig indivisible;
  indivisible.heads[2] = 3;
  EXPECT_THROW(segformer3d_cost(indivisible, 1, 20, {128, 128, 128}), ConfigError);
}

}  // namespace
}  // namespace nmsw
