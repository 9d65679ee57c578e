#include "nmsw/cost/mednext_cost.h"

#include <gtest/gtest.h>

#include "nmsw/base/error.h"

namespace nmsw {
namespace {

TEST(MedNeXtCost, HasThePublishedParameterCounts) {
  // METHOD 1.2, METHOD 5.1
  const MedNeXtConfig mednext;
  EXPECT_EQ(mednext_cost(mednext, 1, 17, {16, 16, 16}).params, 17549459);
  EXPECT_EQ(mednext_cost(mednext, 1, 20, {16, 16, 16}).params, 17549558);
  EXPECT_NEAR(mednext_cost(mednext, 1, 20, {16, 16, 16}).params_paper / 1e6, 17.535, 5e-4);
}

TEST(MedNeXtCost, GivesTheMacsOfAPatchInBothConventions) {
  const MedNeXtConfig mednext;
  EXPECT_NEAR(mednext_cost(mednext, 1, 20, {128, 128, 128}).macs / 1e9, 244.758, 5e-4);
  EXPECT_NEAR(mednext_cost(mednext, 1, 17, {128, 128, 128}).macs / 1e9, 244.557, 5e-4);
  EXPECT_NEAR(mednext_cost(mednext, 1, 20, {128, 128, 128}).macs_paper / 1e9, 255.468, 5e-4);
}

TEST(MedNeXtCost, HasTheParameterCountsOfThePublishedSizes) {
  // Roy et al. 2023, Table 1, kernel 3: millions of parameters of a whole network.
  const std::vector<std::pair<const char*, double>> sizes{
      {"S", 5.6}, {"B", 10.5}, {"M", 17.6}, {"L", 61.8}};
  for (const auto& [size, millions] : sizes) {
    const auto config = read_network_config<MedNeXtConfig>(
        ConfigNode::parse(std::string("size: ") + size, "test.yaml"));
    EXPECT_NEAR(mednext_cost(config, 1, 14, {16, 16, 16}).params / 1e6, millions, 0.1) << size;
  }
}

TEST(MedNeXtConfig, TakesListsBesideASize) {
  const auto config = read_network_config<MedNeXtConfig>(
      ConfigNode::parse("{blocks: [1, 1, 1, 1, 1, 1, 1, 1, 1], size: L}", "test.yaml"));
  EXPECT_EQ(config.expansions, (std::vector<int64_t>{3, 4, 8, 8, 8, 8, 8, 4, 3}));
  EXPECT_EQ(config.blocks, std::vector<int64_t>(9, 1));
  const auto again =
      read_network_config<MedNeXtConfig>(ConfigNode::parse(canonical_text(config), "test.yaml"));
  EXPECT_EQ(canonical_text(again), canonical_text(config));
}

TEST(MedNeXtCost, CountsANetworkOfOneLevelAsByHand) {
  // 2 channels, 1 level, expansion 3 and 1 block throughout, 1 channel in, 2 classes out, 4x2x2
  // voxels.
  MedNeXtConfig config;
  config.channels = 2;
  config.expansions = {3, 3, 3};
  config.blocks = {1, 1, 1};
  EXPECT_EQ(size_multiple(config), 2);
  const double top = 16, below = 2, raised = 3 * 1 * 1;
  const double stem_and_head = top * (1 * 2 + 2 * 2);
  const double top_block = top * (27 * 2 + 2 * 6 + 6 * 2);
  const double bottom_block = below * (27 * 4 + 4 * 12 + 12 * 4);
  const double down = below * (27 * 2 + 2 * 6 + 6 * 4 + 2 * 4);
  // The transposed convolutions start from 2 voxels and give 3x1x1.
  const double up = below * (27 * 4 + 4 * 2) + raised * (4 * 12 + 12 * 2);
  EXPECT_EQ(mednext_cost(config, 1, 2, {4, 2, 2}).macs,
            stem_and_head + 2 * top_block + bottom_block + down + up);
}

TEST(MedNeXtCost, RefusesAnExtentOrListsThatDoNotFit) {
  EXPECT_THROW(mednext_cost(MedNeXtConfig{}, 1, 20, {128, 120, 128}), ConfigError);
  MedNeXtConfig short_list;
  short_list.blocks.pop_back();
  EXPECT_THROW(mednext_cost(short_list, 1, 20, {128, 128, 128}), ConfigError);
}

TEST(MedNeXtMemory, HoldsTheWidenedTensorTwice) {
  const double hidden = 2.0 * 32 * 128 * 128 * 128 * 4;
  const auto bytes =
      static_cast<double>(mednext_peak_bytes(MedNeXtConfig{}, 1, 20, {128, 128, 128}));
  EXPECT_GT(bytes, 2 * hidden);
  EXPECT_LT(bytes, 8 * hidden);
}

}  // namespace
}  // namespace nmsw
