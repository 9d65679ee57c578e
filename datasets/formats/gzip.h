#pragma once

#include <cstddef>
#include <string>
#include <string_view>

#include "datasets/formats/gzip_member.h"

namespace nmsw::datasets {

/// Sets no bound: for bytes of one's own.
inline constexpr size_t kAnyLength = static_cast<size_t>(-1);

/// Decompresses a whole gzip file held in memory, all members to their ends with checksum and
/// length verified; by all threads where the members say how long they are. Throws DataError naming
/// `file` for a truncated or damaged stream, and as soon as it holds more than `most` bytes.
std::string gunzip(std::string_view bytes, size_t most, const std::string& file);

/// The first `count` decompressed bytes, fewer where the last member ends before; their checksum is
/// not looked at. `bytes` may be the beginning of a file alone. Throws as gunzip.
std::string gunzip_beginning(std::string_view bytes, size_t count, const std::string& file);

/// A stream and how many compressed bytes it took.
struct InflatedStream {
  std::string bytes;
  size_t taken = 0;
};

/// Decompresses one zlib or gzip stream at the beginning of the bytes, checksum verified. Throws as
/// gunzip.
InflatedStream inflate_stream(std::string_view bytes, size_t most, const std::string& file);

/// Compresses to one gzip member without a time stamp, by all threads; equal input gives equal
/// bytes.
std::string gzip(std::string_view bytes);

}  // namespace nmsw::datasets
