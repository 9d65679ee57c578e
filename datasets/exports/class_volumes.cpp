#include "datasets/exports/class_volumes.h"

#include <array>

#include <fmt/format.h>

#include "nmsw/base/csv_field.h"
#include "nmsw/base/error.h"

namespace nmsw::datasets {
namespace {

constexpr double kMlPerCubicMm = 1e-3;

}  // namespace

std::vector<ClassVolume> class_volumes(const ImageVolume& image, const LabelVolume& label,
                                       const std::vector<std::string>& classes) {
  if (image.voxels.size() != label.voxels.size()) {
    throw ShapeError("an image of {} voxels for a label map of {}", image.voxels.size(),
                     label.voxels.size());
  }
  std::array<int64_t, kMostClasses> counts{};
  std::array<double, kMostClasses> sums{};
  for (size_t i = 0; i < label.voxels.size(); ++i) {
    ++counts[label.voxels[i]];
    sums[label.voxels[i]] += image.voxels[i];
  }
  const Real3& spacing = label.geometry.spacing_xyz_mm;
  const double voxel_ml = spacing[0] * spacing[1] * spacing[2] * kMlPerCubicMm;
  std::vector<ClassVolume> volumes;
  for (size_t index = 1; index <= classes.size() && index < counts.size(); ++index) {
    const auto count = static_cast<double>(counts[index]);
    ClassVolume volume{static_cast<int64_t>(index), classes[index - 1], counts[index],
                       voxel_ml * count, std::nullopt};
    if (counts[index] > 0) volume.mean_intensity = sums[index] / count;
    volumes.push_back(std::move(volume));
  }
  return volumes;
}

std::string class_volumes_csv(const std::string& case_id, const std::vector<ClassVolume>& volumes) {
  std::string text = "case,class_index,class,voxels,volume_ml,mean_intensity\n";
  for (const ClassVolume& volume : volumes) {
    text +=
        fmt::format("{},{},{},{},{:.10g},{}\n", csv_field(case_id), volume.class_index,
                    csv_field(volume.class_name), volume.voxels, volume.volume_ml,
                    volume.mean_intensity ? fmt::format("{:.10g}", *volume.mean_intensity) : "");
  }
  return text;
}

}  // namespace nmsw::datasets
