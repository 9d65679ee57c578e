#include "nmsw/metrics/surface_places.h"

namespace nmsw {
namespace {

constexpr int64_t kLastBit = Mask::kWordBits - 1;

/// The flags of a word and of the next one, moved towards smaller x by one.
uint64_t next_flags(uint64_t word, uint64_t following) {
  return word >> 1U | following << kLastBit;
}

/// Flags x and x + 1 of a row as bits 0 and 1.
unsigned two_flags(const uint64_t* row, int64_t x) {
  const uint64_t* word = row + x / Mask::kWordBits;
  const int64_t bit = x % Mask::kWordBits;
  return static_cast<unsigned>((word[0] >> bit | word[1] << 1U << (kLastBit - bit)) & 3U);
}

void mark_corners(const uint64_t* (&rows)[4], int64_t words, uint64_t* to) {
  const auto any = [&](int64_t i) { return rows[0][i] | rows[1][i] | rows[2][i] | rows[3][i]; };
  const auto all = [&](int64_t i) { return rows[0][i] & rows[1][i] & rows[2][i] & rows[3][i]; };
  uint64_t any_here = any(0), all_here = all(0);
  for (int64_t i = 0; i < words; ++i) {
    const uint64_t any_next = any(i + 1), all_next = all(i + 1);
    to[i] =
        (any_here | next_flags(any_here, any_next)) & ~(all_here & next_flags(all_here, all_next));
    any_here = any_next;
    all_here = all_next;
  }
}

}  // namespace

Mask surface_corners(const Mask& mask) {
  const Int3 extent = mask.extent_xyz();
  Mask corners({extent[0] - 1, extent[1] - 1, extent[2] - 1});
  const bool worth_threads = mask.voxel_count() >= kVoxelsWorthThreads;
#pragma omp parallel for if (worth_threads)
  for (int64_t z = 0; z < extent[2] - 1; ++z) {
    for (int64_t y = 0; y < extent[1] - 1; ++y) {
      const uint64_t* rows[4] = {mask.row(y, z), mask.row(y + 1, z), mask.row(y, z + 1),
                                 mask.row(y + 1, z + 1)};
      mark_corners(rows, corners.words_per_row(), corners.row(y, z));
    }
  }
  return corners;
}

Mask border_voxels(const Mask& mask) {
  const Int3 extent = mask.extent_xyz();
  Mask border(extent);
  const bool worth_threads = mask.voxel_count() >= kVoxelsWorthThreads;
#pragma omp parallel for if (worth_threads)
  for (int64_t z = 1; z < extent[2] - 1; ++z) {
    for (int64_t y = 1; y < extent[1] - 1; ++y) {
      const uint64_t* here = mask.row(y, z);
      const uint64_t* around[4] = {mask.row(y - 1, z), mask.row(y + 1, z), mask.row(y, z - 1),
                                   mask.row(y, z + 1)};
      uint64_t* to = border.row(y, z);
      for (int64_t i = 0; i < mask.words_per_row(); ++i) {
        const uint64_t before = here[i] << 1U | here[i - 1] >> kLastBit;
        const uint64_t inside = before & next_flags(here[i], here[i + 1]) & around[0][i] &
                                around[1][i] & around[2][i] & around[3][i];
        to[i] = here[i] & ~inside;
      }
    }
  }
  return border;
}

NeighbourCode corner_code(const Mask& mask, int64_t x, int64_t y, int64_t z) {
  const unsigned pairs[4] = {two_flags(mask.row(y, z), x), two_flags(mask.row(y, z + 1), x),
                             two_flags(mask.row(y + 1, z), x),
                             two_flags(mask.row(y + 1, z + 1), x)};
  unsigned first = 0, second = 0;
  for (const unsigned pair : pairs) {
    first = first << 1U | (pair & 1U);
    second = second << 1U | pair >> 1U;
  }
  return static_cast<NeighbourCode>(first << 4U | second);
}

}  // namespace nmsw
