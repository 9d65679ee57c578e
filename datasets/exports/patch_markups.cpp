#include "datasets/exports/patch_markups.h"

#include <fmt/format.h>

#include "datasets/grid/geometry.h"

namespace nmsw::datasets {
namespace {

using nlohmann::ordered_json;

constexpr const char* kSchema =
    "https://raw.githubusercontent.com/slicer/slicer/master/Modules/Loadable/Markups/Resources/"
    "Schema/markups-schema-v1.0.3.json#";

/// The axes of a box are a rotation. A mirrored grid's boxes are the same with one axis reversed.
Matrix3 rotation_of(const Geometry& grid) {
  Matrix3 axes = grid.direction_lps;
  if (determinant(axes) > 0) return axes;
  for (size_t row = 0; row < 3; ++row) axes[row * 3 + 2] *= -1;
  return axes;
}

ordered_json markup(const PatchBox& patch, const Geometry& grid, const Matrix3& axes) {
  Real3 middle{}, size_mm{};
  for (size_t axis = 0; axis < 3; ++axis) {
    const auto size = static_cast<double>(patch.size_xyz[axis]);
    middle[axis] = static_cast<double>(patch.start_xyz[axis]) + (size - 1) / 2;
    size_mm[axis] = size * grid.spacing_xyz_mm[axis];
  }
  const Real3 centre = world_position(grid, middle);
  const std::string name = fmt::format("patch {}", patch.rank + 1);
  const ordered_json point{{"id", "1"},
                           {"label", name},
                           {"description", fmt::format("score {:.6g}", patch.score)},
                           {"associatedNodeID", ""},
                           {"position", centre},
                           {"orientation", axes},
                           {"selected", true},
                           {"locked", true},
                           {"visibility", true},
                           {"positionStatus", "defined"}};
  const ordered_json display{{"visibility", true},
                             {"opacity", 1.0},
                             {"color", {1.0, 0.83, 0.0}},
                             {"selectedColor", {1.0, 0.83, 0.0}},
                             {"propertiesLabelVisibility", false},
                             {"pointLabelsVisibility", false},
                             {"handlesInteractive", false}};
  return {{"type", "ROI"},
          {"name", name},
          {"coordinateSystem", "LPS"},
          {"coordinateUnits", "mm"},
          {"locked", true},
          {"fixedNumberOfControlPoints", false},
          {"labelFormat", "%N-%d"},
          {"lastUsedControlPointNumber", 1},
          {"roiType", "Box"},
          {"center", centre},
          {"orientation", axes},
          {"size", size_mm},
          {"insideOut", false},
          {"controlPoints", ordered_json::array({point})},
          {"measurements", ordered_json::array()},
          {"display", display}};
}

}  // namespace

ordered_json patch_markups(const std::vector<PatchBox>& patches, const Geometry& grid) {
  const Matrix3 axes = rotation_of(grid);
  ordered_json markups = ordered_json::array();
  for (const PatchBox& patch : patches) markups.push_back(markup(patch, grid, axes));
  return {{"@schema", kSchema}, {"markups", std::move(markups)}};
}

}  // namespace nmsw::datasets
