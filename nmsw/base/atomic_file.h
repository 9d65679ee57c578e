#pragma once

#include <filesystem>
#include <functional>
#include <string_view>
#include <vector>

namespace nmsw {

/// Writes a file whole or not at all: `write` fills a temporary file beside the target (same
/// ending, so that writers which look at the ending work), which is then synced and renamed over
/// it. The parent folder is made, and what dead processes left in it is removed. The temporary file
/// has a name that cannot be guessed and is new: no link that somebody laid there is followed.
/// Throws DataError naming the target when it cannot be written or synced; the old file, if any, is
/// untouched unless the message says otherwise.
void write_atomically(const std::filesystem::path& target,
                      const std::function<void(const std::filesystem::path& temporary)>& write);

/// The same for text or bytes at hand.
void write_text_atomically(const std::filesystem::path& target, std::string_view text);

/// Throws the DataError of write_atomically where a target could not be written, and leaves nothing
/// behind: for what is written only after long work.
void require_writable(const std::filesystem::path& target);

/// A whole file as bytes. Throws DataError when it cannot be read.
std::string read_file(const std::filesystem::path& file);
std::vector<char> read_bytes(const std::filesystem::path& file);

}  // namespace nmsw
