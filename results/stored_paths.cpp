#include "results/stored_paths.h"

namespace nmsw::results {
namespace {

namespace fs = std::filesystem;

/// Absolute, with every link followed as far as the path exists; as it stands if that fails.
fs::path real_path(const fs::path& path) {
  std::error_code error;
  const fs::path absolute = fs::absolute(path);
  const fs::path real = fs::weakly_canonical(absolute, error);
  return error ? absolute.lexically_normal() : real;
}

fs::path top_folder(const fs::path& absolute) {
  const fs::path below = absolute.relative_path();
  return below.empty() ? fs::path() : *below.begin();
}

}  // namespace

std::string stored_path(const fs::path& path, const fs::path& database) {
  const fs::path target = fs::absolute(path).lexically_normal();
  const fs::path folder = fs::absolute(database).lexically_normal().parent_path();
  const fs::path as_named = target.lexically_relative(folder);
  // A link among the folders changes what `..` means; then the real places count.
  if (top_folder(target) == top_folder(folder) && real_path(folder / as_named) == real_path(path))
    return as_named.string();
  const fs::path real_target = real_path(path), real_folder = real_path(folder);
  if (top_folder(real_target) == top_folder(real_folder))
    return real_target.lexically_relative(real_folder).string();
  return target.string();
}

fs::path full_path(const std::string& stored, const fs::path& database) {
  const fs::path path(stored);
  if (path.is_absolute()) return path;
  std::error_code error;
  const fs::path beside = real_path(fs::absolute(database).parent_path() / path);
  if (fs::exists(beside, error) || !fs::exists(path, error)) return beside;
  return fs::absolute(path).lexically_normal();
}

}  // namespace nmsw::results
