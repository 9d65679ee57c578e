#pragma once

#include <cstdint>

#include "nmsw/base/volume.h"

namespace nmsw::datasets {

/// A patch that went through the local network: voxels of the prepared grid, start to start +
/// size - 1; parts may lie outside of the grid.
struct PatchBox {
  int64_t rank = 0;
  double score = 0;
  Int3 start_xyz{0, 0, 0};
  Int3 size_xyz{0, 0, 0};
};

}  // namespace nmsw::datasets
