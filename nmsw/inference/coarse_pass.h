#pragma once

#include "nmsw/backbones/backbone.h"
#include "nmsw/config/precision.h"
#include "nmsw/model/patch_geometry.h"

namespace nmsw {

/// A volume, padded to at least a patch, and the global network's view of it.
struct CoarsePass {
  Tensor volume;             ///< [1,Cin,D,H,W]
  Int3 offset_dhw{0, 0, 0};  ///< where the given volume lies in it
  Int3 extent_dhw{0, 0, 0};  ///< of the given volume
  Tensor logits;             ///< [1,C,d,h,w], of the padded volume
};

/// Pads the volume [1,Cin,D,H,W] to at least a patch, the same for every method, and runs the
/// global network on the small volume.
CoarsePass coarse_pass(const Tensor& volume, Backbone& global, const PatchGeometry& geometry,
                       Precision precision = Precision::fp32);

}  // namespace nmsw
