#include "nmsw/inference/time_budget.h"

#include <algorithm>

namespace nmsw {

Segmentation pass_until(RankedPatches& ranked, Backbone& local, const PassPlan& plan, int64_t most,
                        double deadline) {
  const auto label = [&](int64_t k) { return pass_ranked(ranked, local, plan, {k}).front(); };
  const int64_t available = std::min(most, ranked.grid.count());
  int64_t done = 0;
  while (done < std::min(kMeasuredPatches, available) && ranked.now() < deadline) {
    ranked.known[done] = patch_results(ranked, local, {done}).front();
    ++done;
  }
  Segmentation result = label(done);
  if (done < kMeasuredPatches) return result;
  const double each =
      ranked.known.at(done - 1).seconds + result.stages.aggregate / static_cast<double>(done);
  const double left = deadline - ranked.now() - result.stages.argmax;
  const auto more =
      static_cast<int64_t>(std::min(left / std::max(each, 1e-9), static_cast<double>(available)));
  return more > 0 ? label(std::min(available, done + more)) : result;
}

}  // namespace nmsw
