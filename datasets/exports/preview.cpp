#include "datasets/exports/preview.h"

#include <algorithm>
#include <cmath>

#include "datasets/grid/geometry.h"
#include "datasets/grid/orientation.h"
#include "datasets/preparation/slice.h"
#include "nmsw/base/class_colour.h"

namespace nmsw::datasets {
namespace {

constexpr int64_t kLargestSide = 400, kGap = 6;
constexpr double kClassOpacity = 0.5;
constexpr Pixel kPatchColour{255, 212, 0}, kMarkColour{255, 255, 255};

/// One plane of the picture; axes of the grid in RAS order, as slice.h has them.
struct Panel {
  Plane plane;
  size_t column_axis, row_axis, across_axis;
  char left_mark;
};
constexpr std::array<Panel, 3> kPanels{{{Plane::axial, 0, 1, 2, 'R'},
                                        {Plane::coronal, 0, 2, 1, 'R'},
                                        {Plane::sagittal, 1, 2, 0, 'A'}}};

double side_mm(const Geometry& geometry, size_t axis) {
  return static_cast<double>(geometry.extent_xyz[axis]) * geometry.spacing_xyz_mm[axis];
}

/// The one plane of a volume, as a volume in RAS order: turning all of a large image would double
/// the memory.
ImageVolume plane_of(const ImageVolume& image, const AxisMap& to_ras_axes, size_t ras_axis,
                     int64_t ras_position) {
  const auto axis = static_cast<size_t>(to_ras_axes.source_axis[ras_axis]);
  const int64_t extent = image.geometry.extent_xyz[axis];
  const int64_t position = to_ras_axes.flipped[ras_axis] ? extent - 1 - ras_position : ras_position;
  ImageVolume plane;
  plane.geometry = image.geometry;
  plane.geometry.extent_xyz[axis] = 1;
  const Int3& size = plane.geometry.extent_xyz;
  for (int64_t z = 0; z < size[2]; ++z) {
    for (int64_t y = 0; y < size[1]; ++y) {
      for (int64_t x = 0; x < size[0]; ++x) {
        Int3 place{x, y, z};
        place[axis] = position;
        plane.voxels.push_back(
            image.voxels[static_cast<size_t>(image.index(place[0], place[1], place[2]))]);
      }
    }
  }
  return apply_axis_map(plane, to_ras_axes);
}

/// In mm from the outer faces of the grid's first voxels.
GridBox in_mm(GridBox box, const Geometry& grid) {
  for (size_t axis = 0; axis < 3; ++axis) {
    box.low_xyz[axis] *= grid.spacing_xyz_mm[axis];
    box.high_xyz[axis] *= grid.spacing_xyz_mm[axis];
  }
  return box;
}

/// A panel with its place on the canvas.
class PanelPainter {
 public:
  PanelPainter(Canvas& canvas, const Panel& panel, const Geometry& ras, double mm_per_pixel,
               int64_t left)
      : canvas_(canvas),
        panel_(panel),
        mm_per_pixel_(mm_per_pixel),
        width_mm_(side_mm(ras, panel.column_axis)),
        height_mm_(side_mm(ras, panel.row_axis)),
        left_(left),
        columns_(pixels(width_mm_)),
        rows_(pixels(height_mm_)),
        top_((canvas.rows() - rows_) / 2) {}

  int64_t columns() const { return columns_; }

  void planes(const Slice& grey, const Slice& classes) {
    for (int64_t row = 0; row < rows_; ++row) {
      for (int64_t column = 0; column < columns_; ++column) {
        // Both axes of a slice grow away from the picture's upper left.
        const int64_t c = (columns_ - 1 - column) * grey.columns / columns_;
        const int64_t r = (rows_ - 1 - row) * grey.rows / rows_;
        const auto at = static_cast<size_t>(r * grey.columns + c);
        canvas_.put(left_ + column, top_ + row, shown(grey.pixels[at], classes.pixels[at]));
      }
    }
  }

