#include "nmsw/cost/catalog.h"

#include "nmsw/base/digest.h"
#include "nmsw/cost/mednext_cost.h"
#include "nmsw/cost/memory.h"
#include "nmsw/cost/swin_unetr_cost.h"
#include "nmsw/cost/torchscript_cost.h"

namespace nmsw {
namespace {

/// Every backbone parses alike: its config struct, and the closed forms that take it.
template <class Config, Cost (*cost)(const Config&, int64_t, int64_t, Int3),
          int64_t (*peak_bytes)(const Config&, int64_t, int64_t, Int3)>
BackboneCostModel make_model(const Config& config) {
  BackboneCostModel model;
  model.name = Config::name;
  model.config_json = canonical_text(config);
  model.size_multiple = size_multiple(config);
  model.score_channels = feature_channels(config);
  model.cost = [config](int64_t in, int64_t classes, Int3 extent) {
    return cost(config, in, classes, extent);
  };
  model.peak_bytes = [config](int64_t in, int64_t classes, Int3 extent) {
    return peak_bytes(config, in, classes, extent);
  };
  return model;
}

template <class Config, Cost (*cost)(const Config&, int64_t, int64_t, Int3),
          int64_t (*peak_bytes)(const Config&, int64_t, int64_t, Int3)>
BackboneCostModel parse_model(const ConfigNode& node) {
  return make_model<Config, cost, peak_bytes>(read_network_config<Config>(node));
}

/// From here on the file is known by its contents.
BackboneCostModel parse_torchscript(const ConfigNode& node) {
  auto config = read_network_config<TorchScriptConfig>(node);
  config.sha256 = sha256_file(config.file);
  return make_model<TorchScriptConfig, torchscript_cost, torchscript_peak_bytes>(config);
}

template <class Config>
std::vector<FieldHelpLine> help_of_keys(const std::string& prefix) {
  Config config;
  FieldHelp help(prefix);
  visit_fields(config, help);
  return help.lines;
}

template <class Config>
BackboneCostEntry entry(BackboneCostModel (*parse)(const ConfigNode&)) {
  return {Config::name, Config::summary, Config::source, Config::role, parse, help_of_keys<Config>};
}

}  // namespace

const std::vector<BackboneCostEntry>& backbone_cost_catalog() {
  static const std::vector<BackboneCostEntry> catalog{
      entry<UNetConfig>(parse_model<UNetConfig, unet_cost, unet_peak_bytes>),
      entry<MedNeXtConfig>(parse_model<MedNeXtConfig, mednext_cost, mednext_peak_bytes>),
      entry<SwinUnetrConfig>(parse_model<SwinUnetrConfig, swin_unetr_cost, swin_unetr_peak_bytes>),
      entry<TorchScriptConfig>(parse_torchscript),
  };
  return catalog;
}

const BackboneCostEntry& backbone_cost_entry(std::string_view name) {
  std::string list;
  std::vector<std::string> names;
  for (const BackboneCostEntry& entry : backbone_cost_catalog()) {
    if (entry.name == name) return entry;
    names.emplace_back(entry.name);
    list += (list.empty() ? "" : ", ") + names.back();
  }
  const auto guess = nearest_word(std::string(name), names);
  throw ConfigError("backbone '{}' is not known; {}choose one of: {}", name,
                    guess ? "did you mean '" + *guess + "'? " : "", list);
}

}  // namespace nmsw
