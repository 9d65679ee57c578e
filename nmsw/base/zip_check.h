#pragma once

#include <map>
#include <string>
#include <string_view>

namespace nmsw {

/// Whether the bytes begin as a ZIP archive does.
bool is_zip(std::string_view bytes);

/// Compares the CRC-32 of every file of a ZIP archive (APPNOTE 6.3) with its contents, since
/// LibTorch's reader does not; with ZIP64, stored or deflated. Files that share bytes, or that
/// would inflate to more than four times the archive and 64 MiB, are a fault, so that the work is
/// bounded by the archive's size. Returns what is wrong, empty where all is right. Never throws but
/// for lack of memory. Thread-safe.
std::string zip_fault(std::string_view bytes);

/// The files of an archive without a fault that are stored as they are, by name; their bytes stay
/// where they are. Compressed ones are left out. Thread-safe.
std::map<std::string, std::string_view> stored_files(std::string_view archive);

}  // namespace nmsw
