#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>

namespace nmsw::datasets {

/// Decompresses a gzip file whose members say how long they are, by all threads: BGZF, which bgzip
/// writes (SAM/BAM format specification, section 4.1). Checksums and lengths are verified. Nothing
/// for any other gzip file, for more than `most` bytes, and where anything is wrong with it: reading
/// it member by member finds what.
std::optional<std::string> gunzip_sized_members(std::string_view bytes, size_t most);

}  // namespace nmsw::datasets
