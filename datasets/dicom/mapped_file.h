#pragma once

#include <string>
#include <string_view>

namespace nmsw::datasets {

/// The bytes of a regular file, mapped read-only: of a large one only the pages that are looked at
/// are read. A file that shrinks meanwhile ends the process: for use in a child.
class MappedFile {
 public:
  /// Never waits for the other end of a pipe. Throws DataError naming the file that cannot be read
  /// or is not regular, std::bad_alloc where the memory limit forbids it.
  explicit MappedFile(const std::string& file);
  MappedFile(const MappedFile&) = delete;
  MappedFile& operator=(const MappedFile&) = delete;
  ~MappedFile();

  std::string_view bytes() const { return bytes_; }

 private:
  std::string_view bytes_;
};

}  // namespace nmsw::datasets
