#include "nmsw/training/training_case.h"

#include <algorithm>
#include <array>

namespace nmsw {
namespace {

/// Enough tries to find a background voxel in any label that has a noticeable share of it.
constexpr int kBackgroundTries = 64;

int64_t foreground_voxel(const TrainingCase& sample, ForegroundDraw draw, uint64_t& state) {
  int64_t begin = 0;
  auto end = static_cast<int64_t>(sample.foreground.size());
  if (draw == ForegroundDraw::class_then_voxel) {
    const auto classes = static_cast<int64_t>(sample.class_begins.size()) - 1;
    const auto chosen = static_cast<size_t>(next_index(state, classes));
    begin = sample.class_begins[chosen];
    end = sample.class_begins[chosen + 1];
  }
  return sample.foreground[static_cast<size_t>(begin + next_index(state, end - begin))];
}

}  // namespace

TrainingCase make_training_case(std::string case_id, const Tensor& image, const Tensor& label) {
  const Int3 extent = extent_dhw(image);
  check_shape(label, {1, 1, extent[0], extent[1], extent[2]}, "label of " + case_id);
  if (product(extent) > std::numeric_limits<int32_t>::max()) {
    throw DataError("{}: more voxels than training can index; use a coarser spacing or a crop",
                    case_id);
  }
  TrainingCase sample{std::move(case_id), image.contiguous(), label.contiguous(), {}, {}};
  const auto* voxels = sample.label.data_ptr<uint8_t>();
  const auto count = static_cast<int32_t>(product(extent));
  std::array<int32_t, 256> voxels_of{};
  for (int32_t i = 0; i < count; ++i) ++voxels_of[voxels[i]];
  std::array<int32_t, 256> next{};  // where the next voxel of a class goes
  int32_t begin = 0;
  for (size_t label_class = 1; label_class < next.size(); ++label_class) {
    next[label_class] = begin;
    if (voxels_of[label_class] > 0) sample.class_begins.push_back(begin);
    begin += voxels_of[label_class];
  }
  sample.class_begins.push_back(begin);
  sample.foreground.resize(static_cast<size_t>(begin));
  for (int32_t i = 0; i < count; ++i) {
    if (voxels[i] != 0) sample.foreground[static_cast<size_t>(next[voxels[i]]++)] = i;
  }
  return sample;
}

Int3 random_patch_start(const TrainingCase& sample, Int3 patch_dhw, const PatchDraw& draw,
                        uint64_t& state) {
  const Int3 extent = extent_dhw(sample.image);
  const bool in_foreground =
      next_uniform(state) < draw.positive_share && !sample.foreground.empty();
  int64_t centre = 0;
  if (in_foreground) {
    centre = foreground_voxel(sample, draw.foreground, state);
  } else {
    const auto* voxels = sample.label.data_ptr<uint8_t>();
    for (int i = 0; i < kBackgroundTries; ++i) {
      centre = next_index(state, product(extent));
      if (voxels[centre] == 0) break;
    }
  }
  const Int3 place{centre / (extent[1] * extent[2]), centre / extent[2] % extent[1],
                   centre % extent[2]};
  Int3 start{};
  for (size_t axis = 0; axis < 3; ++axis) {
    const int64_t last = std::max<int64_t>(0, extent[axis] - patch_dhw[axis]);
    start[axis] = std::clamp<int64_t>(place[axis] - patch_dhw[axis] / 2, 0, last);
  }
  return start;
}

}  // namespace nmsw
