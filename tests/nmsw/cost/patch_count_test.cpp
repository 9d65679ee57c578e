#include "nmsw/cost/patch_count.h"

#include <gtest/gtest.h>

#include "nmsw/base/error.h"

namespace nmsw {
namespace {

TEST(PatchCount, IsThePublishedOne) {
  // METHOD 2.4
  EXPECT_EQ(patches_total({480, 480, 480}, {128, 128, 128}, 0.5), 343);
  EXPECT_EQ(patches_total({480, 480, 288}, {128, 128, 128}, 0.5), 196);
  EXPECT_EQ(patches_total({384, 384, 640}, {128, 128, 128}, 0.5), 225);
}

TEST(PatchCount, IsOneWhereThePatchCoversTheAxis) {
  EXPECT_EQ(patches_along(128, 128, 0.5), 1);
  EXPECT_EQ(patches_along(90, 128, 0.5), 1);
}

TEST(PatchCount, RoundsUpSoThatTheLastPatchReachesTheBorder) {
  for (int64_t extent = 11; extent < 60; ++extent) {
    const int64_t stride = 5;
    int64_t count = 1;
    while ((count - 1) * stride + 10 < extent) ++count;
    EXPECT_EQ(patches_along(extent, 10, 0.5), count) << extent;
  }
}

TEST(PatchCount, NeverStepsByLessThanAVoxel) { EXPECT_EQ(patches_along(5, 2, 0.9), 4); }

TEST(PatchCount, RefusesImpossibleSizes) {
  EXPECT_THROW(patches_along(0, 4, 0.5), ConfigError);
  EXPECT_THROW(patches_along(8, 0, 0.5), ConfigError);
  EXPECT_THROW(patches_along(8, 4, 1.0), ConfigError);
}

}  // namespace
}  // namespace nmsw
