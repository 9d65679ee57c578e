#include "nmsw/inference/zoom_out.h"

#include <algorithm>
#include <optional>

#include "nmsw/backbones/mixed_precision.h"
#include "nmsw/inference/coarse_pass.h"
#include "nmsw/inference/slab_accumulator.h"
#include "nmsw/inference/stage_marks.h"
#include "nmsw/tensor/patch_ops.h"
#include "nmsw/tensor/resize.h"

namespace nmsw {

namespace {

/// What the background's channel starts with, so that it wins where all logits are equal.
constexpr double kBackgroundHead = 1e-4;

/// A class that the coarse pass has seen: the smallest box around its voxels, grown to a least size
/// (the lesser half in front) and shifted back into the volume.
struct Organ {
  int64_t label = 0;
  Int3 start{0, 0, 0}, size{0, 0, 0};
};

std::optional<Organ> organ_of(const Tensor& seen, int64_t label, Int3 least) {
  Organ organ;
  organ.label = label;
  const Tensor mask = seen == label;
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
    organ.size[axis] = last - first + 1 + missing;
    organ.start[axis] =
        std::clamp<int64_t>(first - missing / 2, 0, extent[axis] - organ.size[axis]);
  }
  return organ;
}

std::vector<Organ> organs_in(const Tensor& seen, int64_t num_classes, Int3 least) {
  std::vector<Organ> organs;
  for (int64_t label = 1; label < num_classes; ++label) {
    if (const std::optional<Organ> organ = organ_of(seen, label, least)) organs.push_back(*organ);
  }
  return organs;
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
  const std::vector<Organ> organs = organs_in(seen, pass.logits.size(1), geometry_.patch_dhw);
  Tensor labels = torch::zeros_like(seen);
  result.stages.choose = clock.lap();
  StageMarks marks(volume.device());
  for (const Organ& organ : organs) {
    const Tensor patch =
        resize_trilinear(crop(pass.volume, organ.start, organ.size), geometry_.patch_dhw);
    const Tensor logits = forward_in(precision_, *local_, patch).logits.clone();
    logits.select(1, 0).add_(kBackgroundHead);
    marks.mark(&result.stages.local);
    const Tensor found = labels_brought_up(logits, organ.size);
    marks.mark(&result.stages.argmax);
    Tensor target = crop(labels, organ.start, organ.size);
    const Tensor mask = crop(seen, organ.start, organ.size) == organ.label;
    target.copy_(torch::where(mask, found, target));
    marks.mark(&result.stages.aggregate);
    Int3 start = organ.start;
    for (size_t axis = 0; axis < 3; ++axis) start[axis] -= pass.offset_dhw[axis];
    result.picks.push_back(
        {static_cast<int64_t>(result.picks.size()), organ.label, 0.0, start, organ.size});
  }
  const auto given = [&pass](const Tensor& map) {
    return crop(map, pass.offset_dhw, pass.extent_dhw).contiguous().to(torch::kCPU);
  };
  result.labels = given(labels);
  marks.mark(&result.stages.aggregate);
  marks.settle();
  result.coarse_labels = given(seen);
  return result;
}

}  // namespace nmsw
