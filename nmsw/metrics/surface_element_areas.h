#pragma once

#include <array>
#include <cstdint>

#include "nmsw/base/volume.h"

namespace nmsw {

/// Which of the 2x2x2 voxels around a grid corner are set: bit 128 >> (4·dx + 2·dy + dz) for
/// offsets 0 or 1.
using NeighbourCode = uint8_t;

/// Area of the marching-cubes surface inside one such neighbourhood, for each of its 256 codes,
/// when neighbouring voxel centres are `spacing_xyz_mm` apart; 0 for the two codes without a
/// surface.
///
/// The surface is built here, from the corners of the cube: it runs through the middles of the
/// edges whose ends differ; on a face with two diagonal pairs it goes around the value that fewer
/// of the eight corners have; a loop of more than three edges is cut into triangles in the way that
/// gives the largest area in a cube of side 1, and of those the one with the largest single
/// triangle. For every code and spacing this equals the areas that google-deepmind/surface-distance
/// takes from its table of normals.
std::array<double, 256> surface_element_areas(Real3 spacing_xyz_mm);

}  // namespace nmsw
