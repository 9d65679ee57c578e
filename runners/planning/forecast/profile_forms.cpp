#include "runners/planning/forecast/profile_forms.h"

#include "nmsw/config/methods.h"
#include "runners/planning/forecast/whole_or_null.h"

namespace nmsw::runners {
namespace {

BackboneCostModel configured(const std::string& name, const std::vector<std::string>& set) {
  ConfigNode node = ConfigNode::parse("{}", name);
  for (const std::string& assignment : set) node.set(assignment);
  return backbone_cost_entry(name).parse(node);
}

}  // namespace

BackboneCostModel profiled_backbone(const ProfileQuery& query) {
  return configured(query.backbone, query.set);
}

BackboneCostModel profiled_global(const ProfileQuery& query) {
  return configured("unet", query.backbone == "unet" ? query.set : std::vector<std::string>{});
}

nlohmann::ordered_json profile_json(const ProfileQuery& query) {
  const Method* method = find_method(query.method);
  if (method == nullptr) {
    throw ConfigError("--method {}: not known; {}", query.method, known_methods_hint(query.method));
  }
  if (method->needs.empty()) {
    throw ConfigError("--method {}: runs no network, so there is nothing to count; choose another",
                      query.method);
  }
  const bool ranked = method->takes_k();
  if (!ranked && query.k != "full") {
    throw ConfigError("--k {}: {} takes no number of patches; leave it out", query.k, query.method);
  }
  ModelConfig model;
  model.aggregation = query.aggregation;
  const PassInput input{
      "profile: ",   query.method,
      query.k,       {query.volume_xyz, query.patch_xyz, query.downsize_rate_xyz, query.overlap},
      query.classes, model};
  const PassPrediction pass = predict_pass(input, profiled_backbone(query), profiled_global(query));
  nlohmann::ordered_json json;
  json["backbone"] = query.backbone;
  json["method"] = query.method;
  json["k"] = nullptr;
  if (ranked && query.k == "full") json["k"] = "full";
  if (ranked && query.k != "full") json["k"] = std::stoll(query.k);
  json["volume_xyz"] = query.volume_xyz;
  json["patch_xyz"] = query.patch_xyz;
  json["classes"] = query.classes;
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
