#pragma once

#include <string>
#include <string_view>

namespace nmsw::datasets {

/// Deflated Explicit VR Little Endian (PS3.5 A.5): the data set is one raw deflate stream (RFC 1951).
inline constexpr std::string_view kDeflatedSyntax = "1.2.840.10008.1.2.1.99";

/// Inflates such a stream into `inflated`; what follows it is padding. Returns what is wrong with
/// it, where it is cut, damaged or holds more than `most_bytes`; empty: nothing.
std::string inflate_raw(std::string_view deflated, size_t most_bytes, std::string& inflated);

}  // namespace nmsw::datasets
