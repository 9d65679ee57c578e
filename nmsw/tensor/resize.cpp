#include "nmsw/tensor/resize.h"

#include <algorithm>
#include <vector>

namespace nmsw {

namespace F = torch::nn::functional;

Int3 coarse_extent(Int3 extent, Int3 rate) {
  return {extent[0] / rate[0], extent[1] / rate[1], extent[2] / rate[2]};
}

Tensor resize_trilinear(const Tensor& image, Int3 to) {
  check_shape(image, {kAnySize, kAnySize, kAnySize, kAnySize, kAnySize}, "image to resize");
  if (extent_dhw(image) == to) return image;
  return F::interpolate(image, F::InterpolateFuncOptions()
                                   .size(std::vector<int64_t>(to.begin(), to.end()))
                                   .mode(torch::kTrilinear)
                                   .align_corners(false));
}

Tensor resize_nearest(const Tensor& image, Int3 to) {
  Tensor result = image;
  const Int3 from = extent_dhw(image);
  for (size_t axis = 0; axis < 3; ++axis) {
    // LibTorch multiplies in float32; doing likewise picks the same voxel where the sizes do not divide.
    const float scale = static_cast<float>(from[axis]) / static_cast<float>(to[axis]);
    std::vector<int64_t> index(static_cast<size_t>(to[axis]));
    for (int64_t i = 0; i < to[axis]; ++i) {
      index[static_cast<size_t>(i)] =
          std::min(static_cast<int64_t>(static_cast<float>(i) * scale), from[axis] - 1);
    }
    result = result.index_select(static_cast<int64_t>(axis) - 3,
                                 torch::tensor(index, torch::kLong).to(image.device()));
  }
  return result;
}

Tensor resize_label(const Tensor& label, Int3 to, LabelAlignment alignment) {
  if (alignment == LabelAlignment::nearest) return resize_nearest(label, to);
  Tensor result = label;
  const Int3 from = extent_dhw(label);
  for (size_t axis = 0; axis < 3; ++axis) {
    std::vector<int64_t> index(static_cast<size_t>(to[axis]));
    for (int64_t i = 0; i < to[axis]; ++i) {
      index[static_cast<size_t>(i)] = (2 * i + 1) * from[axis] / (2 * to[axis]);
    }
    result = result.index_select(static_cast<int64_t>(axis) - 3,
                                 torch::tensor(index, torch::kLong).to(label.device()));
  }
  return result;
}

Tensor upsample_planes(const Tensor& coarse, Int3 rate, int64_t d0, int64_t d1) {
  check_shape(coarse, {1, kAnySize, kAnySize, kAnySize, kAnySize}, "coarse logits");
  const int64_t depth = coarse.size(2);
  std::vector<int64_t> low, high;
  std::vector<float> share;
  for (int64_t d = d0; d < d1; ++d) {
    const double source =
        std::max(0.0, (static_cast<double>(d) + 0.5) / static_cast<double>(rate[0]) - 0.5);
    low.push_back(std::min(static_cast<int64_t>(source), depth - 1));
    high.push_back(std::min(low.back() + 1, depth - 1));
    share.push_back(static_cast<float>(source - static_cast<double>(low.back())));
  }
  const auto device = coarse.device();
  const Tensor weight = torch::tensor(share).to(device).view({1, -1, 1, 1});
  const Tensor volume = coarse.squeeze(0);
  const Tensor planes =
      torch::lerp(volume.index_select(1, torch::tensor(low, torch::kLong).to(device)),
                  volume.index_select(1, torch::tensor(high, torch::kLong).to(device)), weight);
  return F::interpolate(planes, F::InterpolateFuncOptions()
                                    .size(std::vector<int64_t>{coarse.size(3) * rate[1],
                                                               coarse.size(4) * rate[2]})
                                    .mode(torch::kBilinear)
                                    .align_corners(false))
      .unsqueeze(0);
}

}  // namespace nmsw
