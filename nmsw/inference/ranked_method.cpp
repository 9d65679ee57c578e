#include "nmsw/inference/ranked_method.h"

namespace nmsw {

Segmentation RankedMethod::segment(const Tensor& volume) {
  return segment_at(volume, {k_}).front();
}

std::vector<Segmentation> RankedMethod::segment_at(const Tensor& volume,
                                                   const std::vector<int64_t>& k_list) {
  c10::InferenceMode inference;
  return pass_ranked(rank(volume), local(), plan_, k_list);
}

Segmentation RankedMethod::segment_within(const Tensor& volume, const TimeBudget& budget) {
  c10::InferenceMode inference;
  const double deadline = budget.now() + budget.seconds;
  RankedPatches ranked = rank(volume);
  ranked.now = budget.now;
  return pass_until(ranked, local(), plan_, k_, deadline);
}

}  // namespace nmsw
