#include <map>

#include "reporting/claims/gather.h"
#include "reporting/rows.h"

namespace nmsw::reporting {
namespace {

constexpr const char* kStrongest = "mednext";

/// Learned weight by dataset, backbone and class, mean over seeds.
using Weights = std::map<std::string, std::map<std::string, std::map<int64_t, double>>>;

Weights read_weights_of_plain_rows(const ClaimInput& input) {
  // An evaluation may repeat the weights of its training.
  const Rows rows(
      input.store,
      "SELECT dataset, backbone, class_index, avg(weight) AS weight FROM "
      "v_class_weights WHERE variant = '' AND class_index > 0 AND weight IS NOT NULL AND "
      "experiment = " +
          sql_quoted(input.experiment) + " GROUP BY dataset, backbone, class_index");
  Weights weights;
  for (size_t i = 0; i < rows.size(); ++i) {
    weights[rows.text(i, "dataset")][rows.text(i, "backbone")][rows.count(i, "class_index")] =
        *rows.number(i, "weight");
  }
  return weights;
}

}  // namespace

std::vector<Evidence> gather_trust(const Claim& claim, const ClaimInput& input) {
  std::vector<Evidence> gathered;
  for (const auto& [dataset, backbones] : read_weights_of_plain_rows(input)) {
    const auto strongest = backbones.find(kStrongest);
    if (strongest == backbones.end()) continue;
    for (const auto& [backbone, weights] : backbones) {
      if (backbone == kStrongest) continue;
      PairedDifferences differences;
      for (const auto& [class_index, weight] : weights) {
        const auto own = strongest->second.find(class_index);
        if (own != strongest->second.end()) differences.push_back({own->second - weight});
      }
      if (differences.empty()) continue;
      Evidence evidence;
      evidence.dataset = dataset;
      evidence.backbone = kStrongest;
      evidence.what = "against " + backbone_label(backbone);
      evidence.remark = "pairs are classes";
      judge_pairs(claim, differences, evidence);
      gathered.push_back(std::move(evidence));
    }
  }
  return gathered;
}

}  // namespace nmsw::reporting
