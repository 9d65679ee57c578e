#include "nmsw/base/class_colour.h"

#include <algorithm>
#include <cmath>
#include <set>
#include <string>

#include <gtest/gtest.h>

namespace nmsw {
namespace {

using Triple = std::array<double, 3>;
using Matrix = std::array<Triple, 3>;

Triple product(const Matrix& matrix, const Triple& v) {
  Triple result{};
  for (size_t row = 0; row < 3; ++row) {
    for (size_t i = 0; i < 3; ++i) result[row] += matrix[row][i] * v[i];
  }
  return result;
}

/// sRGB (IEC 61966-2-1) to linear light.
Triple linear_light(const std::array<uint8_t, 3>& colour) {
  Triple result{};
  for (size_t i = 0; i < 3; ++i) {
    const double level = colour[i] / 255.0;
    result[i] = level <= 0.04045 ? level / 12.92 : std::pow((level + 0.055) / 1.055, 2.4);
  }
  return result;
}

/// CIELAB of linear sRGB, white point D65.
Triple cielab(Triple light) {
  constexpr Matrix kToXyz{{{0.4124564, 0.3575761, 0.1804375},
                           {0.2126729, 0.7151522, 0.0721750},
                           {0.0193339, 0.1191920, 0.9503041}}};
  for (double& level : light) level = std::clamp(level, 0.0, 1.0);
  const Triple xyz = product(kToXyz, light), white = product(kToXyz, {1, 1, 1});
  Triple f{};
  for (size_t i = 0; i < 3; ++i) {
    const double share = xyz[i] / white[i];
    f[i] = share > 216.0 / 24389 ? std::cbrt(share) : (24389.0 / 27 * share + 16) / 116;
  }
  return {116 * f[1] - 16, 500 * (f[0] - f[1]), 200 * (f[1] - f[2])};
}

/// What a colour looks like, by Machado, Oliveira and Fernandes 2009, table 1, severity 1.
struct Sight {
  const char* name;
  Matrix seen;
};
constexpr std::array<Sight, 4> kSights{{{"normal", {{{1, 0, 0}, {0, 1, 0}, {0, 0, 1}}}},
                                        {"protanopia",
                                         {{{0.152286, 1.052583, -0.204868},
                                           {0.114503, 0.786281, 0.099216},
                                           {-0.003882, -0.048116, 1.051998}}}},
                                        {"deuteranopia",
                                         {{{0.367322, 0.860646, -0.227968},
                                           {0.280085, 0.672501, 0.047413},
                                           {-0.011820, 0.042940, 0.968881}}}},
                                        {"tritanopia",
                                         {{{1.255528, -0.076749, -0.178779},
                                           {-0.078411, 0.930809, 0.147602},
                                           {0.004733, 0.691367, 0.303900}}}}}};

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
