#include "nmsw/cost/catalog.h"

#include "nmsw/base/config_fields.h"
#include "nmsw/cost/memory.h"
#include "nmsw/cost/unet_shape.h"

namespace nmsw {
namespace {

/// Every backbone parses alike: its config struct, and the closed forms that take it.
template <class Config>
struct ClosedForms {
  Cost (*cost)(const Config&, int64_t, int64_t, Int3);
  int64_t (*peak_bytes)(const Config&, int64_t, int64_t, Int3);
  int64_t (*size_multiple)(const Config&);
  int64_t (*score_channels)(const Config&);
};

template <class Config>
BackboneCostModel make_model(const ConfigNode& node, const char* name, ClosedForms<Config> forms) {
  const auto config = read_config<Config>(node);
  BackboneCostModel model;
  model.name = name;
  model.config_json = canonical_text(config);
  model.size_multiple = forms.size_multiple(config);
  model.score_channels = forms.score_channels(config);
  model.cost = [config, forms](int64_t in, int64_t classes, Int3 extent) {
    return forms.cost(config, in, classes, extent);
  };
  model.peak_bytes = [config, forms](int64_t in, int64_t classes, Int3 extent) {
    return forms.peak_bytes(config, in, classes, extent);
  };
  return model;
}

/// The last feature is the decoder's, or the bottleneck's where the only decoder level gives the
/// logits.
int64_t unet_score_channels(const UNetConfig& config) {
  return config.channels.size() > 2 ? config.channels.front() : config.channels.back();
}

BackboneCostModel parse_unet(const ConfigNode& node) {
  return make_model<UNetConfig>(node, "unet",
                                {unet_cost, unet_peak_bytes, size_multiple, unet_score_channels});
}

}  // namespace

const std::vector<BackboneCostEntry>& backbone_cost_catalog() {
  static const std::vector<BackboneCostEntry> catalog{
      {"unet", "residual UNet, widths and strides per level (spec 1.1)", parse_unet},
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
