#pragma once

#include <filesystem>
#include <string>
#include <string_view>

namespace nmsw {

/// Whether a file's name is that of a temporary file of this program, which nobody is to read.
bool is_temporary_name(std::string_view name);

/// Whether versions before PLACE was part of the name made it: `.tmp-PID-COUNT-NAME`.
bool is_earlier_temporary_name(std::string_view name);

/// A name beside `target` with the same ending that nobody can guess: `.tmp-PLACE-PID-RANDOM-NAME`.
/// PLACE stands for the machine, its start and its process namespace, so that PID means something;
/// of a long NAME the end alone is kept, as file systems allow 255 bytes.
std::filesystem::path new_temporary_name(const std::filesystem::path& target);

/// Removes what processes that died while writing left in a folder: temporary files of this place
/// whose process is gone, and those nobody has written to for four hours, because of other machines that
/// share the folder, and of earlier starts of this one, nobody knows who lives. Leaves the rest,
/// and never fails.
void remove_abandoned_temporaries(const std::filesystem::path& folder);

}  // namespace nmsw