  void outline(const GridBox& box_mm, double position_mm) {
    const size_t across = panel_.across_axis;
    if (position_mm < box_mm.low_xyz[across] || position_mm >= box_mm.high_xyz[across]) return;
    const int64_t left = at(width_mm_ - box_mm.high_xyz[panel_.column_axis]);
    const int64_t right = at(width_mm_ - box_mm.low_xyz[panel_.column_axis]) - 1;
    const int64_t top = at(height_mm_ - box_mm.high_xyz[panel_.row_axis]);
    const int64_t bottom = at(height_mm_ - box_mm.low_xyz[panel_.row_axis]) - 1;
    for (int64_t column = left; column <= right; ++column) {
      inside(column, top);
      inside(column, bottom);
    }
    for (int64_t row = top; row <= bottom; ++row) {
      inside(left, row);
      inside(right, row);
    }
  }

  /// The letter at the middle of the left side, twice as large as it is drawn here.
  void mark() {
    constexpr std::array<const char*, 7> kR{"####.", "#...#", "#...#", "####.",
                                            "#.#..", "#..#.", "#...#"};
    constexpr std::array<const char*, 7> kA{".###.", "#...#", "#...#", "#####",
                                            "#...#", "#...#", "#...#"};
    const auto& letter = panel_.left_mark == 'R' ? kR : kA;
    for (int64_t row = 0; row < 14; ++row) {
      for (int64_t column = 0; column < 10; ++column) {
        if (letter[static_cast<size_t>(row / 2)][column / 2] == '#')
          canvas_.put(left_ + 4 + column, top_ + rows_ / 2 - 7 + row, kMarkColour);
      }
    }
  }

 private:
  int64_t pixels(double mm) const { return std::max<int64_t>(1, std::llround(mm / mm_per_pixel_)); }
  int64_t at(double mm) const { return std::llround(mm / mm_per_pixel_); }

  void inside(int64_t column, int64_t row) {
    if (column >= 0 && column < columns_ && row >= 0 && row < rows_)
      canvas_.put(left_ + column, top_ + row, kPatchColour);
  }

  static Pixel shown(uint8_t grey, uint8_t class_index) {
    Pixel pixel{grey, grey, grey};
    if (class_index == 0) return pixel;
    const Pixel colour = class_colour(class_index);
    for (size_t i = 0; i < 3; ++i) {
      pixel[i] =
          static_cast<uint8_t>(std::lround(kClassOpacity * colour[i] + (1 - kClassOpacity) * grey));
    }
    return pixel;
  }

  Canvas& canvas_;
  const Panel& panel_;
  double mm_per_pixel_, width_mm_, height_mm_;
  int64_t left_, columns_, rows_, top_;
};

}  // namespace

Canvas draw_preview(const PreviewInput& input) {
  const AxisMap axes = ras_axis_map(input.image.geometry);
  const LabelVolume label = apply_axis_map(input.label, axes);
  const Geometry& ras = label.geometry;
  const double x = side_mm(ras, 0), y = side_mm(ras, 1), z = side_mm(ras, 2);
  const double mm_per_pixel = std::max({x, y, z}) / kLargestSide;
  const auto pixels = [&](double mm) {
    return std::max<int64_t>(1, std::llround(mm / mm_per_pixel));
  };
  Canvas canvas(2 * pixels(x) + pixels(y) + 2 * kGap, pixels(std::max(y, z)));
  int64_t left = 0;
  for (const Panel& panel : kPanels) {
    const int64_t position = fullest_position(label, panel.plane);
    ImageVolume plane = plane_of(input.image, axes, panel.across_axis, position);
    if (input.window) {
      for (float& value : plane.voxels) {
        value = std::clamp(value, static_cast<float>((*input.window)[0]),
                           static_cast<float>((*input.window)[1]));
      }
    }
    PanelPainter painter(canvas, panel, ras, mm_per_pixel, left);
    painter.planes(grey_slice(plane, panel.plane, 0, kLargestSide),
                   label_slice(label, panel.plane, position, kLargestSide));
    const double position_mm =
        (static_cast<double>(position) + 0.5) * ras.spacing_xyz_mm[panel.across_axis];
    for (const PatchBox& patch : input.patches)
      painter.outline(in_mm(box_on_grid(patch, input.prepared, ras), ras), position_mm);
    painter.mark();
    left += painter.columns() + kGap;
  }
  return canvas;
}

}  // namespace nmsw::datasets
