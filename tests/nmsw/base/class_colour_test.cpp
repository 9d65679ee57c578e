#include "nmsw/base/class_colour.h"

#include <algorithm>
#include <cmath>
#include <set>
#include <string>

#include <gtest/gtest.h>

#include "tests/support/colour_sight.h"

namespace nmsw {
namespace {

using testing::cielab;
using testing::kSights;
using testing::linear_light;
using testing::product;
using testing::Sight;
using testing::Triple;

double nearest_pair(const Sight& sight, int64_t classes) {
  double nearest = 1e9;
  for (int64_t a = 1; a <= classes; ++a) {
    for (int64_t b = 1; b < a; ++b) {
      const Triple x = cielab(product(sight.seen, linear_light(class_colour(a))));
      const Triple y = cielab(product(sight.seen, linear_light(class_colour(b))));
      nearest = std::min(nearest, std::hypot(x[0] - y[0], x[1] - y[1], x[2] - y[2]));
    }
  }
  return nearest;
}

TEST(ClassColour, IsToldApartWithEveryKindOfColourBlindness) {
  for (const Sight& sight : kSights) {
    SCOPED_TRACE(sight.name);
    EXPECT_GE(nearest_pair(sight, 8), 27);
    EXPECT_GE(nearest_pair(sight, 26), 12) << "the vertebrae";
    EXPECT_GE(nearest_pair(sight, 104), 5) << "above the 2.3 of a just noticeable difference";
  }
}

TEST(ClassColour, IsNeitherGreyLikeTheImageNorBlackNorWhite) {
  for (int64_t index = 1; index <= 255; ++index) {
    const Triple lab = cielab(linear_light(class_colour(index)));
    EXPECT_GT(std::hypot(lab[1], lab[2]), 25) << index;
    EXPECT_GT(lab[0], 25) << index;
    EXPECT_LT(lab[0], 82) << index;
  }
}

TEST(ClassColour, DiffersBetweenAllClassesAndBackgroundIsBlack) {
  std::set<std::array<uint8_t, 3>> colours;
  for (int64_t index = 0; index <= 255; ++index) colours.insert(class_colour(index));
  EXPECT_EQ(colours.size(), 256u);
  EXPECT_EQ(class_colour(0), (std::array<uint8_t, 3>{0, 0, 0}));
}

}  // namespace
}  // namespace nmsw
