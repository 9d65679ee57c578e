#include "datasets/exports/png.h"

#include <new>

#include <zlib.h>

#include "nmsw/base/error.h"

namespace nmsw::datasets {
namespace {

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
  if (compress(reinterpret_cast<Bytef*>(out.data()), &size,
               reinterpret_cast<const Bytef*>(bytes.data()),
               static_cast<uLong>(bytes.size())) != Z_OK)
    throw std::bad_alloc();
  out.resize(size);
  return out;
}

}  // namespace

std::string png_bytes(uint32_t columns, uint32_t rows, const std::vector<uint8_t>& rgb) {
  if (columns == 0 || rows == 0 || rgb.size() != size_t{3} * columns * rows) {
    throw ShapeError("{} bytes for a picture of {} x {} pixels", rgb.size(), columns, rows);
  }
  std::string header;
  append_big_endian(columns, header);
  append_big_endian(rows, header);
  header += std::string("\x08\x02\0\0\0", 5);  // 8 bits, colours, the only methods, not interlaced
  std::string lines;
  const size_t line = size_t{3} * columns;
  for (size_t row = 0; row < rows; ++row) {
    lines += '\0';  // no filter
    lines.append(reinterpret_cast<const char*>(rgb.data()) + row * line, line);
  }
  std::string bytes = "\x89PNG\r\n\x1a\n";
  append_chunk("IHDR", header, bytes);
  append_chunk("IDAT", deflated(lines), bytes);
  append_chunk("IEND", "", bytes);
  return bytes;
}

}  // namespace nmsw::datasets
