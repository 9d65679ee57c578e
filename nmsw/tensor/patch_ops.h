#pragma once

#include <vector>

#include "nmsw/tensor/tensor.h"

namespace nmsw {

/// A view of the box at `start_dhw` over the last three axes. Throws ShapeError when it leaves the
/// tensor.
Tensor crop(const Tensor& volume, Int3 start_dhw, Int3 size_dhw);

/// Boxes of a volume [1,C,D,H,W] as a batch [K,C,d,h,w].
Tensor crop_batch(const Tensor& volume, const std::vector<Int3>& starts_dhw, Int3 size_dhw);

/// Gaussian importance of the voxels of a patch (METHOD 2.8), float32 [d,h,w]: sigma is
/// `sigma_scale` times each axis' size; not normalised; no value below max(smallest, 0.001).
Tensor importance_map(Int3 patch_dhw, double sigma_scale = 0.125);

/// A volume with zeros around it, and where the old one lies in it.
struct PaddedVolume {
  Tensor volume;
  Int3 offset_dhw{0, 0, 0};
};

/// Pads the last three axes to `extent_dhw` (never smaller than they are), the lesser half in
/// front.
PaddedVolume pad_centred(const Tensor& volume, Int3 extent_dhw);

}  // namespace nmsw
