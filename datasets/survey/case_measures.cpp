#include "datasets/survey/case_measures.h"

#include <algorithm>
#include <array>
#include <cmath>

#include "datasets/formats/volume_file.h"
#include "datasets/grid/geometry.h"
#include "datasets/grid/orientation.h"
#include "datasets/layouts/label_ids.h"
#include "nmsw/base/error.h"

namespace nmsw::datasets {
namespace {

/// Lowest and highest voxel along each axis.
struct GrowingBox {
  Int3 low{INT64_MAX, INT64_MAX, INT64_MAX}, high{-1, -1, -1};

  void add(const Int3& at) {
    for (size_t a = 0; a < 3; ++a) {
      low[a] = std::min(low[a], at[a]);
      high[a] = std::max(high[a], at[a]);
    }
  }
  Int3 extent() const { return {high[0] - low[0] + 1, high[1] - low[1] + 1, high[2] - low[2] + 1}; }
};

/// Calls `visit(index, xyz)` for each voxel that `wanted(value)` takes.
template <class Voxel, class Wanted, class Visit>
void for_voxels(const Volume<Voxel>& volume, const Wanted& wanted, const Visit& visit) {
  const Int3& extent = volume.geometry.extent_xyz;
  size_t i = 0;
  for (int64_t z = 0; z < extent[2]; ++z) {
    for (int64_t y = 0; y < extent[1]; ++y) {
      for (int64_t x = 0; x < extent[0]; ++x, ++i) {
        if (wanted(volume.voxels[i])) visit(i, Int3{x, y, z});
      }
    }
  }
}

/// What is gathered of a case's labels.
struct Gathered {
  std::array<int64_t, kMostClasses> voxels{};
  std::array<GrowingBox, kMostClasses> boxes;
  std::array<std::vector<float>, kMostClasses> samples;
};

LabelVolume read_label_file(const CaseFiles& files, const std::filesystem::path& file,
                            const Geometry& grid, CaseMeasures& measures) {
  std::vector<std::string> notes;
  LabelVolume label = turned_to(grid, as_label(file, read_volume_file(file, notes), notes));
  require_same_grid(grid, files.image.string(), label.geometry, file.string());
  measures.decoded_voxels += label.geometry.voxel_count();
  return label;
}

void gather(const LabelVolume& label, Gathered& gathered) {
  for_voxels(
      label, [](uint8_t index) { return index != 0; },
      [&](size_t i, const Int3& at) {
        const uint8_t index = label.voxels[i];
        ++gathered.voxels[index];
        gathered.boxes[index].add(at);
      });
}

/// Adds the intensities of every so many voxels of each class.
void sample_classes(const ImageVolume& image, const LabelVolume& label,
                    const std::array<int64_t, kMostClasses>& voxels, Gathered& gathered) {
  std::array<int64_t, kMostClasses> seen{};
  for (size_t i = 0; i < label.voxels.size(); ++i) {
    const uint8_t index = label.voxels[i];
    if (index == 0) continue;
    const int64_t stride = (voxels[index] + kForegroundSample - 1) / kForegroundSample;
    if (seen[index]++ % stride == 0) gathered.samples[index].push_back(image.voxels[i]);
  }
}

void measure_labels(const DatasetDescriptor& descriptor, const CaseFiles& files,
                    const ImageVolume& image, CaseMeasures& measures, Gathered& gathered) {
  const auto take = [&](const LabelVolume& label) {
    const auto before = gathered.voxels;
    gather(label, gathered);
    auto added = gathered.voxels;
    for (size_t c = 0; c < added.size(); ++c) added[c] -= before[c];
    sample_classes(image, label, added, gathered);
  };
  if (!files.label.empty()) {
    LabelVolume label = read_label_file(files, files.label, measures.grid, measures);
    apply_label_ids(descriptor, files.label, label);
    return take(label);
  }
  for (const auto& [file, index] : files.masks) {
    LabelVolume mask = read_label_file(files, file, measures.grid, measures);
    for (uint8_t& voxel : mask.voxels)
      voxel = voxel == 0 ? uint8_t{0} : static_cast<uint8_t>(index);
    take(mask);
  }
}

void measure_image(const ImageVolume& image, CaseMeasures& measures) {
  measures.minimum = *std::min_element(image.voxels.begin(), image.voxels.end());
  measures.whole_numbers = std::all_of(image.voxels.begin(), image.voxels.end(),
                                       [](float v) { return v == std::round(v); });
  GrowingBox box;
  for_voxels(
      image, [](float value) { return value != 0; }, [&](size_t, const Int3& at) { box.add(at); });
  if (box.high[0] < 0) return;
  double share = 1;
  for (size_t a = 0; a < 3; ++a) {
    share *=
        static_cast<double>(box.extent()[a]) / static_cast<double>(image.geometry.extent_xyz[a]);
  }
  measures.nonzero_share = share;
}

}  // namespace

CaseMeasures measure_case(const DatasetDescriptor& descriptor, const CaseFiles& files) {
  std::vector<std::string> notes;
  CaseMeasures measures;
  const ImageVolume image = to_ras(read_volume_file(files.image, notes));
  measures.grid = image.geometry;
  measures.decoded_voxels = image.geometry.voxel_count();
  measure_image(image, measures);
  Gathered gathered;
  measure_labels(descriptor, files, image, measures, gathered);
  for (int64_t c = 1; c < kMostClasses; ++c) {
    const auto i = static_cast<size_t>(c);
    if (gathered.voxels[i] == 0) continue;
    measures.classes.push_back({c, gathered.voxels[i], gathered.boxes[i].low,
                                gathered.boxes[i].extent(), std::move(gathered.samples[i])});
  }
  return measures;
}

}  // namespace nmsw::datasets
