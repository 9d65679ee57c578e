#pragma once

#include <cstdint>
#include <string>
#include <vector>

namespace nmsw {

/// A PNG file of 8-bit red, green and blue. `rgb` holds three bytes a pixel, row by row from the
/// top. Throws ShapeError for another number of bytes or an empty picture.
std::string png_bytes(uint32_t columns, uint32_t rows, const std::vector<uint8_t>& rgb);

/// A PNG file of at most 256 colours, 0xaarrggbb with alpha 255 opaque. `indices` holds a byte a
/// pixel, row by row from the top. Throws ShapeError for another number of bytes, an empty picture,
/// no colour, too many, or an index beyond the colours.
std::string palette_png_bytes(uint32_t columns, uint32_t rows, const std::vector<uint8_t>& indices,
                              const std::vector<uint32_t>& colours_argb);

}  // namespace nmsw
