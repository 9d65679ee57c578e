#include "nmsw/kernels/logits/axis_steps.h"

#include <algorithm>

namespace nmsw {

std::vector<AxisStep> axis_steps(int64_t coarse, int64_t fine) {
  std::vector<AxisStep> steps(static_cast<size_t>(fine));
  for (int64_t i = 0; i < fine; ++i) {
    const double place =
        (static_cast<double>(i) + 0.5) * static_cast<double>(coarse) / static_cast<double>(fine) -
        0.5;
    const double source = std::max(0.0, place);
    AxisStep& step = steps[static_cast<size_t>(i)];
    step.low = std::min(static_cast<int64_t>(source), coarse - 1);
    step.high = std::min(step.low + 1, coarse - 1);
    step.share = static_cast<float>(source - static_cast<double>(step.low));
  }
  return steps;
}

}  // namespace nmsw
