#include "reporting/case_pictures.h"

#include <algorithm>

#include "reporting/palette.h"

namespace nmsw::reporting {
namespace {

constexpr const char* kPatchColour = "#ffd400";

Int3 xyz(const Rows& rows, size_t row, const std::string& name) {
  return {rows.count(row, name + "_x"), rows.count(row, name + "_y"), rows.count(row, name + "_z")};
}

size_t row_axis(const CasePlane& plane) { return plane.plane == "axial" ? 1 : 2; }
size_t across_axis(const CasePlane& plane) { return plane.plane == "axial" ? 2 : 1; }

double size_mm(const CasePlane& plane, size_t axis) {
  return static_cast<double>(plane.extent_xyz[axis]) * plane.spacing_xyz_mm[axis];
}

/// Voxel x grows towards the patient's right, which is shown on the left.
PictureBox outline_of(const PatchPlace& patch, const CasePlane& plane, const Picture& picture) {
  const size_t up = row_axis(plane), across = across_axis(plane);
  const auto millimetres = [&](size_t axis, int64_t voxel) {
    return static_cast<double>(voxel) * plane.spacing_xyz_mm[axis];
  };
  const auto end = [&](size_t axis) { return patch.start_xyz[axis] + patch.size_xyz[axis]; };
  PictureBox box;
  box.left = std::max(0.0, picture.width - millimetres(0, end(0)));
  box.right = std::min(picture.width, picture.width - millimetres(0, patch.start_xyz[0]));
  box.bottom = std::max(0.0, millimetres(up, patch.start_xyz[up]));
  box.top = std::min(picture.height, millimetres(up, end(up)));
  box.colour = kPatchColour;
  box.is_dashed = plane.position < patch.start_xyz[across] || plane.position >= end(across);
  return box;
}

}  // namespace

CasePlane case_plane(const Rows& rows, size_t row) {
  CasePlane plane;
  plane.plane = rows.text(row, "plane");
  plane.position = rows.count(row, "position");
  plane.extent_xyz = xyz(rows, row, "extent");
  for (size_t axis = 0; axis < 3; ++axis) {
    const std::string name = std::string("spacing_") + "xyz"[axis] + "_mm";
    plane.spacing_xyz_mm[axis] = rows.number(row, name).value_or(1);
  }
  plane.columns = static_cast<size_t>(rows.count(row, "columns"));
  plane.rows = static_cast<size_t>(rows.count(row, "rows"));
  plane.grey = rows.bytes(row, "grey");
  plane.label = rows.bytes(row, "label");
  plane.prediction = rows.bytes(row, "prediction");
  return plane;
}

PatchPlace patch_place(const Rows& rows, size_t row) {
  return {xyz(rows, row, "start"), xyz(rows, row, "size")};
}

Picture plane_picture(const CasePlane& plane, const std::vector<uint8_t>& classes,
                      const std::vector<PatchPlace>& patches) {
  Picture picture;
  picture.columns = plane.columns;
  picture.rows = plane.rows;
  picture.width = size_mm(plane, 0);
  picture.height = size_mm(plane, row_axis(plane));
  for (size_t row = 0; row < plane.rows; ++row) {
    for (size_t column = plane.columns; column-- > 0;) {
      const size_t pixel = row * plane.columns + column;
      picture.pixels.push_back(plane.grey[pixel] * Rgb{0x010101});
      if (!classes.empty()) picture.classes.push_back(classes[pixel]);
    }
  }
  // Outlines of patches that cross the plane lie on top.
  for (const bool is_dashed : {true, false}) {
    for (const PatchPlace& patch : patches) {
      const PictureBox box = outline_of(patch, plane, picture);
      if (box.is_dashed == is_dashed) picture.boxes.push_back(box);
    }
  }
  return picture;
}

std::vector<PictureKey> patch_keys() {
  PictureBox crossing, elsewhere;
  crossing.colour = elsewhere.colour = kPatchColour;
  elsewhere.is_dashed = true;
  return {{"patch that crosses the plane", {0x555555}, crossing},
          {"patch elsewhere", {0x555555}, elsewhere}};
}

}  // namespace nmsw::reporting
