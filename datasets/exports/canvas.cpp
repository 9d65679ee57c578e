#include "datasets/exports/canvas.h"

#include <algorithm>

namespace nmsw::datasets {

Canvas::Canvas(int64_t columns, int64_t rows)
    : columns_(columns), rows_(rows), rgb_(static_cast<size_t>(3 * columns * rows), 0) {}

Pixel Canvas::pixel(int64_t column, int64_t row) const {
  const auto at = static_cast<size_t>(3 * (row * columns_ + column));
  return {rgb_[at], rgb_[at + 1], rgb_[at + 2]};
}

void Canvas::put(int64_t column, int64_t row, const Pixel& colour) {
  if (column < 0 || column >= columns_ || row < 0 || row >= rows_) return;
  std::copy(colour.begin(), colour.end(), rgb_.begin() + 3 * (row * columns_ + column));
}

}  // namespace nmsw::datasets
