#include "reporting/closed_forms.h"

#include <algorithm>
#include <cstdlib>

#include "nmsw/config/evaluation_config.h"
#include "nmsw/config/methods.h"
#include "nmsw/cost/catalog.h"
#include "nmsw/cost/patch_count.h"
#include "reporting/paper_numbers.h"

namespace nmsw::reporting {
namespace {

constexpr const char* kGlobalNetwork = "unet";

Int3 cube(int64_t size) { return {size, size, size}; }

BackboneCostModel full_width(const std::string& backbone) {
  return backbone_cost_entry(backbone).parse(ConfigNode::parse("{}", backbone));
}

int64_t patches_used(const Method& method, const MethodKey& key, int64_t total) {
  if (method.patches == PatchUse::one_per_class) return kPaperClasses - 1;
  if (key.k.empty() || key.k == "full") return total;
  return std::min<int64_t>(std::strtoll(key.k.c_str(), nullptr, 10), total);
}

}  // namespace

std::optional<Cost> paper_size_cost(const std::string& backbone, const MethodKey& key) {
  const std::vector<std::string> of_paper = paper_backbones();
  const bool is_of_paper = std::find(of_paper.begin(), of_paper.end(), backbone) != of_paper.end();
  const Method* method = find_method(key.method);
  if (!is_of_paper || method == nullptr || method->needs.empty()) return std::nullopt;
  if (key.k == kAutoKName) return std::nullopt;  // each scan takes its own number of patches
  const BackboneCostModel local = full_width(backbone), global = full_width(kGlobalNetwork);
  MethodCostInput input;
  input.method = key.method;
  input.local_patch = local.cost(1, kPaperClasses, cube(kPaperPatch));
  input.global_pass = global.cost(1, kPaperClasses, cube(kPaperExtent / kPaperRate));
  input.patches_total = patches_total(cube(kPaperExtent), cube(kPaperPatch), kPaperOverlap);
  input.patches_used = patches_used(*method, key, input.patches_total);
  input.num_classes = kPaperClasses;
  input.score_channels = global.score_channels;
  if (key.class_weight == "off") input.aggregation = AggregationKind::paste;
  input.patch = cube(kPaperPatch);
  return method_cost(input);
}

}  // namespace nmsw::reporting
