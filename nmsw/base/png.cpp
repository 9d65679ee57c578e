#include "nmsw/base/png.h"

#include <algorithm>
#include <new>

#include <zlib.h>

#include "nmsw/base/error.h"

namespace nmsw {
namespace {

constexpr size_t kMostColours = 256;

void append_big_endian(uint32_t value, std::string& bytes) {
  for (const unsigned shift : {24U, 16U, 8U, 0U}) bytes += static_cast<char>(value >> shift & 255U);
}

/// Length, type, content and the checksum of type and content.
void append_chunk(const std::string& type, const std::string& content, std::string& bytes) {
  append_big_endian(static_cast<uint32_t>(content.size()), bytes);
  const std::string checked = type + content;
  bytes += checked;
  append_big_endian(static_cast<uint32_t>(
                        crc32_z(0, reinterpret_cast<const Bytef*>(checked.data()), checked.size())),
                    bytes);
}

std::string deflated(const std::string& bytes) {
  uLongf size = compressBound(static_cast<uLong>(bytes.size()));
  std::string out(size, '\0');
  if (compress2(reinterpret_cast<Bytef*>(out.data()), &size,
                reinterpret_cast<const Bytef*>(bytes.data()), static_cast<uLong>(bytes.size()),
                Z_BEST_COMPRESSION) != Z_OK)
    throw std::bad_alloc();
  out.resize(size);
  return out;
}

/// 8 bits, `colour_type`, the only methods, not interlaced; no line is filtered.
std::string file_of(uint32_t columns, uint32_t rows, char colour_type, const std::string& palette,
                    const std::vector<uint8_t>& pixels, size_t line) {
  std::string header;
  append_big_endian(columns, header);
  append_big_endian(rows, header);
  header += std::string{8, colour_type, 0, 0, 0};
  std::string lines;
  for (size_t row = 0; row < rows; ++row) {
    lines += '\0';
    lines.append(reinterpret_cast<const char*>(pixels.data()) + row * line, line);
  }
  std::string bytes = "\x89PNG\r\n\x1a\n";
  append_chunk("IHDR", header, bytes);
  bytes += palette;
  append_chunk("IDAT", deflated(lines), bytes);
  append_chunk("IEND", "", bytes);
  return bytes;
}

}  // namespace

std::string png_bytes(uint32_t columns, uint32_t rows, const std::vector<uint8_t>& rgb) {
  const size_t line = size_t{3} * columns;
  if (columns == 0 || rows == 0 || rgb.size() != line * rows) {
    throw ShapeError("{} bytes for a picture of {} x {} pixels", rgb.size(), columns, rows);
  }
  return file_of(columns, rows, 2, "", rgb, line);
}

std::string palette_png_bytes(uint32_t columns, uint32_t rows, const std::vector<uint8_t>& indices,
                              const std::vector<uint32_t>& colours_argb) {
  if (columns == 0 || rows == 0 || indices.size() != size_t{1} * columns * rows) {
    throw ShapeError("{} indices for a picture of {} x {} pixels", indices.size(), columns, rows);
  }
  const size_t largest = *std::max_element(indices.begin(), indices.end());
  if (colours_argb.size() > kMostColours || largest >= colours_argb.size()) {
    throw ShapeError("index {} in a picture of {} colours", largest, colours_argb.size());
  }
  std::string colours, alphas, palette;
  bool is_opaque = true;
  for (const uint32_t colour : colours_argb) {
    for (const unsigned shift : {16U, 8U, 0U}) colours += static_cast<char>(colour >> shift & 255U);
    alphas += static_cast<char>(colour >> 24U);
    is_opaque = is_opaque && colour >> 24U == 255U;
  }
  append_chunk("PLTE", colours, palette);
  if (!is_opaque) append_chunk("tRNS", alphas, palette);
  return file_of(columns, rows, 3, palette, indices, columns);
}

}  // namespace nmsw
