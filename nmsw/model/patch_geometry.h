#pragma once

#include "nmsw/base/volume.h"

namespace nmsw {

/// Sizes of the two views of a volume, in tensor order.
struct PatchGeometry {
  Int3 patch_dhw{128, 128, 128};
  Int3 rate_dhw{3, 3, 3};
  double overlap = 0.5;
  /// Intensity of the pad that brings the small volume to what the global network takes.
  double coarse_pad_value = 0;
};

}  // namespace nmsw
