#include <gtest/gtest.h>

#include "nmsw/base/error.h"
#include "nmsw/cost/cost.h"

namespace nmsw {
namespace {

/// Table 2's setting: 480³ at patch 128 and overlap 0.5, 20 classes, the global UNet at 160³.
MethodCostInput table_2(const std::string& method, int64_t patches_used) {
  const UNetConfig unet;
  MethodCostInput input;
  input.method = method;
  input.local_patch = unet_cost(unet, 1, 20, {128, 128, 128});
  input.global_pass = unet_cost(unet, 1, 20, {160, 160, 160});
  input.patches_total = patches_total({480, 480, 480}, {128, 128, 128}, 0.5);
  input.patches_used = patches_used;
  input.num_classes = 20;
  input.score_channels = 32;
  return input;
}

double paper_tera(const std::string& method, int64_t patches_used) {
  return method_cost(table_2(method, patches_used)).macs_paper / 1e12;
}

TEST(MethodCost, PrintsTheUNetRowsOfTable2) {
  // One unit of the last printed digit.
  EXPECT_NEAR(paper_tera("sliding_window", 343), 63.2, 0.1);
  EXPECT_NEAR(paper_tera("zoom_out", 19), 3.83, 0.01);
  EXPECT_NEAR(paper_tera("nmsw", 5), 1.27, 0.01);
  EXPECT_NEAR(paper_tera("nmsw", 30), 5.85, 0.01);
  EXPECT_NEAR(paper_tera("nmsw", 343), 63.2, 0.1);
  EXPECT_NEAR(paper_tera("random_foreground", 30), 5.85, 0.01);
}

TEST(MethodCost, EqualsTheFormulaBehindTable2) {
  // METHOD 5.1: T = k·0.183174 + 0.357761
  EXPECT_NEAR(paper_tera("sliding_window", 0), 63.186, 1e-3);
  EXPECT_NEAR(paper_tera("zoom_out", 19), 3.838, 1e-3);
  EXPECT_NEAR(paper_tera("nmsw", 5), 1.274, 1e-3);
  EXPECT_NEAR(paper_tera("nmsw", 30), 5.853, 1e-3);
}

TEST(MethodCost, PrintsTheParametersOfTable2) {
  EXPECT_NEAR(method_cost(table_2("sliding_window", 0)).params_paper / 1e6, 26.5, 0.1);
  EXPECT_NEAR(method_cost(table_2("nmsw", 5)).params_paper / 1e6, 53.0, 0.1);
  EXPECT_EQ(method_cost(table_2("nmsw", 5)).params_paper, 53075866);
}

TEST(MethodCost, CountsEveryParameterOfNmsw) {
  EXPECT_EQ(method_cost(table_2("nmsw", 30)).params, 53075866 + 819 + 20);
  MethodCostInput paste = table_2("nmsw", 30);
  paste.aggregation = AggregationKind::paste;
  EXPECT_EQ(method_cost(paste).params, 53075866 + 819);
}

TEST(ConvAggregationCost, IsWhatTheSpecSaysAt20ClassesAnd128Voxels) {
  const Cost cost = conv_aggregation_cost(20, {128, 128, 128});
  EXPECT_EQ(cost.params, 118920);
  EXPECT_EQ(cost.params_paper, 118920);
  EXPECT_NEAR(cost.macs / 1e9, 249.1, 0.05);
  EXPECT_EQ(cost.macs_paper, cost.macs);
}

TEST(MethodCost, ChargesTheConvolutionsToEveryPatchThatNmswMerges) {
  const auto conv = [](const std::string& method, int64_t patches) {
    MethodCostInput input = table_2(method, patches);
    input.aggregation = AggregationKind::conv;
    input.patch = {128, 128, 128};
    return method_cost(input);
  };
  // METHOD 5.1: the slope of a patch would be 0.432 T in the paper's convention
  EXPECT_NEAR((conv("nmsw", 30).macs_paper - conv("nmsw", 5).macs_paper) / 25 / 1e12, 0.432, 5e-4);
  EXPECT_EQ(conv("nmsw", 30).params, 53075866 + 819 + 118920);
  EXPECT_EQ(conv("nmsw", 30).params_paper, 53075866 + 118920);
  EXPECT_EQ(conv("random_foreground", 30).macs, method_cost(table_2("random_foreground", 30)).macs);
}

TEST(MethodCost, LeavesOutTheGlobalPassThatSlidingWindowDoesNotNeed) {
  const Cost sliding = method_cost(table_2("sliding_window", 0));
  EXPECT_NEAR(sliding.macs / 1e12, 25.1, 0.05);
  EXPECT_EQ(sliding.params, 26537933);
}

TEST(MethodCost, CountsWhatNmswComputes) {
  // METHOD 5.1: 2.34 T and 0.508 T
  EXPECT_NEAR(method_cost(table_2("nmsw", 30)).macs / 1e12, 2.34, 0.005);
  EXPECT_NEAR(method_cost(table_2("nmsw", 5)).macs / 1e12, 0.508, 0.001);
}

TEST(MethodCost, ChargesTheScoreHeadToNmswOnly) {
  const double difference =
      method_cost(table_2("nmsw", 7)).macs - method_cost(table_2("random_foreground", 7)).macs;
  EXPECT_EQ(difference, 343.0 * (32 * 16 + 16 * 16 + 16 + 1));
  EXPECT_EQ(score_head_cost(32, 343).params, 819);
}

TEST(MethodCost, RefusesAnUnknownMethod) {
  EXPECT_THROW(method_cost(table_2("slide", 5)), ConfigError);
}

TEST(Cost, RepeatingANetworkDoesNotMultiplyItsParameters) {
  const Cost three = Cost{2, 5, 7, 11} * 3;
  EXPECT_EQ(three.macs, 6);
  EXPECT_EQ(three.macs_paper, 15);
  EXPECT_EQ(three.params, 7);
  EXPECT_EQ(three.params_paper, 11);
}

TEST(PredictedSeconds, DividesByTheRate) {
  EXPECT_DOUBLE_EQ(predicted_seconds(3e12, 150), 20);
  EXPECT_THROW(predicted_seconds(1, 0), ConfigError);
}

}  // namespace
}  // namespace nmsw
