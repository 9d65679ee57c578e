#include "results/folder_lock.h"

#include <fcntl.h>

#include "nmsw/base/error.h"

namespace nmsw::results {
namespace {

std::filesystem::path folder_of(const std::filesystem::path& file) {
  return std::filesystem::absolute(file).parent_path();
}

}  // namespace

FolderLock::FolderLock(const std::filesystem::path& file, const Waiting& waiting)
    : descriptor_(::open(folder_of(file).c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC)) {
  if (!descriptor_.is_open()) return;
  if (lock_descriptor(descriptor_.number(), folder_of(file).string(), waiting)) return;
  throw DataError(
      "{}: another program has held this folder for {} s, so that {} cannot be opened for writing; "
      "end that program (lsof names it), or name a database in another folder with --db",
      folder_of(file).string(), waiting.limit_ms / 1000.0, file.filename().string());
}

}  // namespace nmsw::results
