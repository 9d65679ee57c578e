#pragma once

#include <algorithm>
#include <array>
#include <cmath>
#include <cstdint>

// Colours as people see them, for the tests of palettes.

namespace nmsw::testing {

using Triple = std::array<double, 3>;
using Matrix = std::array<Triple, 3>;

inline Triple product(const Matrix& matrix, const Triple& v) {
  Triple result{};
  for (size_t row = 0; row < 3; ++row) {
    for (size_t i = 0; i < 3; ++i) result[row] += matrix[row][i] * v[i];
  }
  return result;
}

/// sRGB (IEC 61966-2-1) to linear light.
inline Triple linear_light(const std::array<uint8_t, 3>& colour) {
  Triple result{};
  for (size_t i = 0; i < 3; ++i) {
    const double level = colour[i] / 255.0;
    result[i] = level <= 0.04045 ? level / 12.92 : std::pow((level + 0.055) / 1.055, 2.4);
  }
  return result;
}

/// CIELAB of linear sRGB, white point D65.
inline Triple cielab(Triple light) {
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
inline constexpr std::array<Sight, 4> kSights{{{"normal", {{{1, 0, 0}, {0, 1, 0}, {0, 0, 1}}}},
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

}  // namespace nmsw::testing
