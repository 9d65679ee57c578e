#pragma once

#include <algorithm>
#include <array>
#include <cmath>
#include <cstring>
#include <string>
#include <vector>

#include <gtest/gtest.h>

#include "datasets/grid/orientation.h"
#include "nmsw/base/volume.h"

// One small volume, and its bytes in every way in which a file may hold it. Nothing here uses the
// project's writers.

namespace nmsw::datasets::truth {

/// Voxel axes right, front, head.
inline constexpr Int3 kExtent{4, 3, 2};
inline constexpr Real3 kSpacing{0.8, 1.1, 2.5};
inline constexpr Real3 kOriginRas{-30.5, 12.25, -100.75};

inline std::vector<int> values(bool with_negative = false) {
  std::vector<int> all;
  for (int i = 0; i < 24; ++i) all.push_back(i * 5 - (with_negative ? 60 : 0));
  return all;
}

template <class Stored>
std::string bytes_as(const std::vector<int>& numbers, bool big_endian = false) {
  std::string bytes;
  for (const int number : numbers) {
    const auto stored = static_cast<Stored>(number);
    std::array<char, sizeof(Stored)> raw;
    std::memcpy(raw.data(), &stored, sizeof(Stored));
    if (big_endian) std::reverse(raw.begin(), raw.end());
    bytes.append(raw.data(), raw.size());
  }
  return bytes;
}

/// One of the 48 ways to store the volume: voxel axis a runs along the patient's axis
/// `world_axis[a]` (0 right, 1 front, 2 head), backwards where `sign[a]` is -1.
struct Storage {
  std::array<int, 3> world_axis{0, 1, 2};
  std::array<int, 3> sign{1, 1, 1};

  Int3 extent() const {
    return {kExtent[static_cast<size_t>(world_axis[0])],
            kExtent[static_cast<size_t>(world_axis[1])],
            kExtent[static_cast<size_t>(world_axis[2])]};
  }
  double spacing(size_t a) const { return kSpacing[static_cast<size_t>(world_axis[a])]; }
  /// The unit vector of voxel axis a, in RAS.
  Real3 direction_ras(size_t a) const {
    Real3 vector{0, 0, 0};
    vector[static_cast<size_t>(world_axis[a])] = sign[a];
    return vector;
  }
  /// The centre of the first stored voxel, in RAS.
  Real3 origin_ras() const {
    Real3 origin = kOriginRas;
    for (size_t a = 0; a < 3; ++a) {
      const auto w = static_cast<size_t>(world_axis[a]);
      if (sign[a] < 0) origin[w] += kSpacing[w] * static_cast<double>(kExtent[w] - 1);
    }
    return origin;
  }
  std::vector<int> stored(const std::vector<int>& of) const {
    const Int3 n = extent();
    std::vector<int> result;
    for (int64_t z = 0; z < n[2]; ++z) {
      for (int64_t y = 0; y < n[1]; ++y) {
        for (int64_t x = 0; x < n[0]; ++x) {
          const Int3 at{x, y, z};
          Int3 ras{};
          for (size_t a = 0; a < 3; ++a)
            ras[static_cast<size_t>(world_axis[a])] = sign[a] > 0 ? at[a] : n[a] - 1 - at[a];
          result.push_back(
              of[static_cast<size_t>((ras[2] * kExtent[1] + ras[1]) * kExtent[0] + ras[0])]);
        }
      }
    }
    return result;
  }
};

inline std::vector<Storage> all_storages() {
  std::vector<Storage> all;
  std::array<int, 3> axes{0, 1, 2};
  do {
    for (int bits = 0; bits < 8; ++bits) {
      Storage storage;
      storage.world_axis = axes;
      for (size_t a = 0; a < 3; ++a) storage.sign[a] = (bits >> a & 1) != 0 ? -1 : 1;
      all.push_back(storage);
    }
  } while (std::next_permutation(axes.begin(), axes.end()));
  return all;
}

/// The volume that was read is the truth, wherever its voxel axes run.
inline void expect_truth(const ImageVolume& read, const std::vector<int>& expected = values()) {
  const ImageVolume ras = to_ras(read);
  ASSERT_EQ(ras.geometry.extent_xyz, kExtent);
  for (size_t a = 0; a < 3; ++a) {
    EXPECT_NEAR(ras.geometry.spacing_xyz_mm[a], kSpacing[a], 1e-6);
    EXPECT_NEAR(ras.geometry.origin_lps_mm[a], kOriginRas[a] * (a < 2 ? -1 : 1), 1e-5);
  }
  const std::array<double, 9> direction{-1, 0, 0, 0, -1, 0, 0, 0, 1};
  for (size_t i = 0; i < 9; ++i) EXPECT_NEAR(ras.geometry.direction_lps[i], direction[i], 1e-6);
  EXPECT_EQ(ras.voxels, std::vector<float>(expected.begin(), expected.end()));
}

}  // namespace nmsw::datasets::truth
