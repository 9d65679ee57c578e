#include "nmsw/metrics/mask.h"

#include <cstddef>

namespace nmsw {

Mask empty_mask(Int3 extent_xyz) {
  return {extent_xyz, std::vector<uint8_t>(extent_xyz[0] * extent_xyz[1] * extent_xyz[2], 0)};
}

Mask class_mask(const LabelVolume& volume, int64_t class_index, const Box& box) {
  Int3 size{};
  for (std::size_t axis = 0; axis < 3; ++axis)
    size[axis] = box.high_xyz[axis] - box.low_xyz[axis] + 1;
  Mask mask = empty_mask({size[0] + 2, size[1] + 2, size[2] + 2});
  const auto wanted = static_cast<uint8_t>(class_index);
  const bool worth_threads = size[0] * size[1] * size[2] >= kVoxelsWorthThreads;
#pragma omp parallel for if (worth_threads)
  for (int64_t z = 0; z < size[2]; ++z) {
    for (int64_t y = 0; y < size[1]; ++y) {
      const uint8_t* from =
          &volume.voxels[volume.index(box.low_xyz[0], box.low_xyz[1] + y, box.low_xyz[2] + z)];
      uint8_t* to = &mask.voxels[mask.index(1, y + 1, z + 1)];
      for (int64_t x = 0; x < size[0]; ++x) to[x] = from[x] == wanted ? 1 : 0;
    }
  }
  return mask;
}

}  // namespace nmsw
