#include "runners/planning/cells/networks.h"

#include <algorithm>

#include "nmsw/config/unet_config.h"

namespace nmsw::runners {
namespace {

std::vector<std::string> backbone_names(bool (*takes)(const BackboneCostEntry&)) {
  std::vector<std::string> names;
  for (const BackboneCostEntry& entry : backbone_cost_catalog()) {
    if (takes(entry)) names.emplace_back(entry.name);
  }
  return names;
}

bool any_role(const BackboneCostEntry& /*entry*/) { return true; }
bool can_be_global(const BackboneCostEntry& entry) {
  return entry.role == NetworkRole::local_or_global;
}

void require_backbone(const std::string& name, const std::string& where) {
  const std::vector<std::string> names = backbone_names(any_role);
  if (std::find(names.begin(), names.end(), name) == names.end()) {
    throw ConfigError("{}: backbone '{}' is not known; {}", where, name, choice_hint(name, names));
  }
}

}  // namespace

BackboneCostModel resolve_backbone(const ExperimentConfig& config, const NamedEntry& entry) {
  require_backbone(entry.name, entry.where);
  std::optional<ConfigNode> keys = entry.parameters;
  if (!keys) keys = config.networks.find(entry.name);
  return backbone_cost_entry(entry.name).parse(keys.value_or(ConfigNode::parse("{}", entry.name)));
}

BackboneCostModel resolve_global(const ExperimentConfig& config) {
  const ConfigNode node = config.global_network.empty()
                              ? ConfigNode::parse(UNetConfig::name, "global_network")
                              : *config.global_network.node;
  BackboneCostModel model = resolve_backbone(config, parse_named_entry(node));
  if (!can_be_global(backbone_cost_entry(model.name))) {
    node.fail("'{}' can be a local network only; as the global one choose one of: {}", model.name,
              joined(backbone_names(can_be_global)));
  }
  return model;
}

Networks resolve_networks(const ExperimentConfig& config) {
  for (const Subtree* tree : {&config.networks, &config.backbone_training}) {
    if (tree->empty()) continue;
    for (const auto& [name, node] : tree->node->entries()) require_backbone(name, node.where());
  }
  Networks networks;
  for (const NamedEntry& entry : config.backbones.entries) {
    for (const BackboneCostModel& before : networks.local) {
      if (before.name == entry.name)
        entry.fail("'{}' is given twice; keep one of the two", entry.name);
    }
    networks.local.push_back(resolve_backbone(config, entry));
  }
  networks.global = resolve_global(config);
  return networks;
}

const BackboneCostModel& Networks::local_named(const std::string& name) const {
  for (const BackboneCostModel& model : local) {
    if (model.name == name) return model;
  }
  throw ConfigError("backbone '{}' is not in the grid; add it to 'backbones'", name);
}

}  // namespace nmsw::runners
