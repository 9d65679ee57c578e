#include "datasets/preparation/case_transform.h"

#include <algorithm>
#include <cmath>
#include <vector>

#include "nmsw/base/error.h"

namespace nmsw::datasets {
namespace {

using nlohmann::ordered_json;

constexpr int64_t kOutside = -1;

ordered_json geometry_json(const Geometry& geometry) {
  return {{"extent_xyz", geometry.extent_xyz},
          {"spacing_xyz_mm", geometry.spacing_xyz_mm},
          {"origin_lps_mm", geometry.origin_lps_mm},
          {"direction_lps", geometry.direction_lps}};
}

Geometry geometry_from(const ordered_json& json) {
  Geometry geometry;
  json.at("extent_xyz").get_to(geometry.extent_xyz);
  json.at("spacing_xyz_mm").get_to(geometry.spacing_xyz_mm);
  json.at("origin_lps_mm").get_to(geometry.origin_lps_mm);
  json.at("direction_lps").get_to(geometry.direction_lps);
  return geometry;
}

/// For every voxel along one axis of the original grid, where it is found along the matching axis
/// of the prepared grid, or kOutside.
std::vector<int64_t> prepared_indices(const CaseTransform& transform, size_t ras_axis) {
  const auto original_axis = static_cast<size_t>(transform.axes.source_axis[ras_axis]);
  const int64_t extent = transform.original.extent_xyz[original_axis];
  std::vector<int64_t> indices(static_cast<size_t>(extent), kOutside);
  for (int64_t i = 0; i < extent; ++i) {
    const int64_t ras = transform.axes.flipped[ras_axis] ? extent - 1 - i : i;
    const int64_t cropped = ras - transform.crop_start_xyz[ras_axis];
    if (cropped < 0 || cropped >= transform.crop_extent_xyz[ras_axis]) continue;
    const double position = static_cast<double>(cropped) / transform.step_xyz[ras_axis];
    const int64_t resampled = std::min(static_cast<int64_t>(std::nearbyint(position)),
                                       transform.resampled_extent_xyz[ras_axis] - 1);
    const int64_t prepared = resampled - transform.offset_xyz[ras_axis];
    if (prepared < 0 || prepared >= transform.prepared.extent_xyz[ras_axis]) continue;
    indices[static_cast<size_t>(i)] = prepared;
  }
  return indices;
}

}  // namespace

Geometry original_geometry(const CaseTransform& transform) { return transform.original; }

LabelVolume restore_label(const LabelVolume& prediction_on_prepared_grid,
                          const CaseTransform& transform) {
  const Int3& prepared = transform.prepared.extent_xyz;
  if (prediction_on_prepared_grid.geometry.extent_xyz != prepared ||
      static_cast<int64_t>(prediction_on_prepared_grid.voxels.size()) !=
          transform.prepared.voxel_count()) {
    const Int3& got = prediction_on_prepared_grid.geometry.extent_xyz;
    throw ShapeError(
        "prediction of {} x {} x {} voxels, expected the prepared grid of {} x {} x {}", got[0],
        got[1], got[2], prepared[0], prepared[1], prepared[2]);
  }
  // Per original axis, memory offsets into the prediction: three look-ups a voxel, whatever the
  // axes and spacings.
  const Int3 strides{1, prepared[0], prepared[0] * prepared[1]};
  std::array<std::vector<int64_t>, 3> offsets;
  for (size_t a = 0; a < 3; ++a) {
    std::vector<int64_t> indices = prepared_indices(transform, a);
    for (int64_t& index : indices) index = index == kOutside ? kOutside : index * strides[a];
    offsets[static_cast<size_t>(transform.axes.source_axis[a])] = std::move(indices);
  }
  LabelVolume result;
  result.geometry = transform.original;
  const Int3& extent = transform.original.extent_xyz;
  result.voxels.assign(static_cast<size_t>(transform.original.voxel_count()), 0);
  const uint8_t* source = prediction_on_prepared_grid.voxels.data();
#pragma omp parallel for
  for (int64_t z = 0; z < extent[2]; ++z) {
    const int64_t offset_z = offsets[2][static_cast<size_t>(z)];
    for (int64_t y = 0; y < extent[1] && offset_z != kOutside; ++y) {
      const int64_t offset_y = offsets[1][static_cast<size_t>(y)];
      if (offset_y == kOutside) continue;
      uint8_t* out = result.voxels.data() + result.index(0, y, z);
      for (const int64_t offset_x : offsets[0]) {
        if (offset_x != kOutside) *out = source[offset_z + offset_y + offset_x];
        ++out;
      }
    }
  }
  return result;
}

ordered_json to_json(const CaseTransform& transform) {
  return {{"original", geometry_json(transform.original)},
          {"source_axis", transform.axes.source_axis},
          {"flipped", transform.axes.flipped},
          {"crop_start_xyz", transform.crop_start_xyz},
          {"crop_extent_xyz", transform.crop_extent_xyz},
          {"resampled_extent_xyz", transform.resampled_extent_xyz},
          {"step_xyz", transform.step_xyz},
          {"offset_xyz", transform.offset_xyz},
          {"prepared", geometry_json(transform.prepared)}};
}

CaseTransform transform_from_json(const ordered_json& json) {
  CaseTransform transform;
  transform.original = geometry_from(json.at("original"));
  json.at("source_axis").get_to(transform.axes.source_axis);
  json.at("flipped").get_to(transform.axes.flipped);
  json.at("crop_start_xyz").get_to(transform.crop_start_xyz);
  json.at("crop_extent_xyz").get_to(transform.crop_extent_xyz);
  json.at("resampled_extent_xyz").get_to(transform.resampled_extent_xyz);
  json.at("step_xyz").get_to(transform.step_xyz);
  json.at("offset_xyz").get_to(transform.offset_xyz);
  transform.prepared = geometry_from(json.at("prepared"));
  return transform;
}

}  // namespace nmsw::datasets
