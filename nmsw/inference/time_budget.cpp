#include "nmsw/inference/time_budget.h"

#include <algorithm>

#include "nmsw/tensor/device_arithmetic.h"

namespace nmsw {

Segmentation pass_until(RankedPatches& ranked, Backbone& local, const PassPlan& plan, int64_t most,
                        double deadline) {
  const NoConvolutionTuning no_pause;
  const auto label = [&](int64_t k) { return pass_ranked(ranked, local, plan, {k}).front(); };
  const int64_t available = std::min(most, ranked.grid.count());
  int64_t done = 0;
  StageClock clock(ranked.volume.device(), ranked.now);
  while (done < std::min(kMeasuredPatches, available) && ranked.now() < deadline) {
    clock.lap();
    const Tensor logits = patch_logits(ranked, local, {done}, plan.precision).front();
    ranked.known[done++] = {logits, clock.lap()};
  }
  const Segmentation result = label(done);
  if (done < kMeasuredPatches) return result;
  const double each =
      ranked.known.at(done - 1).seconds + result.stages.aggregate / static_cast<double>(done);
  double left = deadline - ranked.now() - result.stages.argmax;
  int64_t fitting = done;
  for (; fitting < available; ++fitting) {
    left -= each * static_cast<double>(bands_touched(ranked, plan, fitting));
    if (left < 0) break;
  }
  return fitting > done ? label(fitting) : result;
}

}  // namespace nmsw
