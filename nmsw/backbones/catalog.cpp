#include "nmsw/backbones/catalog.h"

#include <string>

#include "nmsw/backbones/mednext.h"
#include "nmsw/backbones/swin_unetr.h"
#include "nmsw/backbones/torchscript.h"
#include "nmsw/backbones/unet.h"

namespace nmsw {

namespace {

template <class Network, class Config>
BackboneBuilder parse_builder(const ConfigNode& node) {
  const auto config = read_network_config<Config>(node);
  return [config](int64_t in_channels, int64_t num_classes) -> BackbonePtr {
    return std::make_shared<Network>(config, in_channels, num_classes);
  };
}

template <class Network, class Config>
BackboneEntry entry_of() {
  return {Config::name, parse_builder<Network, Config>};
}

}  // namespace

const std::vector<BackboneEntry>& backbone_catalog() {
  static const std::vector<BackboneEntry> entries = {
      entry_of<UNet, UNetConfig>(),
      entry_of<MedNeXt, MedNeXtConfig>(),
      entry_of<SwinUnetr, SwinUnetrConfig>(),
      entry_of<TorchScriptBackbone, TorchScriptConfig>(),
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
