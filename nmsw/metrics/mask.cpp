#include "nmsw/metrics/mask.h"

#include <algorithm>
#include <cstddef>

namespace nmsw {
namespace {

constexpr uint64_t kAllBits = ~uint64_t{0};

/// Sets the flags begin..end-1 of a row; at least one.
void set_run(uint64_t* row, int64_t begin, int64_t end) {
  const int64_t first = begin / Mask::kWordBits, last = (end - 1) / Mask::kWordBits;
  const uint64_t from_begin = kAllBits << (begin % Mask::kWordBits);
  const uint64_t to_end = kAllBits >> (Mask::kWordBits - 1 - (end - 1) % Mask::kWordBits);
  if (first == last) {
    row[first] |= from_begin & to_end;
    return;
  }
  row[first] |= from_begin;
  for (int64_t word = first + 1; word < last; ++word) row[word] = kAllBits;
  row[last] |= to_end;
}

/// Sets the flags of the voxels that hold `wanted`, shifted by `shift`, run by run.
void mark_row(const uint8_t* voxels, int64_t size, uint8_t wanted, int64_t shift, uint64_t* row) {
  const uint8_t* const end = voxels + size;
  const uint8_t* at = std::find(voxels, end, wanted);
  while (at != end) {
    const uint8_t* const begin = at;
    while (at != end && *at == wanted) ++at;
    set_run(row, begin - voxels + shift, at - voxels + shift);
    at = std::find(at, end, wanted);
  }
}

}  // namespace

Mask::Mask(Int3 extent_xyz)
    : extent_xyz_(extent_xyz),
      words_per_row_((extent_xyz[0] + kWordBits - 1) / kWordBits),
      words_(extent_xyz[1] * extent_xyz[2] * (words_per_row_ + 1) + 1, 0) {}

Mask class_mask(const LabelVolume& volume, int64_t class_index, const Box& box) {
  Int3 size{};
  for (std::size_t axis = 0; axis < 3; ++axis)
    size[axis] = box.high_xyz[axis] - box.low_xyz[axis] + 1;
  Mask mask({size[0] + 2, size[1] + 2, size[2] + 2});
  const auto wanted = static_cast<uint8_t>(class_index);
  const bool worth_threads = mask.voxel_count() >= kVoxelsWorthThreads;
#pragma omp parallel for if (worth_threads)
  for (int64_t z = 0; z < size[2]; ++z) {
    for (int64_t y = 0; y < size[1]; ++y) {
      const int64_t first = volume.index(box.low_xyz[0], box.low_xyz[1] + y, box.low_xyz[2] + z);
      mark_row(&volume.voxels[first], size[0], wanted, 1, mask.row(y + 1, z + 1));
    }
  }
  return mask;
}

}  // namespace nmsw
