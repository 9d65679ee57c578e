#include "nmsw/base/atomic_file.h"

#include <fcntl.h>
#include <unistd.h>

#include <atomic>
#include <fstream>
#include <iterator>

#include "nmsw/base/error.h"

namespace nmsw {
namespace {

namespace fs = std::filesystem;

void sync_to_disk(const fs::path& file) {
  const int descriptor = ::open(file.c_str(), O_RDONLY);
  if (descriptor < 0) return;
  ::fsync(descriptor);
  ::close(descriptor);
}

fs::path temporary_beside(const fs::path& target) {
  static std::atomic<int> counter{0};
  return target.parent_path() /
         fmt::format(".tmp-{}-{}-{}", ::getpid(), counter++, target.filename().string());
}

class TemporaryFile {
 public:
  explicit TemporaryFile(fs::path path) : path_(std::move(path)) {}
  TemporaryFile(const TemporaryFile&) = delete;
  TemporaryFile& operator=(const TemporaryFile&) = delete;
  ~TemporaryFile() {
    std::error_code ignored;
    fs::remove(path_, ignored);
  }
  const fs::path& path() const { return path_; }

 private:
  fs::path path_;
};

/// In memory that is taken once: a fresh page can cost more than reading it.
template <class Content>
Content content_of(const fs::path& file) {
  std::ifstream in(file, std::ios::binary);
  if (!in || fs::is_directory(file)) {
    throw DataError("{}: cannot be read; check that the file exists and is readable",
                    file.string());
  }
  Content content;
  std::error_code unsized;  // a pipe
  const uintmax_t size = fs::file_size(file, unsized);
  if (!unsized) {
    content.resize(size);
    in.read(content.data(), static_cast<std::streamsize>(size));
    content.resize(static_cast<size_t>(in.gcount()));
  }
  if (in) content.insert(content.end(), std::istreambuf_iterator<char>(in), {});
  return content;
}

}  // namespace

void require_writable(const fs::path& target) {
  const fs::path absolute = fs::absolute(target);
  std::error_code error;
  fs::path folder = absolute.parent_path();
  while (!fs::exists(folder, error) && folder.has_relative_path()) folder = folder.parent_path();
  if (!absolute.has_filename() || fs::is_directory(absolute, error) ||
      !fs::is_directory(folder, error) || ::access(folder.c_str(), W_OK) != 0) {
    throw DataError("{}: cannot be written; choose a file name in a writable folder",
                    target.string());
  }
}

void write_atomically(const fs::path& target, const std::function<void(const fs::path&)>& write) {
  require_writable(target);
  const fs::path absolute = fs::absolute(target);
  std::error_code error;
  fs::create_directories(absolute.parent_path(), error);
  if (error) {
    throw DataError("{}: cannot make its folder ({}); choose a writable place", target.string(),
                    error.message());
  }
  const TemporaryFile temporary(temporary_beside(absolute));
  write(temporary.path());
  sync_to_disk(temporary.path());
  fs::rename(temporary.path(), absolute, error);
  if (error) {
    throw DataError("{}: cannot be written ({}); choose a writable place", target.string(),
                    error.message());
  }
  sync_to_disk(absolute.parent_path());
}

void write_text_atomically(const fs::path& target, std::string_view text) {
  write_atomically(target, [&](const fs::path& temporary) {
    std::ofstream out(temporary, std::ios::binary);
    out.write(text.data(), static_cast<std::streamsize>(text.size()));
    out.flush();
    if (!out)
      throw DataError("{}: cannot be written (disk full?); free some space", target.string());
  });
}

std::string read_file(const fs::path& file) { return content_of<std::string>(file); }

std::vector<char> read_bytes(const fs::path& file) { return content_of<std::vector<char>>(file); }

}  // namespace nmsw
