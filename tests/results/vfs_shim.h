#pragma once

#include <functional>
#include <string>

namespace nmsw::results::testing {

/// What SQLite asks of its files. `create` is the opening of a file that need not be there.
enum class FileAction {
  open,
  create,
  open_to_read,
  read,
  write,
  truncate,
  sync,
  lock,
  remove,
  map_shared,
  lock_shared,
};

/// What is to happen in place of an action. code: SQLITE_OK lets it be done; otherwise it is not
/// done and SQLite gets the code, except that a write stores its first half when `half` is set.
/// only_read: an opening is done, for reading alone, as on a medium that cannot be written.
struct FileFault {
  int code = 0;
  bool half = false;
  bool only_read = false;
};

/// Asked before every action. file: its path, empty for a file without a name.
using FileRule = std::function<FileFault(FileAction action, const std::string& file)>;

/// While the object lives, all connections that are opened go through the rule: SQLite's file layer
/// of this process with faults. One at a time.
class VfsShim {
 public:
  explicit VfsShim(FileRule rule);
  VfsShim(const VfsShim&) = delete;
  VfsShim& operator=(const VfsShim&) = delete;
  ~VfsShim();
};

}  // namespace nmsw::results::testing
