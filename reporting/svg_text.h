#pragma once

#include <string>
#include <vector>

#include "reporting/figure.h"

namespace nmsw::reporting {

/// Coordinates in pixels with at most one decimal: "12", "12.5".
std::string svg_number(double pixels);

/// A number for `data-` attributes: six significant digits.
std::string data_number(double value);
std::string data_numbers(const std::vector<double>& values);

enum class Anchor { start, middle, end };

/// A text whose baseline starts, is centred or ends at a point, turned by degrees about it.
std::string svg_label(const std::string& text, double x, double y, Anchor anchor,
                      double turned_degrees = 0, bool is_bold = false);

/// The `<svg>` tag and the ground: its name for readers that cannot see it, and its look where no
/// page's style reaches it.
std::string svg_head(const Figure& figure, double width, double height);

/// Bytes as an address inside the file.
std::string png_address(const std::string& png);

}  // namespace nmsw::reporting
