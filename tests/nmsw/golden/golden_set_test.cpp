#include <gtest/gtest.h>

#include <stdexcept>

#include "nmsw/backbones/mednext.h"
#include "nmsw/backbones/nnunet.h"
#include "nmsw/backbones/swin_unetr.h"
#include "nmsw/backbones/unet.h"
#include "tests/support/golden_checks.h"
#include "tests/support/golden_networks.h"

// How the golden tests read a set: not the reference's numbers.

namespace nmsw {
namespace {

using testing::GoldenChecks;
using testing::GoldenFile;

/// A network's weights as a golden file holds them.
GoldenFile file_of(const torch::nn::Module& network) {
  std::map<std::string, Tensor> tensors;
  for (const auto& entry : network.named_parameters()) {
    tensors.emplace("sd." + entry.key(), entry.value().detach().clone());
  }
  return {"drawn.pt", tensors};
}

/// Whether a fresh network takes the file's weights.
template <class Network, class Config>
void expect_loadable(const GoldenFile& file, const Config& config,
                     const testing::NetworkEnds& ends) {
  Network network(config, ends.in_channels, ends.num_classes);
  EXPECT_NO_THROW(testing::load_parameters(network, file, "sd."));
  EXPECT_TRUE(torch::equal(network.named_parameters().front().value(),
                           file.tensor("sd." + network.named_parameters().front().key())));
}

TEST(ReferenceSet, GivesTheSizesOfAnyUNet) {
  const UNetConfig made{{6, 10, 10, 12}, {2, 1, 2, 1}};
  const GoldenFile file = file_of(UNet(made, 2, 5));
  const auto [config, ends] = testing::unet_sizes(file, "sd.");
  EXPECT_EQ(config.channels, made.channels);
  EXPECT_EQ(config.strides, made.strides);
  EXPECT_EQ(ends.in_channels, 2);
  EXPECT_EQ(ends.num_classes, 5);
  expect_loadable<UNet>(file, config, ends);
}

TEST(ReferenceSet, GivesTheSizesOfAnyMedNeXt) {
  MedNeXtConfig made;
  made.channels = 6;
  made.expansions = {3, 2, 4, 2, 1};
  made.blocks = {1, 2, 3, 2, 4};
  const GoldenFile file = file_of(MedNeXt(made, 2, 5));
  const auto [config, ends] = testing::mednext_sizes(file, "sd.");
  EXPECT_EQ(config.channels, made.channels);
  EXPECT_EQ(config.expansions, made.expansions);
  EXPECT_EQ(config.blocks, made.blocks);
  EXPECT_EQ(ends.in_channels, 2);
  EXPECT_EQ(ends.num_classes, 5);
  expect_loadable<MedNeXt>(file, config, ends);
}

TEST(ReferenceSet, GivesTheSizesOfAnySwinUnetr) {
  SwinUnetrConfig made;
  made.feature_size = 8;
  made.depths = {1, 2, 3};
  made.heads = {2, 4, 8};
  made.window = 5;
  made.mlp_ratio = 3;
  const GoldenFile file = file_of(SwinUnetr(made, 2, 5));
  const auto [config, ends] = testing::swin_sizes(file, "sd.");
  EXPECT_EQ(config.feature_size, made.feature_size);
  EXPECT_EQ(config.depths, made.depths);
  EXPECT_EQ(config.heads, made.heads);
  EXPECT_EQ(config.window, made.window);
  EXPECT_EQ(config.mlp_ratio, made.mlp_ratio);
  EXPECT_EQ(ends.in_channels, 2);
  EXPECT_EQ(ends.num_classes, 5);
  expect_loadable<SwinUnetr>(file, config, ends);
}

/// Levels of which no two axes are alike.
const NnUnetLevels kUnevenLevels{
    {6, 10, 12}, {{1, 1, 1}, {2, 1, 2}, {2, 2, 1}}, {{3, 3, 1}, {1, 3, 3}, {3, 1, 5}}};

template <class Config>
void expect_same_levels(const Config& config, const Config& made) {
  EXPECT_EQ(config.channels, made.channels);
  EXPECT_EQ(config.strides_xyz, made.strides_xyz);
  EXPECT_EQ(config.kernels_xyz, made.kernels_xyz);
  EXPECT_EQ(config.decoder_convs, made.decoder_convs);
}

TEST(ReferenceSet, GivesTheSizesOfAnyNnUnet) {
  const NnUnetConfig made{kUnevenLevels, {1, 3, 2}, {2, 1}};
  const GoldenFile file = file_of(NnUnet(made, 2, 5));
  const auto [config, ends] = testing::nnunet_sizes(file, "sd.");
  expect_same_levels(config, made);
  EXPECT_EQ(config.encoder_convs, made.encoder_convs);
  EXPECT_EQ(ends.in_channels, 2);
  EXPECT_EQ(ends.num_classes, 5);
  expect_loadable<NnUnet>(file, config, ends);
}

TEST(ReferenceSet, GivesTheSizesOfAnyResidualNnUnet) {
  const NnUnetResEncConfig made{kUnevenLevels, {1, 3, 2}, {2, 1}};
  const GoldenFile file = file_of(NnUnet(made, 2, 5));
  const auto [config, ends] = testing::resenc_sizes(file, "sd.");
  expect_same_levels(config, made);
  EXPECT_EQ(config.blocks, made.blocks);
  EXPECT_EQ(ends.in_channels, 2);
  EXPECT_EQ(ends.num_classes, 5);
  expect_loadable<NnUnet>(file, config, ends);
}

TEST(ReferenceSet, OtherWeightsEndTheTest) {
  const GoldenFile file = file_of(UNet({{4, 8, 8}, {2, 2, 1}}, 1, 3));
  UNet wider({{6, 8, 8}, {2, 2, 1}}, 1, 3), deeper({{4, 8, 8, 8}, {2, 2, 2, 1}}, 1, 3),
      shallower({{4, 8}, {2, 1}}, 1, 3);
  for (UNet* network : {&wider, &deeper, &shallower}) {
    EXPECT_THROW(testing::load_parameters(*network, file, "sd."), std::runtime_error);
  }
}

TEST(ReferenceSet, FindsCasesWhateverTheirName) {
  const Tensor one = torch::ones({1});
  const GoldenFile file(
      "f.pt", {{"case0.input", one}, {"odd.input", one}, {"odd.deep.input", one}, {"sd.w", one}});
  EXPECT_EQ(file.cases_with("input"), (std::vector<std::string>{"case0", "odd"}));
  EXPECT_EQ(file.cases_with("deep.input"), (std::vector<std::string>{"odd"}));
  EXPECT_THROW(file.tensor("case1.input"), std::runtime_error);
}

TEST(ReferenceSet, CountsWhatIsComparedAndWhatIsLeftOut) {
  const GoldenFile file("f.pt", {{"a", torch::ones({2})}});
  GoldenChecks checks(file);
  checks.close("b", torch::zeros({2}), 0, 0);
  EXPECT_EQ(checks.compared(), 0U);
  EXPECT_EQ(checks.left_out(), 1U);
  checks.close("a", torch::ones({2}), 0, 0);
  EXPECT_EQ(checks.compared(), 1U);
}

}  // namespace
}  // namespace nmsw
