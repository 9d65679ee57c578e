#pragma once

#include <unistd.h>

#include <filesystem>
#include <string>

#include "nmsw/base/error.h"

namespace nmsw::results {

/// A new folder on a local disk (TMPDIR), gone with the object. Throws DataError.
class ScratchFolder {
 public:
  ScratchFolder() {
    std::string pattern = (std::filesystem::temp_directory_path() / "nmsw-XXXXXX").string();
    if (::mkdtemp(pattern.data()) == nullptr)
      throw DataError("{}: cannot be made; set TMPDIR to a folder that can be written", pattern);
    path_ = pattern;
  }
  ScratchFolder(const ScratchFolder&) = delete;
  ScratchFolder& operator=(const ScratchFolder&) = delete;
  ~ScratchFolder() {
    std::error_code ignored;
    std::filesystem::remove_all(path_, ignored);
  }

  const std::filesystem::path& path() const { return path_; }

 private:
  std::filesystem::path path_;
};

}  // namespace nmsw::results
