#pragma once

#include <vector>

#include "reporting/figure.h"

namespace nmsw::reporting {

/// A rectangle of the drawing in pixels, measured from its top left corner.
struct Place {
  double left = 0, top = 0, width = 0, height = 0;
};

/// Where the pictures of a figure and the marks of its legend stand; the same on the page and in
/// print.
struct PictureLayout {
  double width = 0, height = 0;
  std::vector<Place> pictures, keys;
};

constexpr double kFigureTitleHeight = 34, kPictureTitleHeight = 20;

PictureLayout lay_out_pictures(const Figure& figure);

}  // namespace nmsw::reporting
