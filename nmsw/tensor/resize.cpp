#include "nmsw/tensor/resize.h"

#include <algorithm>
#include <array>
#include <vector>

#include "nmsw/kernels/logits/axis_steps.h"

namespace nmsw {

namespace F = torch::nn::functional;

namespace {

/// Brings an axis up to the fine voxels of `steps`, whose coarse ones count from the tensor's
/// first.
Tensor lerp_along(const Tensor& coarse, int64_t dim, const std::vector<AxisStep>& steps) {
  std::vector<int64_t> low, high;
  std::vector<float> shares;
  for (const AxisStep& step : steps) {
    low.push_back(step.low);
    high.push_back(step.high);
    shares.push_back(step.share);
  }
  const auto taken = [&](const std::vector<int64_t>& index) {
    return coarse.index_select(dim,
                               queued_copy(torch::tensor(index, torch::kLong), coarse.device()));
  };
  std::vector<int64_t> along(static_cast<size_t>(coarse.dim()), 1);
  along[static_cast<size_t>(dim)] = -1;
  const Tensor share =
      queued_copy(torch::tensor(shares).to(coarse.scalar_type()), coarse.device()).view(along);
  return torch::lerp(taken(low), taken(high), share);
}

/// [fine, coarse]: a fine voxel's shares in the coarse ones along an axis.
Tensor share_matrix(int64_t coarse, int64_t fine) {
  const std::vector<AxisStep> steps = axis_steps(coarse, fine);
  Tensor matrix = torch::zeros({fine, coarse});
  float* row = matrix.data_ptr<float>();
  for (const AxisStep& step : steps) {
    row[step.low] += 1 - step.share;
    row[step.high] += step.share;
    row += coarse;
  }
  return matrix;
}

}  // namespace

Int3 coarse_extent(Int3 extent, Int3 rate) {
  return {extent[0] / rate[0], extent[1] / rate[1], extent[2] / rate[2]};
}

Tensor resize_trilinear(const Tensor& image, Int3 to) {
  check_shape(image, {kAnySize, kAnySize, kAnySize, kAnySize, kAnySize}, "image to resize");
  if (extent_dhw(image) == to) return image;
  if (image.is_cuda() && at::globalContext().deterministicAlgorithms()) {
    return resize_trilinear_by_products(image, to);
  }
  return F::interpolate(image, F::InterpolateFuncOptions()
                                   .size(std::vector<int64_t>(to.begin(), to.end()))
                                   .mode(torch::kTrilinear)
                                   .align_corners(false));
}

Tensor resize_trilinear_by_products(const Tensor& image, Int3 to) {
  check_shape(image, {kAnySize, kAnySize, kAnySize, kAnySize, kAnySize}, "image to resize");
  const Int3 from = extent_dhw(image);
  const auto shares = [&](size_t axis) {
    return queued_copy(share_matrix(from[axis], to[axis]).to(image.scalar_type()), image.device());
  };
  const Tensor wide = torch::matmul(image, shares(2).t());
  const Tensor high = torch::matmul(shares(1), wide);
  // The rows of d, each a whole plane.
  const Tensor deep = torch::matmul(shares(0), high.flatten(3));
  return deep.view({image.size(0), image.size(1), to[0], to[1], to[2]});
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
                                 queued_copy(torch::tensor(index, torch::kLong), image.device()));
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
                                 queued_copy(torch::tensor(index, torch::kLong), label.device()));
  }
  return result;
}

Tensor upsample_box(const Tensor& coarse, Int3 extent, Int3 start, Int3 size) {
  check_shape(coarse, {1, kAnySize, kAnySize, kAnySize, kAnySize}, "coarse logits");
  std::array<std::vector<AxisStep>, 3> steps;
  Tensor box = coarse;
  for (size_t axis = 0; axis < 3; ++axis) {
    const int64_t end = start[axis] + size[axis];
    if (start[axis] < 0 || size[axis] < 1 || end > extent[axis]) {
      throw ShapeError("up-sampling: {} voxels from {} leave axis {} of extent {}", size[axis],
                       start[axis], axis, extent[axis]);
    }
    const std::vector<AxisStep> all =
        axis_steps(coarse.size(static_cast<int64_t>(axis) + 2), extent[axis]);
    steps[axis].assign(all.begin() + start[axis], all.begin() + end);
    const int64_t first = steps[axis].front().low;
    box = box.narrow(static_cast<int64_t>(axis) + 2, first, steps[axis].back().high - first + 1);
    for (AxisStep& step : steps[axis]) {
      step.low -= first;
      step.high -= first;
    }
  }
  for (size_t axis = 0; axis < 3; ++axis) {
    box = lerp_along(box, static_cast<int64_t>(axis) + 2, steps[axis]);
  }
  return box;
}

}  // namespace nmsw
