#include "datasets/dicom/mapped_file.h"

#include <cerrno>
#include <cstring>
#include <new>

#include <fcntl.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include "nmsw/base/error.h"

namespace nmsw::datasets {

MappedFile::MappedFile(const std::string& file) {
  const int descriptor = ::open(file.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY);
  if (descriptor < 0) {
    throw DataError("{}: cannot be read ({}); make it readable, or take it out of the folder", file,
                    std::strerror(errno));
  }
  struct stat state {};
  const bool is_regular = ::fstat(descriptor, &state) == 0 && S_ISREG(state.st_mode);
  const auto size = static_cast<size_t>(state.st_size);
  void* start = nullptr;
  if (is_regular && size > 0) start = ::mmap(nullptr, size, PROT_READ, MAP_PRIVATE, descriptor, 0);
  ::close(descriptor);
  if (!is_regular) throw DataError("{}: is no regular file; take it out of the folder", file);
  if (start == MAP_FAILED) throw std::bad_alloc();
  bytes_ = {static_cast<const char*>(start), size};
}

MappedFile::~MappedFile() {
  if (!bytes_.empty()) ::munmap(const_cast<char*>(bytes_.data()), bytes_.size());
}

}  // namespace nmsw::datasets
