#include "runners/planning/profile_forms.h"

#include "runners/planning/method_catalog.h"
#include "runners/planning/plan_format.h"

namespace nmsw::runners {
namespace {

BackboneCostModel configured(const std::string& name, const std::vector<std::string>& set) {
  ConfigNode node = ConfigNode::parse("{}", name);
  for (const std::string& assignment : set) node.set(assignment);
  return backbone_cost_entry(name).parse(node);
}

}  // namespace

BackboneCostModel profiled_backbone(const ProfileOptions& options) {
  return configured(options.backbone, options.set);
}

BackboneCostModel profiled_global(const ProfileOptions& options) {
  return configured("unet", options.backbone == "unet" ? options.set : std::vector<std::string>{});
}

nlohmann::ordered_json profile_json(const ProfileOptions& options) {
  const MethodEntry* method = find_method(options.method);
  if (method == nullptr) {
    throw ConfigError("--method {}: not known; {}", options.method,
                      known_methods_hint(options.method));
  }
  if (method->needs.empty()) {
    throw ConfigError("--method {}: runs no network, so there is nothing to count; choose another",
                      options.method);
  }
  const bool ranked = method->patches == PatchChoice::ranked;
  if (!ranked && options.k != "full") {
    throw ConfigError("--k {}: {} takes no number of patches; leave it out", options.k,
                      options.method);
  }
  ModelConfig model;
  model.aggregation = options.aggregation;
  const PassInput input{
      "profile: ",
      options.method,
      options.k,
      {options.volume_xyz, options.patch_xyz, options.downsize_rate_xyz, options.overlap},
      options.classes,
      model};
  const PassPrediction pass =
      predict_pass(input, profiled_backbone(options), profiled_global(options));
  nlohmann::ordered_json json;
  json["backbone"] = options.backbone;
  json["method"] = options.method;
  json["k"] = nullptr;
  if (ranked && options.k == "full") json["k"] = "full";
  if (ranked && options.k != "full") json["k"] = std::stoll(options.k);
  json["volume_xyz"] = options.volume_xyz;
  json["patch_xyz"] = options.patch_xyz;
  json["classes"] = options.classes;
  json["patches_total"] = pass.patches_total;
  json["patches_used"] = pass.patches_used;
  json["macs"] = pass.cost.macs;
  json["macs_paper"] = pass.cost.macs_paper;
  json["params"] = whole_or_null(pass.cost.params);
  json["params_paper"] = whole_or_null(pass.cost.params_paper);
  json["peak_bytes_predicted"] = nullptr;
  if (pass.peak_bytes > 0) json["peak_bytes_predicted"] = pass.peak_bytes;
  return json;
}

}  // namespace nmsw::runners
