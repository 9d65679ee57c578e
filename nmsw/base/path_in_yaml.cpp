#include "nmsw/base/path_in_yaml.h"

namespace nmsw {

namespace fs = std::filesystem;

fs::path path_in_yaml(const std::string& path, const std::optional<fs::path>& beside,
                      const std::string& where) {
  const fs::path plain(path);
  if (path.empty() || plain.is_absolute() || !beside) return plain;
  const fs::path own = fs::absolute(*beside / plain).lexically_normal();
  std::error_code ignored;
  const bool own_there = fs::exists(own, ignored), plain_there = fs::exists(plain, ignored);
  if (own_there && plain_there && !fs::equivalent(own, plain, ignored)) {
    throw ConfigError(
        "{}: '{}' is there beside this file ({}) and in the working directory ({}), and they are "
        "not the same; write the whole path",
        where, path, own.string(), fs::absolute(plain).string());
  }
  return plain_there ? plain : own;
}

fs::path path_in_yaml(const ConfigNode& node) {
  return path_in_yaml(node.scalar(), node.folder(), node.where());
}

}  // namespace nmsw
