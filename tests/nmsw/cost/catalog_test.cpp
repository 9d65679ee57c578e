#include "nmsw/cost/catalog.h"

#include <gtest/gtest.h>

#include <set>

#include "nmsw/base/error.h"
#include "nmsw/config/torchscript_config.h"
#include "nmsw/cost/layer_cost.h"

namespace nmsw {
namespace {

ConfigNode yaml(const std::string& text) { return ConfigNode::parse(text, "test.yaml"); }

TEST(BackboneCostCatalog, HasTheFullSizeUNetByDefault) {
  const BackboneCostModel unet = backbone_cost_entry("unet").parse(yaml("{}"));
  EXPECT_EQ(unet.cost(1, 20, {32, 32, 32}).params, 26537933);
  EXPECT_EQ(unet.size_multiple, 32);
  EXPECT_EQ(unet.score_channels, 32);
}

TEST(BackboneCostCatalog, ReadsWidthsAndStridesFromYaml) {
  const BackboneCostModel unet =
      backbone_cost_entry("unet").parse(yaml("channels: [2, 3]\nstrides: [2, 1]\n"));
  EXPECT_EQ(unet.cost(1, 4, {4, 4, 2}).params, 1627);
  EXPECT_EQ(unet.size_multiple, 2);
  EXPECT_EQ(unet.score_channels, 3) << "the only decoder level gives the logits";
  EXPECT_EQ(unet.config_json, R"({"channels":[2,3],"strides":[2,1]})");
}

TEST(BackboneCostCatalog, RefusesAnUnknownKey) {
  EXPECT_THROW(backbone_cost_entry("unet").parse(yaml("chanels: [2, 3]\n")), ConfigError);
}

TEST(BackboneCostCatalog, SuggestsTheNearestName) {
  try {
    backbone_cost_entry("unett");
    FAIL() << "an unknown backbone was accepted";
  } catch (const ConfigError& error) {
    EXPECT_NE(std::string(error.what()).find("did you mean 'unet'?"), std::string::npos)
        << error.what();
  }
}

TEST(BackboneCostCatalog, EveryBackboneHasItsOwnNameAndGrowsWithItsInput) {
  std::set<std::string_view> names;
  for (const BackboneCostEntry& entry : backbone_cost_catalog()) {
    EXPECT_TRUE(names.insert(entry.name).second) << entry.name;
    if (entry.name ==
        TorchScriptConfig::name) {  // no defaults: it is a file, whose cost nobody can know
      EXPECT_THROW(entry.parse(yaml("{}")), ConfigError);
      EXPECT_THROW(entry.parse(yaml("{file: nowhere.pt, size_multiple: 8}")), Error);
      continue;
    }
    const BackboneCostModel model = entry.parse(yaml("{}"));
    if (model.only_extent_xyz) {
      EXPECT_GT(model.cost(1, 5, *model.only_extent_xyz).macs, 0);
      EXPECT_GT(model.peak_bytes(1, 5, *model.only_extent_xyz), 0);
      EXPECT_THROW(model.cost(1, 5, multiplied_by(*model.only_extent_xyz, 2)), ConfigError);
      continue;
    }
    const int64_t side = 4 * model.size_multiple;
    const Cost small = model.cost(1, 5, {side, side, side});
    const Cost large = model.cost(1, 5, {side, side, 2 * side});
    EXPECT_GT(large.macs, small.macs) << entry.name;
    EXPECT_EQ(large.params, small.params) << entry.name;
    EXPECT_GT(model.peak_bytes(1, 5, {side, side, 2 * side}),
              model.peak_bytes(1, 5, {side, side, side}));
    EXPECT_GT(model.score_channels, 0) << entry.name;
  }
}

}  // namespace
}  // namespace nmsw
