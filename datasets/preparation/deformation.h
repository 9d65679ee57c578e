#pragma once

#include <array>
#include <cstdint>
#include <vector>

#include "nmsw/base/volume.h"

namespace nmsw::datasets {

/// A smooth random displacement of what an image shows.
///
/// rms_mm    root mean square displacement along an axis, over all voxels and axes
/// grid_mm   distance of the control points; the larger, the smoother
struct Deformation {
  double rms_mm = 0;
  double grid_mm = 0;
  uint64_t seed = 0;
};

/// The displacement: a cubic B-spline (Rueckert et al. 1999, doi:10.1109/42.796284) over
/// independent normal control points, scaled so that its root mean square over the grid's voxels is
/// exactly `rms_mm`. Equal grids and equal deformations give equal bits, whatever the number of
/// threads.
class DeformationField {
 public:
  DeformationField(const Geometry& grid, const Deformation& deformation);
  /// Displacements of the voxels of slice z, x fastest: millimetres along the three voxel axes.
  std::vector<Real3> slice_xyz_mm(int64_t z) const;

 private:
  /// The four control points that a voxel of an axis hangs on, and their weights.
  struct Tap {
    int64_t first = 0;
    std::array<double, 4> weights{};
  };
  void scale_to(double rms_mm);

  Int3 extent_xyz_;
  Int3 counts_xyz_{};
  std::array<std::vector<Tap>, 3> taps_xyz_;
  /// Control points, x fastest.
  std::vector<Real3> control_mm_;
};

/// The image that shows at every voxel what lay displaced from there: out(p) = in(p + u(p)),
/// tri-linear, the border replicated.
ImageVolume deformed(const ImageVolume& image, const Deformation& deformation);

/// A label map moved with its image (the grids must be the same), by nearest neighbour, halves to
/// the even voxel.
LabelVolume deformed(const LabelVolume& label, const Deformation& deformation);

}  // namespace nmsw::datasets
