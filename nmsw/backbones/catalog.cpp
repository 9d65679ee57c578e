#include "nmsw/backbones/catalog.h"

#include <string>

#include "nmsw/backbones/mednext.h"
#include "nmsw/backbones/unet.h"
#include "nmsw/base/config_fields.h"

namespace nmsw {

namespace {

template <class Network, class Config>
BackboneBuilder parse_as(const ConfigNode& node) {
  const Config config = read_config<Config>(node);
  return [config](int64_t in_channels, int64_t num_classes) -> BackbonePtr {
    return std::make_shared<Network>(config, in_channels, num_classes);
  };
}

}  // namespace

const std::vector<BackboneEntry>& backbone_catalog() {
  static const std::vector<BackboneEntry> entries = {
      {"unet", "residual UNet with instance norm and PReLU", "paper 4.2.1",
       &parse_as<UNet, UNetConfig>},
      {"mednext", "MedNeXt, medium, kernel 3", "paper 4.2.2; Roy et al. 2023",
       &parse_as<MedNeXt, MedNeXtConfig>},
  };
  return entries;
}

const BackboneEntry& backbone_entry(std::string_view name) {
  std::vector<std::string> known;
  for (const BackboneEntry& entry : backbone_catalog()) {
    if (entry.name == name) return entry;
    known.emplace_back(entry.name);
  }
  const auto guess = nearest_word(std::string(name), known);
  throw ConfigError("backbone '{}' is not known; {}known: {}", name,
                    guess ? "did you mean '" + *guess + "'? " : "", fmt::join(known, ", "));
}

}  // namespace nmsw
