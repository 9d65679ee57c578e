#pragma once

#include <cstdint>
#include <filesystem>
#include <string>
#include <string_view>
#include <vector>

#include "datasets/formats/voxel_type.h"

namespace nmsw::datasets {

/// What may follow the last voxel in a compressed stream: more is not decompressed.
inline constexpr size_t kMostTailBytes = size_t{1} << 20;

/// Refuses, before anything is decompressed, a stream that is too short for what the header
/// promises: deflate makes at most 1032 bytes of one. Throws DataError naming `file`.
void require_expandable(size_t packed_bytes, int64_t promised_bytes, const std::string& file);

/// The voxels at the beginning of `bytes`. What follows them leaves a line in `notes`. Throws
/// DataError naming `file` where there are fewer than promised.
std::string_view promised_voxels(std::string_view bytes, int64_t promised_bytes,
                                 const std::string& file, std::vector<std::string>& notes);

/// Voxels written as decimal numbers between white space or commas. Throws DataError naming `file`
/// for fewer than promised and for what is no number of that type.
std::vector<float> text_voxels(std::string_view text, VoxelType type, int64_t count,
                               const std::string& file, std::vector<std::string>& notes);

/// The bytes that pairs of hexadecimal digits stand for, white space left out. Throws DataError
/// naming `file` for fewer than promised and for any other character.
std::string hex_bytes(std::string_view text, int64_t promised_bytes, const std::string& file);

/// The file beside `header` that its voxels are in. A plain file name only, as a header may come
/// from anywhere: no folder, no pattern or list of several files, not the header itself. Throws
/// DataError naming `header` for anything else and for a file that is absent.
std::filesystem::path voxel_file_of(const std::filesystem::path& header, const std::string& name);

}  // namespace nmsw::datasets
