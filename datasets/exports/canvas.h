#pragma once

#include <array>
#include <cstdint>
#include <vector>

namespace nmsw::datasets {

/// Red, green and blue.
using Pixel = std::array<uint8_t, 3>;

/// A picture to draw on, black at first; pixel (0,0) is at the upper left.
class Canvas {
 public:
  Canvas(int64_t columns, int64_t rows);

  int64_t columns() const { return columns_; }
  int64_t rows() const { return rows_; }
  /// Three bytes a pixel, row by row from the top.
  const std::vector<uint8_t>& rgb() const { return rgb_; }

  Pixel pixel(int64_t column, int64_t row) const;
  /// Nothing where the place lies outside.
  void put(int64_t column, int64_t row, const Pixel& colour);

 private:
  int64_t columns_, rows_;
  std::vector<uint8_t> rgb_;
};

}  // namespace nmsw::datasets
