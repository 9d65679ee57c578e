#pragma once

#include <algorithm>

#include "nmsw/kernels/conv/conv.h"
#include "nmsw/kernels/conv/stride2_taps.h"
#include "nmsw/kernels/gemm/amx_tiles.h"

namespace nmsw {

/// A block's input, read again for every 32 output channels, should stay in L2 (2 MiB with AMX).
inline constexpr int64_t kCachedPairs = 192 * 1024;
inline constexpr int64_t kMostPlanes = 8, kMostRows = 8;
/// Blocks of a volume, at least, as far as it has rows: enough for some threads.
inline constexpr int64_t kLeastBlocks = 4;
/// Voxels that a doubled grid has for one.
inline constexpr int64_t kMostParities = 8;

/// The taps of an axis of a convolution of three, and the two of a doubling by two.
inline constexpr AxisTap kThreeTaps[3] = {{0, -1}, {1, 0}, {2, 1}},
                         kPointTaps[2] = {{0, 0}, {1, 0}};

/// Taps of even and odd output voxels along an axis. Where the grid is not doubled, all voxels are
/// even.
inline AxisTaps taps_of(ConvKind kind, int64_t parity) {
  switch (kind) {
    case ConvKind::same:
    case ConvKind::halved:
      return {kThreeTaps, 3};
    case ConvKind::doubled:
      return axis_taps(parity);
    case ConvKind::point:
    case ConvKind::point_doubled:
      break;
  }
  return {kPointTaps + parity, 1};
}

/// Geometry of a kind along an axis.
struct AmxAxis {
  int64_t stride, scale, weights;  ///< input and output voxels per step; taps
  int64_t before, behind;          ///< input voxels read around one

  explicit constexpr AmxAxis(ConvKind kind)
      : stride(kind == ConvKind::halved ? 2 : 1),
        scale(kind == ConvKind::doubled || kind == ConvKind::point_doubled ? 2 : 1),
        weights(kind == ConvKind::point           ? 1
                : kind == ConvKind::point_doubled ? 2
                                                  : 3),
        before(kind == ConvKind::same || kind == ConvKind::halved ? 1 : 0),
        behind(kind == ConvKind::same || kind == ConvKind::halved || kind == ConvKind::doubled
                   ? 1
                   : 0) {}
  int64_t parities() const { return scale * scale * scale; }
  /// Input voxels that so many steps read.
  int64_t read(int64_t steps) const { return stride * (steps - 1) + 1 + before + behind; }
};

// A block is some rows of some planes. Its input is converted to pairs of channels, row behind row
// with zero padding, so that a tap is a shift and one run of voxels covers a plane of the block;
// sums between rows are ignored. With stride 2, even and odd rows are stored apart, and even and
// odd columns.

struct AmxCut {
  AmxAxis axis;
  Int3 steps_dhw;  ///< extent of the smaller grid
  int64_t pairs, pitch, planes, rows, set_rows, pair_step;
  int64_t deep, high;  ///< number of blocks

  AmxCut(ConvKind kind, const ConvShape& shape)
      : axis(kind),
        steps_dhw{ceil_div(shape.extent_dhw[0], axis.stride),
                  ceil_div(shape.extent_dhw[1], axis.stride),
                  ceil_div(shape.extent_dhw[2], axis.stride)},
        pairs(elements_of<Bf16Pair>(shape.in_channels)),
        pitch(ceil_div(axis.read(steps_dhw[2]), axis.stride)) {
    take(std::min(steps_dhw[0], kMostPlanes), std::min(steps_dhw[1], kMostRows));
    while (planes * rows > 1 && (pairs * pair_step > kCachedPairs || deep * high < kLeastBlocks)) {
      planes >= rows ? take(ceil_div(planes, 2), rows) : take(planes, ceil_div(rows, 2));
    }
  }
  int64_t input_floats() const { return pairs * pair_step + kTileVoxels; }
  int64_t run_floats() const { return rows * pitch + kTileVoxels; }
  int64_t sums_floats() const { return axis.parities() * kTileChannels * run_floats(); }
  int64_t plane_step() const { return axis.stride * axis.stride * set_rows * pitch; }
  /// Offset of input voxel (z, y, x) of a block, counted from the first that is read.
  int64_t place(int64_t z, int64_t y, int64_t x) const {
    const int64_t s = axis.stride, set = (z * s + y % s) * s + x % s;
    return (set * set_rows + y / s) * pitch + x / s;
  }

 private:
  void take(int64_t planes_of_block, int64_t rows_of_block) {
    planes = planes_of_block;
    rows = rows_of_block;
    set_rows = ceil_div(axis.read(rows), axis.stride);
    // An odd number of cache lines apart, as the same voxel of sixteen pairs is read together.
    pair_step = (axis.read(planes) * plane_step() / kLanes | 1) * kLanes + 2 * kLanes;
    deep = ceil_div(steps_dhw[0], planes);
    high = ceil_div(steps_dhw[1], rows);
  }
};

}  // namespace nmsw
