#include <gtest/gtest.h>

#include "nmsw/base/error.h"
#include "nmsw/cost/cost.h"
#include "nmsw/cost/memory.h"

namespace nmsw {
namespace {

TEST(UNetCost, HasThePublishedParameterCounts) {
  // METHOD 1.1
  const UNetConfig unet;
  EXPECT_EQ(unet_cost(unet, 1, 17, {64, 64, 64}).params, 26529746);
  EXPECT_EQ(unet_cost(unet, 1, 20, {64, 64, 64}).params, 26537933);
  EXPECT_EQ(unet_cost(unet, 1, 25, {64, 64, 64}).params, 26552658);
  EXPECT_EQ(unet_cost(unet, 1, 27, {64, 64, 64}).params, 26558926);
  EXPECT_EQ(unet_cost(unet, 1, 20, {64, 64, 64}).params_paper, 26537933);
}

TEST(UNetCost, GivesTheTrueMacsOfAPatchAndOfTheCoarseVolume) {
  // METHOD 5.1, printed to a MMAC
  const UNetConfig unet;
  EXPECT_NEAR(unet_cost(unet, 1, 20, {128, 128, 128}).macs / 1e9, 73.122, 5e-4);
  EXPECT_NEAR(unet_cost(unet, 1, 17, {128, 128, 128}).macs / 1e9, 65.478, 5e-4);
  EXPECT_NEAR(unet_cost(unet, 1, 20, {160, 160, 160}).macs / 1e9, 142.816, 5e-4);
}

TEST(UNetCost, GivesTheMacsOfThePapersConvention) {
  const UNetConfig unet;
  EXPECT_NEAR(unet_cost(unet, 1, 20, {128, 128, 128}).macs_paper / 1e9, 183.174, 5e-4);
  EXPECT_NEAR(unet_cost(unet, 1, 20, {160, 160, 160}).macs_paper / 1e9, 357.761, 5e-4);
}

TEST(UNetCost, CountsASmallNetworkAsByHand) {
  // Two levels of 2 and 3 channels, 1 channel in, 4 classes out, 4x4x2 voxels; both levels have
  // 2x2x1 = 4 voxels.
  const double down_0 = 4 * 27 * (1 * 2 + 2 * 2 + 1 * 2);
  const double down_1 = 4 * (27 * (2 * 3 + 3 * 3) + 2 * 3);
  const double transposed = 4 * 27 * (3 + 2) * 4;
  const double bare = 32 * 27 * 4 * 4;
  const UNetConfig small{{2, 3}, {2, 1}};
  const Cost cost = unet_cost(small, 1, 4, {4, 4, 2});
  EXPECT_EQ(cost.macs, down_0 + down_1 + transposed + bare);
  // thop: the transposed convolution by its 32 outputs instead of 4 inputs; norm and slope 3 an
  // element, over 2 units of 4x2 elements, 2 of 4x3 and one of 32x4.
  EXPECT_EQ(cost.macs_paper, down_0 + down_1 + 8 * transposed + bare + 3 * (16 + 24 + 128));
  // Each convolution with its biases, each unit with one slope.
  const double params_down_0 = (27 * 2 + 2 + 1) + (27 * 4 + 2 + 1) + (27 * 2 + 2);
  const double params_down_1 = (27 * 6 + 3 + 1) + (27 * 9 + 3 + 1) + (6 + 3);
  const double params_up_0 = (27 * 20 + 4 + 1) + (27 * 16 + 4);
  EXPECT_EQ(cost.params, params_down_0 + params_down_1 + params_up_0);
}

TEST(UNetCost, DoesNotDependOnTheOrderOfTheAxes) {
  const UNetConfig unet;
  EXPECT_EQ(unet_cost(unet, 1, 20, {96, 64, 160}).macs, unet_cost(unet, 1, 20, {160, 96, 64}).macs);
}

TEST(UNetCost, RefusesAnExtentThatTheStridesDoNotDivide) {
  EXPECT_THROW(unet_cost(UNetConfig{}, 1, 20, {128, 128, 100}), ConfigError);
}

TEST(UNetCost, RefusesListsThatAreNoUNet) {
  EXPECT_THROW(unet_cost(UNetConfig{{8, 16}, {2, 2, 1}}, 1, 2, {32, 32, 32}), ConfigError);
  EXPECT_THROW(unet_cost(UNetConfig{{8, 16}, {2, 2}}, 1, 2, {32, 32, 32}), ConfigError);
  EXPECT_THROW(unet_cost(UNetConfig{{8}, {1}}, 1, 2, {32, 32, 32}), ConfigError);
}

TEST(UNetMemory, HoldsAtLeastTheWeightsAndTwoCopiesOfTheLogits) {
  const UNetConfig unet;
  const double logits = 20.0 * 128 * 128 * 128 * 4;
  const int64_t bytes = unet_peak_bytes(unet, 1, 20, {128, 128, 128});
  EXPECT_GT(static_cast<double>(bytes), 2 * logits + 4 * 26537933.0);
  EXPECT_LT(static_cast<double>(bytes), 10 * logits);
}

TEST(MethodMemory, HoldsTheOpenBlocksBesideALocalPassOrTheGlobalOne) {
  // 10 x 10 x 10 voxels of 4 bytes, and of the 900 before they were padded. Beside the local pass:
  // a byte of label a voxel, 8 coarse voxels with image and 3 logits of 4 bytes, two blocks of 2048
  // voxels with 3 sums and a weight of 4 bytes.
  MethodMemoryInput input;
  const int64_t program = method_peak_bytes(input);
  input.volume_xyz = {10, 10, 10};
  input.unpadded_voxels = 900;
  input.num_classes = 3;
  input.global_voxels = 8;
  input.open_blocks = 2;
  input.local_bytes = 500;
  input.global_bytes = 50000;
  EXPECT_EQ(method_peak_bytes(input) - program, 4000 + 3600 + 1000 + 128 + 65536 + 500);
  input.global_bytes = 100000;
  EXPECT_EQ(method_peak_bytes(input) - program, 4000 + 3600 + 100000);
}

TEST(MethodMemory, OpensAFrontOfBlocksAndFewerInBands) {
  // Patches of 16 x 16 x 32 voxels at half overlap on 64 x 64 x 32: blocks of 8 x 8 x 32, rows
  // of 8. While a row of patches advances, the carried layer holds 8 - i blocks and the next one i
  // + 2.
  EXPECT_EQ(most_open_blocks({64, 64, 32}, {16, 16, 32}, 0.5, 1, 1000), 10);
  // Of four rows each layer holds at most four; the row of patches across the cut opens both ends.
  EXPECT_EQ(most_open_blocks({64, 64, 32}, {16, 16, 32}, 0.5, 2, 1000), 6);
  // One patch touches 2 x 2 x 1 blocks, 3 x 3 x 2 where it lies across their borders.
  EXPECT_EQ(most_open_blocks({640, 640, 320}, {16, 16, 32}, 0.5, 1, 1), 18);
}

}  // namespace
}  // namespace nmsw
