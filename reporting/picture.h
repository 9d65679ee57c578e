#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <utility>
#include <vector>

namespace nmsw::reporting {

/// A colour as 0xrrggbb.
using Rgb = uint32_t;

/// "#0072b2" as a colour.
Rgb rgb_of(const std::string& colour);

/// `share` of `over`, the rest of `under`.
Rgb blended(Rgb over, Rgb under, double share);

/// The outline of a rectangle on a picture, in the picture's unit from its lower left corner.
struct PictureBox {
  double left = 0, bottom = 0, right = 0, top = 0;
  std::string colour;
  bool is_dashed = false;
};

/// Coloured pixels, in rows from the bottom, with boxes over them.
struct Picture {
  std::string title;
  size_t columns = 0, rows = 0;
  std::vector<Rgb> pixels;
  /// Class indices over the pixels, each in its class_colour; 0 shows the pixel. Empty: none.
  std::vector<uint8_t> classes{};
  /// What it measures, both in one unit: its shape in the figure.
  double width = 1, height = 1;
  std::vector<PictureBox> boxes;
};

/// How much of a pixel its class covers.
constexpr double kClassOpacity = 0.6;

/// A pixel with its class over it.
Rgb shown_pixel(const Picture& picture, size_t pixel);

/// A legend entry of pictures: one colour, a scale of several from low to high, or an outline.
struct PictureKey {
  std::string text;
  std::vector<Rgb> colours;
  std::optional<PictureBox> outline;  // of it the colour and the dashes
  /// What the first and the last colour of a scale stand for.
  std::optional<std::pair<double, double>> scale{};
};

}  // namespace nmsw::reporting
