#include "nmsw/inference/zoom_out.h"

#include <algorithm>
#include <optional>

#include "nmsw/backbones/mixed_precision.h"
#include "nmsw/inference/coarse_pass.h"
#include "nmsw/inference/crop_votes.h"
#include "nmsw/inference/slab_accumulator.h"
#include "nmsw/inference/stage_marks.h"
#include "nmsw/tensor/patch_ops.h"
#include "nmsw/tensor/resize.h"

namespace nmsw {

namespace {

/// A class, and a box of the volume that is to go through the local network for it.
struct Organ {
  int64_t label = 0;
  Int3 start{0, 0, 0}, size{0, 0, 0};
};

/// The smallest box around the class's voxels, grown to a least size (the lesser half in front) and
/// shifted back into the volume.
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

/// A box of a patch for every class, from the volume's first corner to its last.
std::vector<Organ> spread_organs(Int3 extent, int64_t num_classes, Int3 patch) {
  std::vector<Organ> organs;
  for (int64_t label = 1; label < num_classes; ++label) {
    Organ organ{label, {}, patch};
    for (size_t axis = 0; axis < 3; ++axis) {
      organ.start[axis] =
          (extent[axis] - patch[axis]) * (label - 1) / std::max<int64_t>(1, num_classes - 2);
    }
    organs.push_back(organ);
  }
  return organs;
}

}  // namespace

ZoomOut::ZoomOut(BackbonePtr local, BackbonePtr global, int64_t num_classes,
                 const ZoomOutSettings& settings)
    : local_(std::move(local)),
      global_(std::move(global)),
      num_classes_(num_classes),
      settings_(settings) {}

Segmentation ZoomOut::segment(const Tensor& volume) {
  c10::InferenceMode inference;
  local_->eval();
  global_->eval();
  Segmentation result;
  StageClock clock(volume.device());
  const CoarsePass pass = coarse_pass(volume, *global_, settings_.geometry, settings_.precision);
  result.stages.global = clock.lap();
  const Int3 extent = extent_dhw(pass.volume), patch = settings_.geometry.patch_dhw;
  const Tensor seen = labels_upsampled(pass.logits, extent);
  const std::vector<Organ> organs = settings_.spread_boxes
                                        ? spread_organs(extent, num_classes_, patch)
                                        : organs_in(seen, num_classes_, patch);
  CropVotes votes(extent, volume.device());
  result.stages.choose = clock.lap();
  StageMarks marks(volume.device());
  for (const Organ& organ : organs) {
    const Tensor image = resize_trilinear(crop(pass.volume, organ.start, organ.size), patch);
    const Tensor logits = forward_in(settings_.precision, *local_, image).logits;
    marks.mark(&result.stages.local);
    votes.add({organ.label, organ.start, organ.size, logits});
    marks.mark(&result.stages.aggregate);
    Int3 start = organ.start;
    for (size_t axis = 0; axis < 3; ++axis) start[axis] -= pass.offset_dhw[axis];
    result.picks.push_back(
        {static_cast<int64_t>(result.picks.size()), organ.label, 0.0, start, organ.size});
  }
  const auto given = [&pass](const Tensor& map) {
    return crop(map, pass.offset_dhw, pass.extent_dhw).contiguous().to(torch::kCPU);
  };
  result.labels = given(votes.labels());
  marks.mark(&result.stages.argmax);
  marks.settle();
  result.coarse_labels = given(seen);
  return result;
}

}  // namespace nmsw
