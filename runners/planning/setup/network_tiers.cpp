#include "runners/planning/setup/network_tiers.h"

#include <nlohmann/json.hpp>

namespace nmsw::runners {
namespace {

BackboneCostModel unet_model(const std::vector<int64_t>& channels,
                             const std::vector<int64_t>& strides) {
  const nlohmann::json keys{{"channels", channels}, {"strides", strides}};
  return backbone_cost_entry("unet").parse(ConfigNode::parse(keys.dump(), "networks.unet"));
}

}  // namespace

const std::vector<NetworkTier>& network_tiers() {
  static const std::vector<NetworkTier> tiers{
      {"the paper's",
       {32, 64, 128, 256, 320, 320},
       {32, 64, 128, 256, 320, 320},
       {2, 2, 2, 2, 2, 1},
       3e-4,
       3e-4,
       64,
       true,
       20'000,
       "width, depth and learning rate are the paper's"},
      {"medium",
       {32, 64, 128, 128},
       {16, 32, 64, 64},
       {2, 2, 2, 1},
       1e-3,
       1e-3,
       32,
       false,
       10'000,
       "twice the width of the narrow UNet that the project's experiments train, at half its "
       "learning rate; this width has not been compared on real data"},
      {"narrow",
       {16, 32, 64, 64},
       {8, 16, 32, 32},
       {2, 2, 2, 1},
       4e-3,
       2e-3,
       32,
       false,
       1'500,
       "widths and learning rate that reached a DSC of 0.87 on the Decathlon's hippocampus (MR, "
       "2e-3) and 0.78 on OpenKBP (CT, 4e-3) in 3600 and 6000 steps"},
      {"very narrow",
       {8, 16, 32, 32},
       {8, 16, 32, 32},
       {2, 2, 2, 1},
       4e-3,
       4e-3,
       32,
       false,
       0,
       "half the width of the narrow UNet, as so short a training gives a wider one too few steps"},
  };
  return tiers;
}

BackboneCostModel local_model(const NetworkTier& tier) {
  return unet_model(tier.channels, tier.strides);
}

BackboneCostModel global_model(const NetworkTier& tier) {
  return unet_model(tier.global_channels, tier.strides);
}

}  // namespace nmsw::runners
