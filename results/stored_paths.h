#pragma once

#include <filesystem>
#include <string>

namespace nmsw::results {

/// Paths in a database are relative to its folder, so that the folder can be moved with what lies
/// beside the database. Files of version 3 and older hold paths as they were given: absolute, or
/// relative to the folder that the program was started in.

/// A file as the database keeps it: relative to the database's folder where both are below one
/// folder other than the root, else absolute. path: absolute, or relative to the current folder.
std::string stored_path(const std::filesystem::path& path, const std::filesystem::path& database);

/// The other way round, absolute: the file beside the database, or, where none is there, the path
/// as it stands if that is a file. Where neither is, the place beside the database.
std::filesystem::path full_path(const std::string& stored, const std::filesystem::path& database);

}  // namespace nmsw::results
