#include "nmsw/cost/catalog.h"

#include <utility>

#include "nmsw/base/config_identity.h"
#include "nmsw/base/digest.h"
#include "nmsw/config/backbones.h"
#include "nmsw/cost/layer_cost.h"
#include "nmsw/cost/mednext_cost.h"
#include "nmsw/cost/memory.h"
#include "nmsw/cost/nnunet_cost.h"
#include "nmsw/cost/segformer3d_cost.h"
#include "nmsw/cost/swin_unetr_cost.h"
#include "nmsw/cost/umamba_bot_cost.h"
#include "nmsw/cost/unetr_pp_cost.h"

namespace nmsw {
namespace {

template <class Config>
Cost unknown_cost(const Config& config, int64_t /*in_channels*/, int64_t /*num_classes*/,
                  Int3 extent) {
  require_multiple(Config::name, extent, size_multiple(config));
  return {kUnknown, kUnknown, kUnknown, kUnknown};
}
template <class Config>
int64_t unknown_bytes(const Config& /*config*/, int64_t /*in_channels*/, int64_t /*num_classes*/,
                      Int3 /*extent*/) {
  return 0;
}

template <class Config>
using CostForm = Cost (*)(const Config&, int64_t, int64_t, Int3);
template <class Config>
using BytesForm = int64_t (*)(const Config&, int64_t, int64_t, Int3);

// Closed forms, for the backbones that have them.
template <class Config>
auto closed_form(const Config& /*config*/) {
  return std::pair(&unknown_cost<Config>, &unknown_bytes<Config>);
}
auto closed_form(const UNetConfig& /*config*/) { return std::pair(&unet_cost, &unet_peak_bytes); }
auto closed_form(const MedNeXtConfig& /*config*/) {
  return std::pair(&mednext_cost, &mednext_peak_bytes);
}
auto closed_form(const SwinUnetrConfig& /*config*/) {
  return std::pair(&swin_unetr_cost, &swin_unetr_peak_bytes);
}
auto closed_form(const NnUnetConfig& /*config*/) {
  return std::pair<CostForm<NnUnetConfig>, BytesForm<NnUnetConfig>>(&nnunet_cost,
                                                                    &nnunet_peak_bytes);
}
auto closed_form(const NnUnetResEncConfig& /*config*/) {
  return std::pair<CostForm<NnUnetResEncConfig>, BytesForm<NnUnetResEncConfig>>(&nnunet_cost,
                                                                                &nnunet_peak_bytes);
}
auto closed_form(const SegFormer3dConfig& /*config*/) {
  return std::pair(&segformer3d_cost, &segformer3d_peak_bytes);
}
auto closed_form(const UnetrPpConfig& /*config*/) {
  return std::pair(&unetr_pp_cost, &unetr_pp_peak_bytes);
}
auto closed_form(const UMambaBotConfig& /*config*/) {
  return std::pair(&umamba_bot_cost, &umamba_bot_peak_bytes);
}

/// Memory of a training step's passes over that of an inference pass, which keeps no activation for
/// a backward pass; measured at the paper's widths. An unknown network's passes are unknown anyway.
template <class Config>
constexpr double kTrainingOverInference = 1;
template <>
constexpr double kTrainingOverInference<UNetConfig> = 3;
template <>
constexpr double kTrainingOverInference<MedNeXtConfig> = 13;
template <>
constexpr double kTrainingOverInference<SwinUnetrConfig> = 6;
template <>
constexpr double kTrainingOverInference<NnUnetConfig> = 3;
template <>
constexpr double kTrainingOverInference<NnUnetResEncConfig> = 3;
template <>
constexpr double kTrainingOverInference<SegFormer3dConfig> = 6;
template <>
constexpr double kTrainingOverInference<UnetrPpConfig> = 5;
template <>
constexpr double kTrainingOverInference<UMambaBotConfig> = 5;

template <class Config>
void look_at_file(Config& /*config*/) {}
/// From here on the script is known by its contents.
void look_at_file(TorchScriptConfig& config) { config.sha256 = sha256_file(config.file); }

template <class Config>
BackboneCostModel parse_model(const ConfigNode& node) {
  auto config = read_network_config<Config>(node);
  look_at_file(config);
  BackboneCostModel model;
  model.name = Config::name;
  model.config_json = canonical_text(config);
  model.size_multiple = size_multiple(config);
  model.only_extent_xyz = only_extent_xyz(config);
  model.score_channels = feature_channels(config);
  const auto forms = closed_form(config);
  model.cost = [config, cost = forms.first](int64_t in, int64_t classes, Int3 extent) {
    return cost(config, in, classes, extent);
  };
  model.peak_bytes = [config, bytes = forms.second](int64_t in, int64_t classes, Int3 extent) {
    return bytes(config, in, classes, extent);
  };
  model.training_bytes = [peak = model.peak_bytes](int64_t in, int64_t classes, Int3 extent) {
    return static_cast<int64_t>(kTrainingOverInference<Config> *
                                static_cast<double>(peak(in, classes, extent)));
  };
  return model;
}

template <class Config>
void forget_place(Config& /*config*/) {}
void forget_place(TorchScriptConfig& config) {
  if (!config.sha256.empty()) config.file.clear();
}

template <class Config>
nlohmann::json identity_of(const ConfigNode& node) {
  auto config = read_config<Config>(node);
  forget_place(config);
  return identity_value(config);
}

template <class Config>
std::vector<FieldHelpLine> help_of_keys(const std::string& prefix) {
  Config config;
  FieldHelp help(prefix);
  visit_fields(config, help);
  return help.lines;
}

}  // namespace

const std::vector<BackboneCostEntry>& backbone_cost_catalog() {
  static const std::vector<BackboneCostEntry> catalog = [] {
    std::vector<BackboneCostEntry> found;
    for_each_backbone([&](auto config) {
      using Config = decltype(config);
      found.push_back({Config::name, Config::summary, Config::source, Config::role,
                       parse_model<Config>, identity_of<Config>, help_of_keys<Config>});
    });
    return found;
  }();
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
