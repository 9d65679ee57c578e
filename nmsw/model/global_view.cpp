#include "nmsw/model/global_view.h"

#include "nmsw/backbones/mixed_precision.h"
#include "nmsw/tensor/patch_ops.h"
#include "nmsw/tensor/resize.h"

namespace nmsw {

namespace {

Tensor padded_behind(const Tensor& image, Int3 to, double value) {
  const Int3 from = extent_dhw(image);
  if (from == to) return image;
  std::vector<int64_t> pads;
  for (const size_t axis : {2, 1, 0}) {
    pads.push_back(0);
    pads.push_back(to[axis] - from[axis]);
  }
  return torch::constant_pad_nd(image, pads, value);
}

}  // namespace

GlobalView global_view(const Tensor& volume, Backbone& global, const PatchGeometry& geometry,
                       Precision precision) {
  check_shape(volume, {1, kAnySize, kAnySize, kAnySize, kAnySize}, "volume");
  const Int3 extent = coarse_extent(extent_dhw(volume), geometry.rate_dhw);
  for (size_t axis = 0; axis < 3; ++axis) {
    if (extent[axis] < 1) {
      throw ShapeError("global view: axis {} has {} voxels, fewer than the down-size rate {}", axis,
                       extent_dhw(volume)[axis], geometry.rate_dhw[axis]);
    }
  }
  const int64_t multiple = global.size_multiple();
  const Int3 padded = round_up(extent, {multiple, multiple, multiple});
  GlobalView view;
  view.image = resize_trilinear(volume, extent);
  const BackboneOutput output =
      forward_in(precision, global, padded_behind(view.image, padded, geometry.coarse_pad_value));
  view.logits = extent == padded ? output.logits : crop(output.logits, {0, 0, 0}, extent);
  if (!output.features.empty()) view.feature = output.features.back();
  for (size_t axis = 0; axis < 3; ++axis) {
    view.filled_dhw[axis] = static_cast<double>(extent[axis]) / static_cast<double>(padded[axis]);
  }
  return view;
}

}  // namespace nmsw
