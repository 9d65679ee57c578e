#pragma once

#include "nmsw/backbones/backbone.h"
#include "nmsw/config/precision.h"
#include "nmsw/model/nmsw_net.h"

namespace nmsw {

/// A padded volume and the global network's view of it.
struct CoarsePass {
  Tensor volume;             ///< padded, [1,Cin,D,H,W]
  Int3 offset_dhw{0, 0, 0};  ///< where the given volume lies in it
  Int3 extent_dhw{0, 0, 0};  ///< of the given volume
  Tensor logits;             ///< [1,C,d,h,w]
};

/// Pads the volume to at least a patch and to what the global network needs, and runs that network on the small volume.
CoarsePass coarse_pass(const Tensor& volume, Backbone& global, const PatchGeometry& geometry,
                       Precision precision = Precision::fp32);

}  // namespace nmsw
