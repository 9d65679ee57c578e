#include "nmsw/inference/zoom_out.h"

#include <algorithm>
#include <optional>

#include "nmsw/backbones/mixed_precision.h"
#include "nmsw/inference/coarse_pass.h"
#include "nmsw/inference/slab_accumulator.h"
#include "nmsw/inference/stage_clock.h"
#include "nmsw/tensor/patch_ops.h"
#include "nmsw/tensor/resize.h"

namespace nmsw {

namespace {

/// What the background's channel starts with, so that it wins where all logits are equal.
constexpr double kBackgroundHead = 1e-4;

struct Box {
  Int3 start{0, 0, 0}, size{0, 0, 0};
};

/// Smallest box around the voxels, grown to `least` (the lesser half in front) and shifted back
/// into the volume.
std::optional<Box> bounding_box(const Tensor& mask, Int3 least) {
  Box box;
  const Int3 extent = extent_dhw(mask);
  for (size_t axis = 0; axis < 3; ++axis) {
    Tensor line = mask;
    for (int64_t other = 2; other >= 0; --other) {
      if (other != static_cast<int64_t>(axis)) line = line.any(other);
    }
    const Tensor places = line.nonzero().to(torch::kCPU).flatten().contiguous();
    if (places.numel() == 0) return std::nullopt;
    const int64_t first = places.data_ptr<int64_t>()[0];
    const int64_t last = places.data_ptr<int64_t>()[places.numel() - 1];
    const int64_t missing = std::max<int64_t>(0, least[axis] - (last - first + 1));
    box.size[axis] = last - first + 1 + missing;
    box.start[axis] = std::clamp<int64_t>(first - missing / 2, 0, extent[axis] - box.size[axis]);
  }
  return box;
}

}  // namespace

ZoomOut::ZoomOut(BackbonePtr local, BackbonePtr global, const PatchGeometry& geometry,
                 Precision precision)
    : local_(std::move(local)),
      global_(std::move(global)),
      geometry_(geometry),
      precision_(precision) {}

Segmentation ZoomOut::segment(const Tensor& volume) {
  c10::InferenceMode inference;
  local_->eval();
  global_->eval();
  Segmentation result;
  StageClock clock(volume.device());
  const CoarsePass pass = coarse_pass(volume, *global_, geometry_, precision_);
  result.stages.global = clock.lap();
  const Tensor seen = labels_brought_up(pass.logits, extent_dhw(pass.volume));
  Tensor labels = torch::zeros_like(seen);
  result.stages.choose = clock.lap();
  for (int64_t organ = 1; organ < pass.logits.size(1); ++organ) {
    const Tensor mask = seen == organ;
    const std::optional<Box> box = bounding_box(mask, geometry_.patch_dhw);
    result.stages.choose += clock.lap();
    if (!box) continue;
    const Tensor patch =
        resize_trilinear(crop(pass.volume, box->start, box->size), geometry_.patch_dhw);
    const Tensor logits = forward_in(precision_, *local_, patch).logits.clone();
    logits.select(1, 0).add_(kBackgroundHead);
    result.stages.local += clock.lap();
    const Tensor found = labels_brought_up(logits, box->size);
    result.stages.argmax += clock.lap();
    Tensor target = crop(labels, box->start, box->size);
    target.copy_(torch::where(crop(mask, box->start, box->size), found, target));
    Int3 start = box->start;
    for (size_t axis = 0; axis < 3; ++axis) start[axis] -= pass.offset_dhw[axis];
    result.picks.push_back(
        {static_cast<int64_t>(result.picks.size()), organ, 0.0, start, box->size});
    result.stages.aggregate += clock.lap();
  }
  result.labels = crop(labels, pass.offset_dhw, pass.extent_dhw).contiguous();
  result.stages.aggregate += clock.lap();
  result.coarse_labels = crop(seen, pass.offset_dhw, pass.extent_dhw).contiguous();
  return result;
}

}  // namespace nmsw
