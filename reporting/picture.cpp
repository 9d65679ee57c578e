#include "reporting/picture.h"

#include <cmath>

#include "reporting/palette.h"

namespace nmsw::reporting {

Rgb rgb_of(const std::string& colour) {
  return static_cast<Rgb>(std::stoul(colour.substr(1), nullptr, 16));
}

Rgb blended(Rgb over, Rgb under, double share) {
  Rgb result = 0;
  for (const int shift : {16, 8, 0}) {
    const double value = share * static_cast<double>((over >> shift) & 255U) +
                         (1 - share) * static_cast<double>((under >> shift) & 255U);
    result |= static_cast<Rgb>(std::lround(value)) << shift;
  }
  return result;
}

Rgb shown_pixel(const Picture& picture, size_t pixel) {
  const uint8_t index = picture.classes.empty() ? uint8_t{0} : picture.classes[pixel];
  const Rgb under = picture.pixels[pixel];
  return index == 0 ? under : blended(rgb_of(class_colour(index)), under, kClassOpacity);
}

}  // namespace nmsw::reporting
