#include "nmsw/cost/unetr_pp_cost.h"

#include <gtest/gtest.h>

#include "nmsw/base/error.h"

namespace nmsw {
namespace {

TEST(UnetrPpCost, HasThePublishedCodesParameterCounts) {
  // METHOD 1.8
  const UnetrPpConfig config;
  EXPECT_EQ(unetr_pp_cost(config, 1, 17, {128, 128, 128}).params, 42639945);
  EXPECT_EQ(unetr_pp_cost(config, 1, 20, {128, 128, 128}).params, 42639996);
  EXPECT_EQ(unetr_pp_cost(config, 1, 25, {128, 128, 128}).params, 42640081);
}

TEST(UnetrPpCost, GivesTheMacsOfAPatchInBothConventions) {
  const Cost cost = unetr_pp_cost({}, 1, 20, {128, 128, 128});
  EXPECT_NEAR(cost.macs / 1e9, 68.002 + 2.303, 1e-3);
  EXPECT_NEAR(cost.macs_paper / 1e9, 136.905, 5e-4);
}

TEST(UnetrPpCost, CountsANetworkOfOneStageAsByHand) {
  // 2 channels, 1 stage of 1 block with 2 heads of 2 channels, places projected to 3 keys; 1 channel
  // in, 5 classes out, 4x8x4 voxels.
  UnetrPpConfig config;
  config.feature_size = 2;
  config.depths = {1};
  config.projections = {3};
  config.heads = 2;
  config.size_xyz = {4, 8, 4};
  EXPECT_EQ(size_multiple(config), 4);
  const double full = 128, tokens = 2;
  const double stem = tokens * 64 * 4, raised = tokens * 64 * 4 * 2;
  const double attention = tokens * (4 * 16 + 2 * 4 * 3 + 2 * 4 * 2 + 2 * 4 * 3);
  const double convs = tokens * (2 * 27 * 16 + 16);
  const double image = full * (27 * 2 + 27 * 4 + 2), last = full * 2 * 27 * 4, head = full * 2 * 5;
  EXPECT_EQ(unetr_pp_cost(config, 1, 5, {4, 8, 4}).macs,
            stem + raised + attention + convs + image + last + head);
}

TEST(UnetrPpCost, RefusesAnotherExtentOrWhatDoesNotFit) {
  EXPECT_EQ(size_multiple(UnetrPpConfig{}), 32);
  EXPECT_THROW(unetr_pp_cost({}, 1, 20, {128, 96, 128}), ConfigError);
  EXPECT_THROW(unetr_pp_cost({}, 3, 20, {128, 128, 128}), ConfigError);
  UnetrPpConfig short_list;
  short_list.projections.pop_back();
  EXPECT_THROW(unetr_pp_cost(short_list, 1, 20, {128, 128, 128}), ConfigError);
  UnetrPpConfig uneven;
  uneven.size_xyz = {128, 128, 112};
  EXPECT_THROW(unetr_pp_cost(uneven, 1, 20, {128, 128, 112}), ConfigError);
  UnetrPpConfig indivisible;
  indivisible.heads = 5;
  EXPECT_THROW(unetr_pp_cost(indivisible, 1, 20, {128, 128, 128}), ConfigError);
}

}  // namespace
}  // namespace nmsw
