#pragma once

#include <array>
#include <string>
#include <vector>

#include "nmsw/base/volume.h"

namespace nmsw::datasets {

/// Row-major 3x3.
using Matrix3 = std::array<double, 9>;

/// World position (LPS, mm) of the centre of a voxel; the index may be fractional or outside the
/// grid.
Real3 world_position(const Geometry& geometry, const Real3& index_xyz);

/// How far a direction matrix is from orthonormal: the largest entry of |DᵀD - I|.
double non_orthogonality(const Matrix3& direction);

/// The rotation (or rotary reflection) nearest to `matrix` in the Frobenius norm, by Higham's
/// Newton iteration. The columns must be unit vectors and not coplanar.
Matrix3 polar_factor(const Matrix3& matrix);

double determinant(const Matrix3& matrix);

/// Refuses a geometry no image can have: an extent below 1 or whose voxel count overflows, a
/// spacing outside a nanometre to a kilometre, an origin that is farther than a kilometre or not
/// finite, a singular direction. A sheared direction (its columns are unit vectors but not at right angles) is replaced by its
/// polar factor. Returns the usable geometry, and appends a line to `notes` for a repair. Throws
/// DataError naming `file`.
Geometry checked_geometry(Geometry geometry, const std::string& file,
                          std::vector<std::string>& notes);

/// Refuses two grids that do not lie on each other: other extents, or a corner voxel displaced by
/// more than a tenth of the smallest voxel side (so that the rounding of headers passes). Throws
/// DataError naming both.
void require_same_grid(const Geometry& a, const std::string& name_a, const Geometry& b,
                       const std::string& name_b);

}  // namespace nmsw::datasets
