#include "nmsw/metrics/class_regions.h"

#include <algorithm>
#include <limits>

#include "nmsw/base/error.h"

namespace nmsw {
namespace {

constexpr size_t kLabels = 256;

Box nowhere() {
  constexpr int64_t kFar = std::numeric_limits<int64_t>::max();
  return {{kFar, kFar, kFar}, {-1, -1, -1}};
}

void take_in(Box& box, const Box& other) {
  for (size_t axis = 0; axis < 3; ++axis) {
    box.low_xyz[axis] = std::min(box.low_xyz[axis], other.low_xyz[axis]);
    box.high_xyz[axis] = std::max(box.high_xyz[axis], other.high_xyz[axis]);
  }
}

std::vector<ClassRegion> no_regions() {
  ClassRegion none;
  none.box = nowhere();
  return std::vector<ClassRegion>(kLabels, none);
}

void add_voxel(ClassRegion& region, int64_t x, int64_t y, int64_t z) {
  take_in(region.box, {{x, y, z}, {x, y, z}});
}

std::vector<ClassRegion> regions_of_slice(const LabelVolume& prediction, const LabelVolume& label,
                                          int64_t z) {
  std::vector<ClassRegion> regions = no_regions();
  const Int3 extent = label.geometry.extent_xyz;
  for (int64_t y = 0; y < extent[1]; ++y) {
    const uint8_t* in_label = &label.voxels[label.index(0, y, z)];
    const uint8_t* in_prediction = &prediction.voxels[prediction.index(0, y, z)];
    for (int64_t x = 0; x < extent[0]; ++x) {
      const uint8_t a = in_label[x];
      const uint8_t b = in_prediction[x];
      if (a == 0 && b == 0) continue;
      ++regions[a].voxels_label;
      ++regions[b].voxels_prediction;
      if (a != 0) add_voxel(regions[a], x, y, z);
      if (a == b) {
        ++regions[a].voxels_both;
      } else if (b != 0) {
        add_voxel(regions[b], x, y, z);
      }
    }
  }
  return regions;
}

void require_known_classes(const std::vector<ClassRegion>& regions, int64_t num_classes) {
  for (size_t i = static_cast<size_t>(num_classes); i < kLabels; ++i) {
    const bool in_label = regions[i].voxels_label > 0;
    if (!in_label && regions[i].voxels_prediction == 0) continue;
    throw DataError(
        "scores: the {} holds class {}, but only 0..{} are known; correct the label map or the "
        "number of classes",
        in_label ? "label" : "prediction", i, num_classes - 1);
  }
}

}  // namespace

std::vector<ClassRegion> class_regions(const LabelVolume& prediction, const LabelVolume& label,
                                       int64_t num_classes) {
  const Int3 extent = label.geometry.extent_xyz;
  const Int3 other = prediction.geometry.extent_xyz;
  if (extent != other) {
    throw DataError(
        "scores: the prediction has {}x{}x{} voxels and the label {}x{}x{}; bring both to the same "
        "grid",
        other[0], other[1], other[2], extent[0], extent[1], extent[2]);
  }
  std::vector<ClassRegion> regions = no_regions();
  const bool worth_threads = label.geometry.voxel_count() >= kVoxelsWorthThreads;
#pragma omp parallel for if (worth_threads)
  for (int64_t z = 0; z < extent[2]; ++z) {
    const std::vector<ClassRegion> slice = regions_of_slice(prediction, label, z);
#pragma omp critical(nmsw_class_regions)
    for (size_t i = 0; i < kLabels; ++i) {
      regions[i].voxels_label += slice[i].voxels_label;
      regions[i].voxels_prediction += slice[i].voxels_prediction;
      regions[i].voxels_both += slice[i].voxels_both;
      take_in(regions[i].box, slice[i].box);
    }
  }
  require_known_classes(regions, num_classes);
  regions.resize(static_cast<size_t>(num_classes));
  regions.front() = ClassRegion{};
  return regions;
}

}  // namespace nmsw
