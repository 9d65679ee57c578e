#include "nmsw/inference/crop_votes.h"

#include <array>

#include "nmsw/inference/slab_accumulator.h"
#include "nmsw/kernels/logits/axis_steps.h"
#include "nmsw/tensor/patch_ops.h"

namespace nmsw {

namespace {

/// What the background's channel starts with, so that it wins where all logits are equal.
constexpr double kBackgroundHead = 1e-4;
/// Contested voxels that are summed at once.
constexpr int64_t kVoxelsAtOnce = int64_t{1} << 18;

Tensor with_head(const Tensor& logits) {
  Tensor changed = logits.clone();
  changed.select(1, 0).add_(kBackgroundHead);
  return changed;
}

/// Of voxels along one axis: offsets of the coarse voxels on both sides, and the upper one's share.
struct PointSteps {
  Tensor low, high, share;
};

PointSteps steps_at(int64_t coarse, int64_t fine, int64_t stride, const Tensor& places) {
  std::vector<int64_t> low, high;
  std::vector<float> share;
  for (const AxisStep& step : axis_steps(coarse, fine)) {
    low.push_back(step.low * stride);
    high.push_back(step.high * stride);
    share.push_back(step.share);
  }
  const auto taken = [&](const Tensor& table) {
    return queued_copy(table, places.device()).index_select(0, places);
  };
  return {taken(torch::tensor(low, torch::kLong)), taken(torch::tensor(high, torch::kLong)),
          taken(torch::tensor(share))};
}

/// Logits [C,n] of single voxels of a crop, `places` int64 [n,3] counting from its first; along W,
/// then H, then D, as `labels_upsampled` has them.
Tensor logits_at(const CropLogits& crop, const Tensor& places) {
  const Int3 coarse = extent_dhw(crop.logits);
  const std::array<int64_t, 3> stride{coarse[1] * coarse[2], coarse[2], 1};
  std::array<PointSteps, 3> steps;
  for (size_t axis = 0; axis < 3; ++axis) {
    steps[axis] = steps_at(coarse[axis], crop.size_dhw[axis], stride[axis],
                           places.select(1, static_cast<int64_t>(axis)).contiguous());
  }
  const Tensor flat = crop.logits[0].flatten(1);
  const auto between = [](const Tensor& low, const Tensor& high, const Tensor& share) {
    return low + share * (high - low);
  };
  const auto line = [&](const Tensor& d, const Tensor& h) {
    const Tensor row = d + h;
    return between(flat.index_select(1, row + steps[2].low),
                   flat.index_select(1, row + steps[2].high), steps[2].share);
  };
  const auto plane = [&](const Tensor& d) {
    return between(line(d, steps[1].low), line(d, steps[1].high), steps[1].share);
  };
  return between(plane(steps[0].low), plane(steps[0].high), steps[0].share);
}

}  // namespace

CropVotes::CropVotes(Int3 extent, const torch::Device& device) : extent_(extent) {
  const auto options = torch::TensorOptions(torch::kByte).device(device);
  labels_ = torch::zeros({extent[0], extent[1], extent[2]}, options);
  contested_ = torch::zeros_like(labels_, options.dtype(torch::kBool));
}

void CropVotes::add(CropLogits given) {
  Tensor target = crop(labels_, given.start_dhw, given.size_dhw);
  given.logits = with_head(given.logits);
  const Tensor claimed = labels_upsampled(given.logits, given.size_dhw) == given.label;
  crop(contested_, given.start_dhw, given.size_dhw).logical_or_(claimed.logical_and(target > 0));
  target.masked_fill_(claimed, given.label);
  crops_.push_back(std::move(given));
}

void CropVotes::settle(const Tensor& voxels) {
  Tensor sums;
  const auto columns = [](const Tensor& values, int64_t column) {
    return values.select(1, column);
  };
  for (const CropLogits& one : crops_) {
    const Int3 start = one.start_dhw, size = one.size_dhw;
    const Tensor first =
        queued_copy(torch::tensor({start[0], start[1], start[2]}), voxels.device());
    const Tensor places = voxels - first;
    Tensor inside = places.ge(0).all(1);
    for (int64_t axis = 0; axis < 3; ++axis) {
      inside = inside.logical_and(columns(places, axis) < size[static_cast<size_t>(axis)]);
    }
    const Tensor index = inside.nonzero().flatten();
    const Tensor logits = logits_at(one, places.index_select(0, index));
    const Tensor own = (logits.argmax(0) == one.label).to(logits.scalar_type());
    if (!sums.defined()) {
      sums = torch::zeros({logits.size(0), voxels.size(0)}, logits.options());
      sums[0].fill_(kBackgroundHead);
    }
    Tensor added = logits * own;
    added[0].sub_(own * kBackgroundHead);  // the sums have their head already
    sums.index_add_(1, index, added);
  }
  const Tensor chosen = sums.argmax(0).to(torch::kByte);
  const Tensor flat =
      (columns(voxels, 0) * extent_[1] + columns(voxels, 1)) * extent_[2] + columns(voxels, 2);
  labels_.view({-1}).index_copy_(0, flat, chosen);
}

Tensor CropVotes::labels() {
  for (int64_t plane = 0; plane < extent_[0]; ++plane) {
    const Tensor in_plane = contested_[plane].nonzero();
    if (in_plane.size(0) == 0) continue;
    const Tensor voxels = torch::constant_pad_nd(in_plane, {1, 0}, plane);
    for (const Tensor& some : voxels.split(kVoxelsAtOnce)) settle(some);
  }
  contested_.zero_();
  return labels_;
}

}  // namespace nmsw
