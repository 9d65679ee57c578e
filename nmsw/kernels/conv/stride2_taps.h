#pragma once

#include <cstdint>

namespace nmsw {

/// Which weight and which neighbour make up the fine voxels of one parity along an axis of a
/// stride-2 transpose with a kernel of 3 and a padding of 1: an even voxel 2m has the middle weight
/// of m, an odd one 2m+1 the first weight of m+1 and the last of m.
struct AxisTap {
  int64_t k, shift;
};

struct AxisTaps {
  const AxisTap* first;
  int64_t count;
  const AxisTap* begin() const { return first; }
  const AxisTap* end() const { return first + count; }
};

/// The even voxel's tap, then the odd one's two.
inline constexpr AxisTap kAxisTaps[3] = {{1, 0}, {0, 1}, {2, 0}};

inline AxisTaps axis_taps(int64_t parity) {
  return parity == 0 ? AxisTaps{kAxisTaps, 1} : AxisTaps{kAxisTaps + 1, 2};
}

}  // namespace nmsw
