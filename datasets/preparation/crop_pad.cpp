#include "datasets/preparation/crop_pad.h"

#include <algorithm>

#include "datasets/grid/geometry.h"

namespace nmsw::datasets {
namespace {

template <class Predicate>
VoxelBox bounding_box(const ImageVolume& image, Predicate inside) {
  const Int3& extent = image.geometry.extent_xyz;
  Int3 low = extent, high{-1, -1, -1};
  const float* row = image.voxels.data();
  for (int64_t z = 0; z < extent[2]; ++z) {
    for (int64_t y = 0; y < extent[1]; ++y, row += extent[0]) {
      const float* first = std::find_if(row, row + extent[0], inside);
      if (first == row + extent[0]) continue;
      const float* last = row + extent[0] - 1;
      while (!inside(*last)) --last;
      low = {std::min(low[0], first - row), std::min(low[1], y), std::min(low[2], z)};
      high = {std::max(high[0], last - row), std::max(high[1], y), std::max(high[2], z)};
    }
  }
  if (high[0] < 0) return {};
  return {low, {high[0] - low[0] + 1, high[1] - low[1] + 1, high[2] - low[2] + 1}};
}

}  // namespace

template <class Voxel>
Volume<Voxel> cut_box(const Volume<Voxel>& volume, const VoxelBox& box, Voxel fill) {
  const Int3& extent = volume.geometry.extent_xyz;
  const Int3& start = box.start_xyz;
  Volume<Voxel> result;
  result.geometry = volume.geometry;
  result.geometry.extent_xyz = box.extent_xyz;
  result.geometry.origin_lps_mm =
      world_position(volume.geometry, {static_cast<double>(start[0]), static_cast<double>(start[1]),
                                       static_cast<double>(start[2])});
  if (volume.voxels.empty()) return result;
  if (start == Int3{0, 0, 0} && box.extent_xyz == extent) {
    result.voxels = volume.voxels;
    return result;
  }
  result.voxels.assign(static_cast<size_t>(result.geometry.voxel_count()), fill);
  Int3 low{}, high{};
  for (size_t a = 0; a < 3; ++a) {
    low[a] = std::max<int64_t>(0, -start[a]);
    high[a] = std::min(box.extent_xyz[a], extent[a] - start[a]);
  }
  if (low[0] >= high[0]) return result;
  for (int64_t z = low[2]; z < high[2]; ++z) {
    for (int64_t y = low[1]; y < high[1]; ++y) {
      const Voxel* source =
          volume.voxels.data() + volume.index(low[0] + start[0], y + start[1], z + start[2]);
      std::copy(source, source + (high[0] - low[0]),
                result.voxels.data() + result.index(low[0], y, z));
    }
  }
  return result;
}

template Volume<float> cut_box(const Volume<float>&, const VoxelBox&, float);
template Volume<uint8_t> cut_box(const Volume<uint8_t>&, const VoxelBox&, uint8_t);

VoxelBox pad_to_minimum(const Int3& extent_xyz, const Int3& minimum_xyz) {
  VoxelBox box;
  for (size_t a = 0; a < 3; ++a) {
    const int64_t missing = std::max<int64_t>(0, minimum_xyz[a] - extent_xyz[a]);
    box.start_xyz[a] = -(missing / 2);
    box.extent_xyz[a] = extent_xyz[a] + missing;
  }
  return box;
}

VoxelBox pad_to_multiple(const Int3& extent_xyz, const Int3& multiple_xyz) {
  Int3 size{};
  for (size_t a = 0; a < 3; ++a)
    size[a] = (extent_xyz[a] + multiple_xyz[a] - 1) / multiple_xyz[a] * multiple_xyz[a];
  return pad_to_minimum(extent_xyz, size);
}

VoxelBox crop_or_pad_to(const Int3& extent_xyz, const Int3& size_xyz) {
  VoxelBox box;
  for (size_t a = 0; a < 3; ++a) {
    const int64_t surplus = extent_xyz[a] - size_xyz[a];
    box.start_xyz[a] = surplus >= 0 ? extent_xyz[a] / 2 - size_xyz[a] / 2 : -(-surplus / 2);
    box.extent_xyz[a] = size_xyz[a];
  }
  return box;
}

VoxelBox box_above_zero(const ImageVolume& image) {
  return bounding_box(image, [](float value) { return value > 0; });
}

VoxelBox box_not_zero(const ImageVolume& image) {
  return bounding_box(image, [](float value) { return value != 0; });
}

}  // namespace nmsw::datasets
