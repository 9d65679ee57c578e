#include "nmsw/tensor/patch_ops.h"

#include <algorithm>

namespace nmsw {

Tensor crop(const Tensor& volume, Int3 start, Int3 size) {
  const Int3 extent = extent_dhw(volume);
  Tensor box = volume;
  for (size_t axis = 0; axis < 3; ++axis) {
    if (start[axis] < 0 || start[axis] + size[axis] > extent[axis]) {
      throw ShapeError("crop: {} voxels from {} leave axis {} of extent {}", size[axis],
                       start[axis], axis, extent[axis]);
    }
    box = box.narrow(static_cast<int64_t>(axis) - 3, start[axis], size[axis]);
  }
  return box;
}

Tensor crop_batch(const Tensor& volume, const std::vector<Int3>& starts, Int3 size) {
  check_shape(volume, {1, kAnySize, kAnySize, kAnySize, kAnySize}, "volume to crop");
  std::vector<Tensor> boxes;
  boxes.reserve(starts.size());
  for (const Int3& start : starts) boxes.push_back(crop(volume, start, size));
  return torch::cat(boxes, 0);
}

Tensor importance_map(Int3 patch, double sigma_scale) {
  const auto axis_weights = [sigma_scale](int64_t size) {
    const double sigma = sigma_scale * static_cast<double>(size);
    const Tensor x = torch::arange(size, torch::kDouble) - static_cast<double>(size - 1) / 2;
    return torch::exp(x * x / (-2 * sigma * sigma));
  };
  const Tensor map = axis_weights(patch[0]).view({-1, 1, 1}) *
                     axis_weights(patch[1]).view({1, -1, 1}) *
                     axis_weights(patch[2]).view({1, 1, -1});
  return map.clamp_min(std::max(map.min().item<double>(), 1e-3)).to(torch::kFloat);
}

PaddedVolume pad_centred(const Tensor& volume, Int3 extent) {
  const Int3 from = extent_dhw(volume);
  PaddedVolume padded{volume, {0, 0, 0}};
  std::vector<int64_t> pads(6, 0);
  for (size_t axis = 0; axis < 3; ++axis) {
    const int64_t missing = std::max<int64_t>(0, extent[axis] - from[axis]);
    padded.offset_dhw[axis] = missing / 2;
    pads[4 - 2 * axis] = missing / 2;
    pads[5 - 2 * axis] = missing - missing / 2;
  }
  if (extent_dhw(volume) != at_least(from, extent)) {
    padded.volume = torch::constant_pad_nd(volume, pads, 0);
  }
  return padded;
}

}  // namespace nmsw
