#include "runners/tensor_commands/page_parts.h"

#include <algorithm>
#include <cmath>

namespace nmsw::runners {
namespace {

/// Every eleventh voxel is enough for a display.
constexpr size_t kStep = 11;

}  // namespace

std::array<double, 2> shown_range(const ImageVolume& image) {
  std::vector<float> values;
  for (size_t i = 0; i < image.voxels.size(); i += kStep) {
    if (std::isfinite(image.voxels[i])) values.push_back(image.voxels[i]);
  }
  if (values.empty()) return {0, 1};
  std::sort(values.begin(), values.end());
  const size_t tail = values.size() / 200;
  const double low = values[tail], high = values[values.size() - 1 - tail];
  return {low, high > low ? high : low + 1};
}

std::vector<reporting::PatchBox> page_patches(const std::vector<datasets::PatchBox>& patches,
                                              const Geometry& own, const Geometry& page) {
  std::vector<reporting::PatchBox> shown;
  for (const datasets::PatchBox& patch : patches) {
    const datasets::GridBox box = box_on_grid(patch, own, page);
    reporting::PatchBox rounded;
    for (size_t axis = 0; axis < 3; ++axis) {
      rounded.start_xyz[axis] = std::llround(box.low_xyz[axis]);
      rounded.size_xyz[axis] = std::llround(box.high_xyz[axis]) - rounded.start_xyz[axis];
    }
    shown.push_back(rounded);
  }
  return shown;
}

std::vector<reporting::CaseClass> page_classes(const std::vector<std::string>& names) {
  std::vector<reporting::CaseClass> classes;
  for (const std::string& name : names)
    classes.push_back({static_cast<int64_t>(classes.size()) + 1, name});
  return classes;
}

}  // namespace nmsw::runners
