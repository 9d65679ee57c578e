#pragma once

#include <filesystem>

#include "nmsw/base/file_descriptor.h"
#include "nmsw/base/waiting.h"

namespace nmsw::results {

/// Held while a database is opened and made, so that two processes never change the journal mode of
/// one file at once.
class FolderLock {
 public:
  /// Takes the folder of `file`, waiting while another program has it. A folder that is not there,
  /// or whose file system has no locks, is left unlocked.
  /// throws   DataError when the waiting is over; Interrupted
  FolderLock(const std::filesystem::path& file, const Waiting& waiting);

 private:
  FileDescriptor descriptor_;
};

}  // namespace nmsw::results
