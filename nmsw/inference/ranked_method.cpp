#include "nmsw/inference/ranked_method.h"

#include <algorithm>

namespace nmsw {
namespace {

int64_t patches_for(int64_t k, const RankedPatches& ranked) {
  if (k != kAutoK) return k;
  if (!ranked.auto_k)
    throw ConfigError(
        "k auto: this order sets no number of patches; use coverage, or scores with "
        "mass_left");
  return *ranked.auto_k;
}

}  // namespace

Segmentation RankedMethod::segment(const Tensor& volume) {
  return segment_at(volume, {k_}).front();
}

PatchPass RankedMethod::begin(const Tensor& volume) {
  PatchPass pass{rank(volume), &local(), 0};
  pass.k = std::min(patches_for(k_, pass.ranked), pass.ranked.grid.count());
  return pass;
}

std::vector<Segmentation> RankedMethod::segment_at(const Tensor& volume,
                                                   const std::vector<int64_t>& k_list) {
  c10::InferenceMode inference;
  const RankedPatches ranked = rank(volume);
  std::vector<int64_t> counts = k_list;
  for (int64_t& k : counts) k = patches_for(k, ranked);
  return pass_ranked(ranked, local(), plan_, counts);
}

Segmentation RankedMethod::segment_within(const Tensor& volume, const TimeBudget& budget) {
  c10::InferenceMode inference;
  const double deadline = budget.now() + budget.seconds;
  RankedPatches ranked = rank(volume);
  ranked.now = budget.now;
  return pass_until(ranked, local(), plan_, patches_for(k_, ranked), deadline);
}

}  // namespace nmsw
