#include "nmsw/metrics/surface_places.h"

#include <gtest/gtest.h>

#include <array>

#include "tests/nmsw/metrics/brute_force.h"

namespace nmsw {
namespace {

constexpr int64_t kClass = 1;
/// Rows of one word, of one word with and without the margin, and of several.
constexpr std::array<int64_t, 7> kSizes{1, 5, 61, 62, 63, 64, 131};

/// Calls compare(volume, mask of kClass in the whole volume) for random volumes, one without the
/// class, and one that is all of it.
template <class Compare>
void for_every_mask(const Compare& compare) {
  for (const int64_t size : kSizes) {
    const Int3 extent{size, 6, 5};
    const Box whole{{0, 0, 0}, {size - 1, 5, 4}};
    const LabelVolume empty = testing::empty_label(extent, {1, 1, 1});
    LabelVolume full = empty;
    full.voxels.assign(full.voxels.size(), kClass);
    for (const LabelVolume& volume :
         {testing::random_blobs(extent, {1, 1, 1}, 3, 1),
          testing::random_blobs(extent, {1, 1, 1}, 2, 2), empty, full}) {
      SCOPED_TRACE(size);
      compare(volume, class_mask(volume, kClass, whole));
    }
  }
}

template <class Visit>
void for_each_place(const Mask& mask, const Visit& visit) {
  for (int64_t z = 0; z < mask.extent_xyz()[2]; ++z) {
    for (int64_t y = 0; y < mask.extent_xyz()[1]; ++y) {
      for (int64_t x = 0; x < mask.extent_xyz()[0]; ++x) visit(x, y, z);
    }
  }
}

/// The volume's voxels have indices smaller by one than the mask's, which has a margin.
bool holds(const LabelVolume& volume, int64_t x, int64_t y, int64_t z) {
  return testing::holds(volume, kClass, x - 1, y - 1, z - 1);
}

TEST(ClassMask, HasTheVoxelsOfTheClassWithAMargin) {
  for_every_mask([](const LabelVolume& volume, const Mask& mask) {
    for_each_place(mask, [&](int64_t x, int64_t y, int64_t z) {
      ASSERT_EQ(mask.at(x, y, z), holds(volume, x, y, z)) << x << " " << y << " " << z;
    });
  });
}

TEST(ClassMask, LooksOnlyIntoTheBox) {
  LabelVolume volume = testing::empty_label({90, 4, 3}, {1, 1, 1});
  volume.voxels.assign(volume.voxels.size(), kClass);
  const Mask mask = class_mask(volume, kClass, {{3, 1, 2}, {80, 2, 2}});
  EXPECT_EQ(mask.extent_xyz(), (Int3{80, 4, 3}));
  for_each_place(mask, [&](int64_t x, int64_t y, int64_t z) {
    EXPECT_EQ(mask.at(x, y, z), x > 0 && x < 79 && y > 0 && y < 3 && z == 1);
  });
}

TEST(Mask, RowsHaveNothingSetBeforeOrBehindThem) {
  for_every_mask([](const LabelVolume&, const Mask& mask) {
    for (const Mask& one : {mask, surface_corners(mask), border_voxels(mask)}) {
      const int64_t words = one.words_per_row();
      const int64_t unused = words * Mask::kWordBits - one.extent_xyz()[0];
      for (int64_t z = 0; z < one.extent_xyz()[2]; ++z) {
        for (int64_t y = 0; y < one.extent_xyz()[1]; ++y) {
          const uint64_t* row = one.row(y, z);
          ASSERT_EQ(row[-1], 0U);
          ASSERT_EQ(row[words], 0U);
          if (unused > 0) {
            ASSERT_EQ(row[words - 1] >> (Mask::kWordBits - unused), 0U);
          }
        }
      }
    }
  });
}

TEST(SurfaceCorners, LieBetweenVoxelsThatAreNotAllAlike) {
  for_every_mask([](const LabelVolume& volume, const Mask& mask) {
    const Mask corners = surface_corners(mask);
    const Int3 extent = mask.extent_xyz();
    ASSERT_EQ(corners.extent_xyz(), (Int3{extent[0] - 1, extent[1] - 1, extent[2] - 1}));
    for_each_place(corners, [&](int64_t x, int64_t y, int64_t z) {
      unsigned code = 0;
      for (const int64_t dx : {0, 1}) {
        for (const int64_t dy : {0, 1}) {
          for (const int64_t dz : {0, 1})
            code = 2 * code + (holds(volume, x + dx, y + dy, z + dz) ? 1 : 0);
        }
      }
      ASSERT_EQ(corner_code(mask, x, y, z), code) << x << " " << y << " " << z;
      ASSERT_EQ(corners.at(x, y, z), code != 0 && code != 255) << x << " " << y << " " << z;
    });
  });
}

TEST(BorderVoxels, HaveAnUnsetNeighbour) {
  for_every_mask([](const LabelVolume& volume, const Mask& mask) {
    const Mask border = border_voxels(mask);
    for_each_place(border, [&](int64_t x, int64_t y, int64_t z) {
      const bool inside = holds(volume, x - 1, y, z) && holds(volume, x + 1, y, z) &&
                          holds(volume, x, y - 1, z) && holds(volume, x, y + 1, z) &&
                          holds(volume, x, y, z - 1) && holds(volume, x, y, z + 1);
      ASSERT_EQ(border.at(x, y, z), holds(volume, x, y, z) && !inside) << x << " " << y << " " << z;
    });
  });
}

}  // namespace
}  // namespace nmsw
