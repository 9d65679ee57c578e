#pragma once

#include <cstdint>
#include <string>
#include <vector>

namespace nmsw::datasets {

/// A PNG file of 8-bit red, green and blue. `rgb` holds three bytes a pixel, row by row from the
/// top. Throws ShapeError for another number of bytes or an empty picture.
std::string png_bytes(uint32_t columns, uint32_t rows, const std::vector<uint8_t>& rgb);

}  // namespace nmsw::datasets
