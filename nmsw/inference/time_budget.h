#pragma once

#include "nmsw/inference/ranked_pass.h"

namespace nmsw {

/// Seconds that a segmentation may take from the volume to the label map; reading and writing files
/// is not in them.
struct TimeBudget {
  double seconds = 0;
  SecondsClock now = steady_seconds;
};

/// Patches whose time is measured, and whose logits are kept: the first one makes the network's
/// buffers, the second one tells the pace.
inline constexpr int64_t kMeasuredPatches = 2;

/// As many of the first `most` patches as a deadline on `ranked.now` allows. What is promised: the
/// result is the label map of `pass_ranked` for the number of patches it reports, the coarse
/// prediction at the least, whatever the deadline. The pace is measured on the first two patches,
/// whose results are kept; how many more fit is then decided once, so that the deadline holds as
/// long as the pace does. It is overstepped by the coarse prediction when that alone takes longer,
/// and by one patch when the pace cannot be known before.
Segmentation pass_until(RankedPatches& ranked, Backbone& local, const PassPlan& plan, int64_t most,
                        double deadline);

}  // namespace nmsw
