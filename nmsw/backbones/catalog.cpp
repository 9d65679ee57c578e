#include "nmsw/backbones/catalog.h"

#include <string>

#include "nmsw/config/backbones.h"

namespace nmsw {

namespace {

template <class Config>
BackboneBuilder parse_builder(const ConfigNode& node) {
  const auto config = read_network_config<Config>(node);
  return [config](int64_t in_channels, int64_t num_classes) {
    return make_network(config, in_channels, num_classes);
  };
}

}  // namespace

const std::vector<BackboneEntry>& backbone_catalog() {
  static const std::vector<BackboneEntry> entries = [] {
    std::vector<BackboneEntry> found;
    for_each_backbone([&](auto config) {
      using Config = decltype(config);
      found.push_back({Config::name, parse_builder<Config>});
    });
    return found;
  }();
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
