#pragma once

#include <cstddef>
#include <memory>
#include <string_view>

struct libdeflate_decompressor;

namespace nmsw::datasets {

/// Whether the bytes begin as a gzip stream.
bool is_gzip(std::string_view bytes);

/// The number whose `count` bytes begin at `at`, the lowest first, as gzip writes all of its own.
size_t little_endian(std::string_view bytes, size_t at, size_t count);

/// Bytes behind a member's data: its checksum and, in the last four, its length modulo 2^32.
inline constexpr size_t kGzipTrailerBytes = 8;

/// Decompresses members whose length is known. By libdeflate, which needs little more than half of
/// zlib's time, but cannot tell what is wrong with a member.
class MemberInflater {
 public:
  MemberInflater();
  /// The compressed bytes that the member took, checksum verified; 0 where it is damaged or does
  /// not hold exactly `size` bytes, and without memory.
  size_t inflate(std::string_view bytes, char* to, size_t size) const;

 private:
  std::unique_ptr<libdeflate_decompressor, void (*)(libdeflate_decompressor*)> held_;
};

}  // namespace nmsw::datasets
