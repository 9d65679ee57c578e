#include "nmsw/metrics/distance_transform.h"

#include <gtest/gtest.h>

#include <cmath>
#include <limits>

#include "nmsw/base/seed.h"

namespace nmsw {
namespace {

double nearest(const Mask& mask, Real3 spacing, Int3 at) {
  double best = std::numeric_limits<double>::infinity();
  for (int64_t z = 0; z < mask.extent_xyz[2]; ++z) {
    for (int64_t y = 0; y < mask.extent_xyz[1]; ++y) {
      for (int64_t x = 0; x < mask.extent_xyz[0]; ++x) {
        if (mask.voxels[mask.index(x, y, z)] == 0) continue;
        const double dx = static_cast<double>(x - at[0]) * spacing[0];
        const double dy = static_cast<double>(y - at[1]) * spacing[1];
        const double dz = static_cast<double>(z - at[2]) * spacing[2];
        best = std::min(best, std::sqrt(dx * dx + dy * dy + dz * dz));
      }
    }
  }
  return best;
}

TEST(DistanceTransform, EqualsBruteForceOnRandomSeedsWithAnisotropicSpacing) {
  for (uint64_t seed = 1; seed <= 10; ++seed) {
    const Real3 spacing{0.5 * static_cast<double>(seed), 1, 3.7};
    Mask mask = empty_mask({11, 1 + static_cast<int64_t>(seed), 7});
    uint64_t state = seed;
    for (uint8_t& voxel : mask.voxels) voxel = next_index(state, 25) == 0 ? 1 : 0;
    mask.voxels[3] = 1;
    const std::vector<double> distance = distance_transform(mask, spacing);
    for (int64_t z = 0; z < mask.extent_xyz[2]; ++z) {
      for (int64_t y = 0; y < mask.extent_xyz[1]; ++y) {
        for (int64_t x = 0; x < mask.extent_xyz[0]; ++x) {
          ASSERT_NEAR(distance[mask.index(x, y, z)], nearest(mask, spacing, {x, y, z}), 1e-12);
        }
      }
    }
  }
}

TEST(DistanceTransform, OfAVolumeLargeEnoughForSeveralThreadsIsThatOfItsOneSeed) {
  Mask mask = empty_mask({128, 96, 96});
  mask.voxels[mask.index(17, 80, 40)] = 1;
  const std::vector<double> distance = distance_transform(mask, {1, 2, 3});
  for (int64_t z = 0; z < 96; z += 7) {
    for (int64_t y = 0; y < 96; y += 5) {
      for (int64_t x = 0; x < 128; x += 3) {
        const auto dx = static_cast<double>(x - 17);
        const auto dy = static_cast<double>(2 * (y - 80));
        const auto dz = static_cast<double>(3 * (z - 40));
        ASSERT_EQ(distance[mask.index(x, y, z)], std::sqrt(dx * dx + dy * dy + dz * dz));
      }
    }
  }
}

TEST(DistanceTransform, IsInfiniteWithoutASeed) {
  for (const double distance : distance_transform(empty_mask({3, 4, 5}), {1, 1, 1})) {
    EXPECT_EQ(distance, std::numeric_limits<double>::infinity());
  }
}

}  // namespace
}  // namespace nmsw
