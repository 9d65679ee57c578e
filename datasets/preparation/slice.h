#pragma once

#include <cstdint>
#include <vector>

#include "nmsw/base/volume.h"

namespace nmsw::datasets {

/// A plane across a volume. axial: columns along x, rows along y; coronal: columns along x, rows
/// along z; sagittal: columns along y, rows along z.
enum class Plane { axial, coronal, sagittal };

/// A plane as bytes, row by row, voxel 0 of both axes first.
struct Slice {
  int64_t columns = 0;
  int64_t rows = 0;
  std::vector<uint8_t> pixels;
};

/// The plane with the most foreground voxels, the first of equals; the middle one where the label
/// has none. In voxels along the axis that the plane does not show.
int64_t fullest_position(const LabelVolume& label, Plane plane);

/// The plane's mean intensities, from black (0) at the lowest to white (255) at the highest but for
/// one pixel in 200 at either end. No side has more than `largest_side` pixels.
Slice grey_slice(const ImageVolume& image, Plane plane, int64_t position, int64_t largest_side);

/// The plane's class indices at the pixels' centres, of the same size as the grey slice of that
/// extent.
Slice label_slice(const LabelVolume& label, Plane plane, int64_t position, int64_t largest_side);

}  // namespace nmsw::datasets
