#include "nmsw/base/atomic_file.h"

#include <cerrno>
#include <cstring>
#include <fstream>
#include <iterator>
#include <mutex>
#include <set>

#include <fcntl.h>
#include <unistd.h>

#include "nmsw/base/error.h"
#include "nmsw/base/file_descriptor.h"
#include "nmsw/base/temporary_name.h"

namespace nmsw {
namespace {

namespace fs = std::filesystem;

[[noreturn]] void fail_for_room(const fs::path& target) {
  throw StorageFull(
      "{}: there is no room left on its disk; make room and run the same command again",
      target.string());
}

[[noreturn]] void fail(const fs::path& target, const char* what, int error) {
  if (error == ENOSPC || error == EDQUOT) fail_for_room(target);
  throw DataError("{}: {} ({}); check the free space, or choose another place", target.string(),
                  what, std::strerror(error));
}

/// A file that nobody else can have laid there: neither another's file nor a link to one is
/// opened, and the name cannot be guessed. Removed when the object goes.
class TemporaryFile {
 public:
  explicit TemporaryFile(const fs::path& target)
      : target_(target),
        path_(new_temporary_name(target)),
        file_(::open(path_.c_str(), O_RDWR | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0666)) {
    if (file_.number() < 0) fail(target_, "cannot be written", errno);
  }
  TemporaryFile(const TemporaryFile&) = delete;
  TemporaryFile& operator=(const TemporaryFile&) = delete;
  ~TemporaryFile() {
    std::error_code ignored;
    fs::remove(path_, ignored);
  }
  const fs::path& path() const { return path_; }

  /// Some writers put another file in its place, which must then be a file of ours, no link.
  void sync() const {
    const FileDescriptor written(::open(path_.c_str(), O_RDONLY | O_NOFOLLOW | O_CLOEXEC));
    if (written.number() < 0 || ::fsync(written.number()) != 0)
      fail(target_, "cannot be written", errno);
  }

 private:
  fs::path target_, path_;
  FileDescriptor file_;
};

/// A disk with less is full, whatever a writer's error says.
constexpr uintmax_t kLeastRoom = 1 << 20;

/// Makes the renaming last. Some network file systems know no sync of folders.
void sync_folder(const fs::path& target) {
  const FileDescriptor folder(
      ::open(target.parent_path().c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
  if (folder.number() < 0 || ::fsync(folder.number()) == 0) return;
  if (errno != EINVAL && errno != ENOTSUP && errno != EROFS && errno != EBADF)
    fail(target, "is written, but its folder cannot be synced", errno);
}

/// Once a folder and process: a listing can be long.
void clear_folder_once(const fs::path& folder) {
  static std::mutex mutex;
  static std::set<fs::path> cleared;
  {
    const std::lock_guard<std::mutex> lock(mutex);
    if (!cleared.insert(folder).second) return;
  }
  remove_abandoned_temporaries(folder);
}

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
  clear_folder_once(absolute.parent_path());
  const TemporaryFile temporary(absolute);
  errno = 0;
  try {
    write(temporary.path());
  } catch (const DataError&) {
    // Streams do not say why; the file is still there and takes the room.
    const fs::space_info space = fs::space(absolute.parent_path(), error);
    const bool no_room = !error && space.available < kLeastRoom;
    if (errno == ENOSPC || errno == EDQUOT || no_room) fail_for_room(target);
    throw;
  }
  temporary.sync();
  fs::rename(temporary.path(), absolute, error);
  if (error) fail(target, "cannot be written", error.value());
  sync_folder(absolute);
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
