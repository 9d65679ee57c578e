#pragma once

#include <string>
#include <string_view>

#include "datasets/formats/gzip_member.h"

namespace nmsw::datasets {

/// Decompresses a whole gzip file held in memory, all members to their ends with checksum and
/// length verified; by all threads where the members say how long they are. Throws DataError naming
/// `file` for a truncated or damaged stream.
std::string gunzip(std::string_view bytes, const std::string& file);

/// The first `count` decompressed bytes, fewer where the first member ends before; the checksum is
/// not looked at. `bytes` may be the beginning of a file alone. Throws as gunzip.
std::string gunzip_beginning(std::string_view bytes, size_t count, const std::string& file);

/// Decompresses one zlib or gzip stream at the beginning of the bytes, checksum verified. Throws as
/// gunzip.
std::string inflate_stream(std::string_view bytes, const std::string& file);

/// Compresses to one gzip member without a time stamp, by all threads; equal input gives equal
/// bytes.
std::string gzip(std::string_view bytes);

}  // namespace nmsw::datasets
