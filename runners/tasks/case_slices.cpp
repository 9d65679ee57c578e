#include "runners/tasks/case_slices.h"

#include "datasets/preparation/slice.h"

namespace nmsw::runners {
namespace {

/// Enough for a panel of a printed figure; a plane's layers then take about 50 KB of the database.
constexpr int64_t kLargestSide = 128;

}  // namespace

std::vector<results::CaseSlice> case_slices(const datasets::PreparedCase& prepared,
                                            const LabelVolume* prediction, const std::string& k) {
  using datasets::Plane;
  std::vector<results::CaseSlice> slices;
  if (prepared.label.voxels.empty()) return slices;
  for (const auto& [plane, name] :
       {std::make_pair(Plane::axial, "axial"), std::make_pair(Plane::coronal, "coronal")}) {
    results::CaseSlice slice;
    slice.case_id = prepared.case_id;
    slice.plane = name;
    slice.position = datasets::fullest_position(prepared.label, plane);
    slice.extent_xyz = prepared.image.geometry.extent_xyz;
    slice.spacing_xyz_mm = prepared.image.geometry.spacing_xyz_mm;
    datasets::Slice grey =
        datasets::grey_slice(prepared.image, plane, slice.position, kLargestSide);
    slice.columns = grey.columns;
    slice.rows = grey.rows;
    slice.grey = std::move(grey.pixels);
    slice.label = datasets::label_slice(prepared.label, plane, slice.position, kLargestSide).pixels;
    if (prediction != nullptr) {
      slice.prediction =
          datasets::label_slice(*prediction, plane, slice.position, kLargestSide).pixels;
    }
    slice.k = k;
    slices.push_back(std::move(slice));
  }
  return slices;
}

}  // namespace nmsw::runners
