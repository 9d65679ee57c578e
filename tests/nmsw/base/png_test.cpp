#include "nmsw/base/png.h"

#include <array>

#include <gtest/gtest.h>
#include <zlib.h>

#include "tests/support/expect_error.h"

namespace nmsw {
namespace {

uint32_t big_endian(const std::string& bytes, size_t at) {
  uint32_t value = 0;
  for (size_t i = 0; i < 4; ++i) value = value << 8U | static_cast<unsigned char>(bytes[at + i]);
  return value;
}

/// The CRC of the PNG specification's appendix, bit by bit.
uint32_t crc_of(const std::string& bytes) {
  uint32_t crc = 0xffffffffU;
  for (const char byte : bytes) {
    crc ^= static_cast<unsigned char>(byte);
    for (int bit = 0; bit < 8; ++bit) crc = (crc & 1U) != 0 ? 0xedb88320U ^ crc >> 1U : crc >> 1U;
  }
  return ~crc;
}

struct Chunk {
  std::string type, content;
};

std::vector<Chunk> chunks_of(const std::string& bytes) {
  EXPECT_EQ(bytes.substr(0, 8), "\x89PNG\r\n\x1a\n");
  std::vector<Chunk> chunks;
  for (size_t at = 8; at + 12 <= bytes.size();) {
    const size_t length = big_endian(bytes, at);
    const std::string checked = bytes.substr(at + 4, 4 + length);
    EXPECT_EQ(big_endian(bytes, at + 8 + length), crc_of(checked));
    chunks.push_back({checked.substr(0, 4), checked.substr(4)});
    at += 12 + length;
  }
  return chunks;
}

std::string inflated(const std::string& bytes, size_t size) {
  std::string out(size + 1, '\0');  // one more, so that a longer stream is seen
  uLongf length = out.size();
  EXPECT_EQ(uncompress(reinterpret_cast<Bytef*>(out.data()), &length,
                       reinterpret_cast<const Bytef*>(bytes.data()), bytes.size()),
            Z_OK);
  out.resize(length);
  return out;
}

TEST(Png, HoldsThePixelsAsTheSpecificationSays) {
  std::vector<uint8_t> rgb;
  for (int i = 0; i < 5 * 3 * 3; ++i) rgb.push_back(static_cast<uint8_t>(i * 7 % 256));
  const auto chunks = chunks_of(png_bytes(5, 3, rgb));
  ASSERT_EQ(chunks.size(), 3u);
  EXPECT_EQ(chunks[0].type, "IHDR");
  ASSERT_EQ(chunks[0].content.size(), 13u);
  EXPECT_EQ(big_endian(chunks[0].content, 0), 5u);
  EXPECT_EQ(big_endian(chunks[0].content, 4), 3u);
  EXPECT_EQ(chunks[0].content.substr(8), std::string("\x08\x02\0\0\0", 5));
  EXPECT_EQ(chunks[1].type, "IDAT");
  const std::string lines = inflated(chunks[1].content, 3 * (1 + 15));
  ASSERT_EQ(lines.size(), 3u * (1 + 15));
  for (size_t row = 0; row < 3; ++row) {
    EXPECT_EQ(lines[row * 16], 0) << "no filter";
    for (size_t i = 0; i < 15; ++i)
      EXPECT_EQ(static_cast<uint8_t>(lines[row * 16 + 1 + i]), rgb[row * 15 + i]);
  }
  EXPECT_EQ(chunks[2].type, "IEND");
  EXPECT_EQ(chunks[2].content, "");
}

TEST(Png, AnotherNumberOfBytesIsRefused) {
  for (const auto& [columns, rows, bytes] :
       std::vector<std::array<uint32_t, 3>>{{2, 2, 11}, {0, 2, 0}, {2, 0, 0}}) {
    testing::expect_error<ShapeError>(
        [&, c = columns, r = rows, b = bytes] { png_bytes(c, r, std::vector<uint8_t>(b)); },
        {"picture"});
  }
}

TEST(Png, OfAPaletteHoldsIndicesColoursAndHowOpaqueTheyAre) {
  const auto chunks = chunks_of(palette_png_bytes(2, 2, {0, 1, 1, 0}, {0x00112233, 0x80445566}));
  ASSERT_EQ(chunks.size(), 5u);
  EXPECT_EQ(chunks[0].content.substr(8), std::string("\x08\x03\0\0\0", 5));
  EXPECT_EQ(chunks[1].type + chunks[1].content, "PLTE\x11\x22\x33\x44\x55\x66");
  EXPECT_EQ(chunks[2].type + chunks[2].content, std::string("tRNS\0\x80", 6));
  EXPECT_EQ(inflated(chunks[3].content, 6), std::string("\0\0\1\0\1\0", 6));
  EXPECT_EQ(chunks_of(palette_png_bytes(1, 1, {0}, {0xff112233})).size(), 4u)
      << "opaque colours need no tRNS";
}

TEST(Png, OfAPaletteRefusesAnIndexBeyondItsColours) {
  testing::expect_error<ShapeError>([] { palette_png_bytes(1, 1, {1}, {0xff000000}); },
                                    {"index 1"});
  testing::expect_error<ShapeError>([] { palette_png_bytes(2, 1, {0}, {0xff000000}); },
                                    {"2 x 1 pixels"});
}

}  // namespace
}  // namespace nmsw
