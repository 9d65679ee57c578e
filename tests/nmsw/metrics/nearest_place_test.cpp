#include "nmsw/metrics/nearest_place.h"

#include <gtest/gtest.h>

#include <limits>

#include "nmsw/base/seed.h"

namespace nmsw {
namespace {

constexpr double kInfinity = std::numeric_limits<double>::infinity();

double square(double value) { return value * value; }

/// The least of the sums that the header names, over all places.
double nearest(const Mask& mask, Real3 spacing, Int3 at) {
  double best = kInfinity;
  for (int64_t z = 0; z < mask.extent_xyz()[2]; ++z) {
    for (int64_t y = 0; y < mask.extent_xyz()[1]; ++y) {
      for (int64_t x = 0; x < mask.extent_xyz()[0]; ++x) {
        if (!mask.at(x, y, z)) continue;
        const double dx = square(static_cast<double>(x - at[0]) * spacing[0]);
        const double dy = square(static_cast<double>(y - at[1]) * spacing[1]);
        const double dz = square(static_cast<double>(z - at[2]) * spacing[2]);
        best = std::min(best, (dx + dy) + dz);
      }
    }
  }
  return best;
}

/// About one place in `rarity`, and one more.
Mask random_places(Int3 extent, uint64_t rarity, uint64_t seed) {
  Mask mask(extent);
  uint64_t state = seed;
  for (int64_t z = 0; z < extent[2]; ++z) {
    for (int64_t y = 0; y < extent[1]; ++y) {
      for (int64_t x = 0; x < extent[0]; ++x) {
        if (next_index(state, rarity) == 0) mask.set(x, y, z);
      }
    }
  }
  mask.set(next_index(state, extent[0]), next_index(state, extent[1]),
           next_index(state, extent[2]));
  return mask;
}

/// Compares bit for bit, going through the places in order and then by chance.
void expect_nearest(const Mask& mask, Real3 spacing, uint64_t seed) {
  const Int3 extent = mask.extent_xyz();
  const NearestPlace places(mask, spacing);
  NearestPlace::Walk in_order(places), by_chance(places);
  uint64_t state = seed;
  for (int64_t i = 0; i < mask.voxel_count(); i += 1 + next_index(state, 7)) {
    const Int3 at{i % extent[0], i / extent[0] % extent[1], i / extent[0] / extent[1]};
    ASSERT_EQ(in_order.squared_distance(at), nearest(mask, spacing, at)) << "from " << i;
    const Int3 any{next_index(state, extent[0]), next_index(state, extent[1]),
                   next_index(state, extent[2])};
    ASSERT_EQ(by_chance.squared_distance(any), nearest(mask, spacing, any)) << "after " << i;
  }
}

TEST(NearestPlace, EqualsBruteForceOnRandomPlacesWithAnisotropicSpacing) {
  for (uint64_t seed = 1; seed <= 8; ++seed) {
    const Real3 spacing{0.35 * static_cast<double>(seed), 0.7, 3.7};
    const Int3 extent{11, 1 + 3 * static_cast<int64_t>(seed), 9};
    expect_nearest(random_places(extent, 20, seed), spacing, seed);
    expect_nearest(random_places(extent, 400, seed), spacing, seed);
  }
}

TEST(NearestPlace, EqualsBruteForceInRowsOfSeveralWordsAndInThreeLevelsOfNodes) {
  for (const int64_t size : {63, 64, 65, 128, 131, 200}) {
    expect_nearest(random_places({size, 6, 5}, 500, 3), {0.9, 1.3, 2.5}, 4);
    expect_nearest(random_places({size, 3, 2}, 1 << 20, 5), {1, 1, 3}, 6);
  }
  expect_nearest(random_places({7, 70, 5}, 500, 7), {2, 0.9, 1.3}, 8);
  expect_nearest(random_places({7, 5, 70}, 900, 9), {2, 0.9, 0.4}, 10);
}

TEST(NearestPlace, OfALargeMaskIsItsOnePlace) {
  Mask mask({300, 96, 96});
  mask.set(17, 80, 40);
  const NearestPlace places(mask, {1, 2, 3});
  NearestPlace::Walk walk(places);
  for (int64_t z = 0; z < 96; z += 7) {
    for (int64_t y = 0; y < 96; y += 5) {
      for (int64_t x = 0; x < 300; x += 3) {
        const auto dx = static_cast<double>(x - 17);
        const auto dy = static_cast<double>(2 * (y - 80));
        const auto dz = static_cast<double>(3 * (z - 40));
        ASSERT_EQ(walk.squared_distance({x, y, z}), dx * dx + dy * dy + dz * dz);
      }
    }
  }
}

TEST(NearestPlace, IsInfinitelyFarInAnEmptyMask) {
  for (const Int3 extent : {Int3{1, 1, 1}, Int3{3, 4, 5}, Int3{130, 17, 1}}) {
    const NearestPlace places(Mask(extent), {1, 1, 1});
    NearestPlace::Walk walk(places);
    EXPECT_EQ(walk.squared_distance({0, 0, 0}), kInfinity);
    EXPECT_EQ(walk.squared_distance({extent[0] - 1, extent[1] - 1, extent[2] - 1}), kInfinity);
  }
}

}  // namespace
}  // namespace nmsw
