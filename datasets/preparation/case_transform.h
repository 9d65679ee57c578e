#pragma once

#include <nlohmann/json.hpp>

#include "datasets/grid/orientation.h"
#include "nmsw/base/volume.h"

namespace nmsw::datasets {

/// The way from the original grid to the prepared one, complete enough to go back.
///
/// original voxel → (axes) RAS voxel r → (crop) c = r - crop_start → (resample) s, where s lies at
/// c-coordinate s · step → (pads and crops) prepared voxel p = s - offset, p in 0 …
/// prepared_extent-1.
struct CaseTransform {
  Geometry original;
  AxisMap axes;
  Int3 crop_start_xyz{0, 0, 0};
  Int3 crop_extent_xyz{0, 0, 0};
  Int3 resampled_extent_xyz{0, 0, 0};
  Real3 step_xyz{1, 1,
                 1};  ///< new spacing / old spacing; exactly 1 on an axis that was not resampled
  Int3 offset_xyz{0, 0,
                  0};  ///< resampled index of prepared voxel 0; negative where padding was added
  Geometry prepared;
};

Geometry original_geometry(const CaseTransform& transform);

/// A label map from the prepared grid on the original grid: same extent, spacing, origin and
/// direction, bit for bit. Nearest neighbour where the case was resampled, background where a voxel
/// lies outside what was prepared. Throws ShapeError when the prediction's extent is not the
/// prepared one.
LabelVolume restore_label(const LabelVolume& prediction_on_prepared_grid,
                          const CaseTransform& transform);

nlohmann::ordered_json to_json(const CaseTransform& transform);
/// Throws nlohmann::json::exception for text that is not a transform.
CaseTransform transform_from_json(const nlohmann::ordered_json& json);

}  // namespace nmsw::datasets
