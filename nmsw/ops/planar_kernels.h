#pragma once

#include "nmsw/kernels/conv/amx_conv.h"
#include "nmsw/kernels/conv/conv1x1.h"
#include "nmsw/kernels/conv/conv3x3_doubled.h"
#include "nmsw/kernels/conv/conv3x3_halved.h"
#include "nmsw/kernels/conv/conv3x3_same.h"

namespace nmsw {

/// A convolution kernel as a table of functions; see nmsw/kernels/conv/conv3x3_same.h.
template <class Element>
struct PlanarKernel {
  int64_t (*packed_size)(int64_t in, int64_t out);
  void (*pack)(const float* weight, int64_t in, int64_t out, Element* packed, PackShare share);
  int64_t (*blocks)(const PlanarConvShape& shape);
  int64_t (*scratch)(const PlanarConvShape& shape);
  void (*run)(const PlanarConv<Element>& conv, int64_t first, int64_t last, float* scratch);
  Int3 (*out_dhw)(const Int3& extent_dhw);
  /// Output planes of a block; null where the whole output is computed at once.
  int64_t (*planes)(const PlanarConvShape& shape) = nullptr;
  /// Whether rows are written from end to end, not some of several at a time: non-temporal stores
  /// are faster only then.
  bool writes_in_rows = false;
};

template <int64_t kScale>
Int3 scaled(const Int3& extent_dhw) {
  return {kScale * extent_dhw[0], kScale * extent_dhw[1], kScale * extent_dhw[2]};
}

inline Int3 halved(const Int3& extent_dhw) {
  return {(extent_dhw[0] + 1) / 2, (extent_dhw[1] + 1) / 2, (extent_dhw[2] + 1) / 2};
}

template <class Element>
inline constexpr PlanarKernel<Element> kConv{
    packed_conv_size<Element>,
    pack_conv_weight<Element>,
    planar_conv_blocks<Element>,
    planar_conv_scratch<Element>,
    planar_conv<Element>,
    scaled<1>,
    [](const PlanarConvShape&) { return planar_conv_planes(); }};
template <class Element>
inline constexpr PlanarKernel<Element> kConvTranspose{
    packed_conv_transpose_size<Element>,   pack_conv_transpose_weight<Element>,
    planar_conv_transpose_blocks<Element>, planar_conv_transpose_scratch<Element>,
    planar_conv_transpose<Element>,        scaled<2>};
template <class Element>
inline constexpr PlanarKernel<Element> kConvStrided{
    packed_conv_strided_size<Element>,   pack_conv_strided_weight<Element>,
    planar_conv_strided_blocks<Element>, planar_conv_strided_scratch<Element>,
    planar_conv_strided<Element>,        halved};

/// Voxels of a doubled grid per input voxel.
inline constexpr int64_t kOctants = 8;

template <class Element, PointGrid grid>
inline constexpr PlanarKernel<Element> kPoint{
    [](int64_t in, int64_t out) {
      return elements_of<Element>(in) * out * (grid == PointGrid::doubled ? kOctants : 1);
    },
    [](const float* weight, int64_t in, int64_t out, Element* packed, PackShare share) {
      if (share.index != 0) return;
      pack_pointwise_weight(weight, in, out * (grid == PointGrid::doubled ? kOctants : 1), packed);
    },
    point_conv_blocks<Element>,
    [](const PlanarConvShape& shape) { return point_conv_scratch<Element>(shape, grid); },
    [](const PlanarConv<Element>& conv, int64_t first, int64_t last, float* scratch) {
      point_conv(conv, grid, first, last, scratch);
    },
    grid == PointGrid::doubled ? scaled<2> : scaled<1>,
    [](const PlanarConvShape&) -> int64_t { return grid == PointGrid::doubled ? 2 : 1; },
    true};

template <TileConvKind kind, int64_t kScale = 1>
inline constexpr PlanarKernel<Bf16Pair> kTiles{
    [](int64_t in, int64_t out) { return packed_tile_conv_size(kind, in, out); },
    [](const float* weight, int64_t in, int64_t out, Bf16Pair* packed, PackShare share) {
      pack_tile_conv_weight(kind, weight, in, out, packed, share);
    },
    [](const PlanarConvShape& shape) { return tile_conv_blocks(kind, shape); },
    [](const PlanarConvShape& shape) { return tile_conv_scratch(kind, shape); },
    [](const PlanarConv<Bf16Pair>& conv, int64_t first, int64_t last, float* scratch) {
      tile_conv(kind, conv, first, last, scratch);
    },
    kind == TileConvKind::halved ? halved : scaled<kScale>,
    [](const PlanarConvShape& shape) { return tile_conv_planes(kind, shape); },
    true};

/// The kernels of a convolution, chosen by precision and processor.
struct PlanarKernels {
  const PlanarKernel<float>& floats;
  const PlanarKernel<Bf16Pair>& pairs;
  const PlanarKernel<Bf16Pair>& tiles;
};
inline constexpr PlanarKernels kSame{kConv<float>, kConv<Bf16Pair>, kTiles<TileConvKind::same>};
inline constexpr PlanarKernels kHalved{kConvStrided<float>, kConvStrided<Bf16Pair>,
                                       kTiles<TileConvKind::halved>};
inline constexpr PlanarKernels kDoubled{kConvTranspose<float>, kConvTranspose<Bf16Pair>,
                                        kTiles<TileConvKind::doubled, 2>};
inline constexpr PlanarKernels kPoints{
    kPoint<float, PointGrid::same>, kPoint<Bf16Pair, PointGrid::same>, kTiles<TileConvKind::point>};
inline constexpr PlanarKernels kPointsDoubled{kPoint<float, PointGrid::doubled>,
                                              kPoint<Bf16Pair, PointGrid::doubled>,
                                              kTiles<TileConvKind::point_doubled, 2>};

}  // namespace nmsw
