#include "nmsw/tensor/resize.h"

#include <algorithm>
#include <array>
#include <vector>

namespace nmsw {

namespace F = torch::nn::functional;

namespace {

/// For some fine voxels along an axis: the coarse voxels on both sides, and the share of the higher
/// one.
struct CoarsePlaces {
  std::vector<int64_t> low, high;
  std::vector<float> share;
};

/// Of the fine voxels i0 … i1-1.
CoarsePlaces coarse_places(int64_t extent, int64_t rate, int64_t i0, int64_t i1) {
  CoarsePlaces places;
  for (int64_t i = i0; i < i1; ++i) {
    const double source =
        std::max(0.0, (static_cast<double>(i) + 0.5) / static_cast<double>(rate) - 0.5);
    places.low.push_back(std::min(static_cast<int64_t>(source), extent - 1));
    places.high.push_back(std::min(places.low.back() + 1, extent - 1));
    places.share.push_back(static_cast<float>(source - static_cast<double>(places.low.back())));
  }
  return places;
}

Tensor lerp_along(const Tensor& coarse, int64_t dim, const CoarsePlaces& places) {
  const auto taken = [&](const std::vector<int64_t>& index) {
    return coarse.index_select(dim, torch::tensor(index, torch::kLong).to(coarse.device()));
  };
  std::vector<int64_t> along(static_cast<size_t>(coarse.dim()), 1);
  along[static_cast<size_t>(dim)] = -1;
  const Tensor share = torch::tensor(places.share).to(coarse.options()).view(along);
  return torch::lerp(taken(places.low), taken(places.high), share);
}

}  // namespace

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
    // LibTorch multiplies in float32; doing likewise picks the same voxel where the sizes do not
    // divide.
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
  const Tensor planes = lerp_along(coarse, 2, coarse_places(coarse.size(2), rate[0], d0, d1));
  return F::interpolate(planes.squeeze(0), F::InterpolateFuncOptions()
                                               .size(std::vector<int64_t>{coarse.size(3) * rate[1],
                                                                          coarse.size(4) * rate[2]})
                                               .mode(torch::kBilinear)
                                               .align_corners(false))
      .unsqueeze(0);
}

Tensor upsample_box(const Tensor& coarse, Int3 rate, Int3 start, Int3 size) {
  check_shape(coarse, {1, kAnySize, kAnySize, kAnySize, kAnySize}, "coarse logits");
  std::array<CoarsePlaces, 3> places;
  Tensor box = coarse;
  for (size_t axis = 0; axis < 3; ++axis) {
    const int64_t end = start[axis] + size[axis];
    const int64_t extent = coarse.size(static_cast<int64_t>(axis) + 2);
    if (start[axis] < 0 || size[axis] < 1 || end > extent * rate[axis]) {
      throw ShapeError("up-sampling: {} voxels from {} leave axis {} of extent {}", size[axis],
                       start[axis], axis, extent * rate[axis]);
    }
    places[axis] = coarse_places(extent, rate[axis], start[axis], end);
    const int64_t first = places[axis].low.front();
    box = box.narrow(static_cast<int64_t>(axis) + 2, first, places[axis].high.back() - first + 1);
    for (int64_t& place : places[axis].low) place -= first;
    for (int64_t& place : places[axis].high) place -= first;
  }
  for (size_t axis = 0; axis < 3; ++axis) {
    box = lerp_along(box, static_cast<int64_t>(axis) + 2, places[axis]);
  }
  return box;
}

}  // namespace nmsw
