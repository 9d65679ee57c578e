#include "runners/planning/networks.h"

#include <algorithm>

namespace nmsw::runners {
namespace {

std::vector<std::string> backbone_names() {
  std::vector<std::string> names;
  for (const BackboneCostEntry& entry : backbone_cost_catalog()) names.emplace_back(entry.name);
  return names;
}

void require_backbone(const std::string& name, const ConfigNode& node) {
  const std::vector<std::string> names = backbone_names();
  if (std::find(names.begin(), names.end(), name) == names.end()) {
    node.fail("backbone '{}' is not known; {}", name, choice_hint(name, names));
  }
}

}  // namespace

BackboneCostModel resolve_backbone(const ExperimentConfig& config, const NamedEntry& entry) {
  require_backbone(entry.name, entry.node);
  std::optional<ConfigNode> keys = entry.parameters;
  if (!keys && !config.networks.empty()) keys = config.networks.node->find(entry.name);
  return backbone_cost_entry(entry.name).parse(keys.value_or(ConfigNode::parse("{}", entry.name)));
}

Networks resolve_networks(const ExperimentConfig& config) {
  if (!config.networks.empty()) {
    for (const auto& [name, node] : config.networks.node->entries()) require_backbone(name, node);
  }
  Networks networks;
  for (const ConfigNode& node : config.backbones.values()) {
    const NamedEntry entry = parse_named_entry(node);
    for (const BackboneCostModel& before : networks.local) {
      if (before.name == entry.name)
        node.fail("'{}' is given twice; keep one of the two", entry.name);
    }
    networks.local.push_back(resolve_backbone(config, entry));
  }
  const ConfigNode global = config.global_network.empty()
                                ? ConfigNode::parse("unet", "global_network")
                                : *config.global_network.node;
  networks.global = resolve_backbone(config, parse_named_entry(global));
  return networks;
}

const BackboneCostModel& Networks::local_named(const std::string& name) const {
  for (const BackboneCostModel& model : local) {
    if (model.name == name) return model;
  }
  throw ConfigError("backbone '{}' is not in the grid; add it to 'backbones'", name);
}

}  // namespace nmsw::runners
