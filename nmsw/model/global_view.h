#pragma once

#include <array>

#include "nmsw/backbones/backbone.h"
#include "nmsw/config/precision.h"
#include "nmsw/model/patch_geometry.h"

namespace nmsw {

/// A volume as the global network sees it.
struct GlobalView {
  Tensor image;    ///< [1,Cin,d,h,w], the volume down-sized
  Tensor logits;   ///< [1,C,d,h,w]
  Tensor feature;  ///< [1,F,…], the network's last feature, padding included
  /// Part of the feature's axes that the volume fills, counted from their first voxel; the rest is
  /// padding.
  std::array<double, 3> filled_dhw{1, 1, 1};
};

/// Down-sizes a volume [1,Cin,D,H,W] to floor(extent/rate) (METHOD 2.2) and runs the global network
/// on it. Where the small volume is no multiple of what the network takes, it is padded behind its
/// last voxels and the logits are cut back: the full-size volume, and with it the grid of patches,
/// stays as it is at any extent. Differentiable in the network's parameters. Throws ShapeError
/// where an axis is shorter than the rate.
GlobalView global_view(const Tensor& volume, Backbone& global, const PatchGeometry& geometry,
                       Precision precision = Precision::fp32);

}  // namespace nmsw
