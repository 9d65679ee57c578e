#include "nmsw/training/patch_selection.h"

#include <algorithm>

#include "nmsw/sampling/gumbel_top_k.h"

namespace nmsw {

PatchSelection select_patches(const Tensor& scores, const PatchGrid& grid, int64_t k) {
  check_shape(scores, {1, grid.count()}, "patch scores");
  const Tensor log_probability =
      torch::log_softmax(scores.detach().to(torch::kCPU, torch::kDouble).squeeze(0), 0)
          .contiguous();
  PatchSelection selection;
  selection.counts_dhw = grid.counts_dhw;
  selection.patch_dhw = grid.patch_dhw;
  const auto* values = log_probability.data_ptr<double>();
  selection.log_probability.assign(values, values + log_probability.numel());
  selection.chosen = rank_patches(scores.squeeze(0));
  selection.chosen.resize(static_cast<size_t>(std::min(k, grid.count())));
  for (const int64_t n : selection.chosen) {
    selection.starts_dhw.push_back(grid.starts_dhw[static_cast<size_t>(n)]);
  }
  return selection;
}

bool is_recorded(int64_t epoch, int64_t epochs) {
  for (const int64_t of_300 : {2, 50, 300}) {
    if (epoch + 1 == std::max<int64_t>(1, epochs * of_300 / 300)) return true;
  }
  return false;
}

nlohmann::ordered_json to_json(const SelectionRecord& record) {
  const PatchSelection& s = record.selection;
  return {{"epoch", record.epoch},
          {"case", record.case_id},
          {"counts_dhw", s.counts_dhw},
          {"patch_dhw", s.patch_dhw},
          {"log_probability", s.log_probability},
          {"chosen", s.chosen},
          {"starts_dhw", s.starts_dhw}};
}

SelectionRecord selection_record(const nlohmann::ordered_json& json) {
  SelectionRecord record;
  PatchSelection& s = record.selection;
  json.at("epoch").get_to(record.epoch);
  json.at("case").get_to(record.case_id);
  json.at("counts_dhw").get_to(s.counts_dhw);
  json.at("patch_dhw").get_to(s.patch_dhw);
  json.at("log_probability").get_to(s.log_probability);
  json.at("chosen").get_to(s.chosen);
  json.at("starts_dhw").get_to(s.starts_dhw);
  return record;
}

}  // namespace nmsw
