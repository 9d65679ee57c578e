#pragma once

#include <cstdint>

namespace nmsw {

/// One tap, along an axis, of a transposed convolution with kernel 3, stride 2 and padding 1: index
/// of the weight, and offset of the coarse voxel. Fine voxel 2m has weight 1 of m; 2m+1 has weight
/// 0 of m+1 and weight 2 of m.
struct AxisTap {
  int64_t k, shift;
};

struct AxisTaps {
  const AxisTap* first;
  int64_t count;
  const AxisTap* begin() const { return first; }
  const AxisTap* end() const { return first + count; }
};

/// The tap of an even voxel, then the two of an odd one.
inline constexpr AxisTap kAxisTaps[3] = {{1, 0}, {0, 1}, {2, 0}};

inline AxisTaps axis_taps(int64_t parity) {
  return parity == 0 ? AxisTaps{kAxisTaps, 1} : AxisTaps{kAxisTaps + 1, 2};
}

}  // namespace nmsw
