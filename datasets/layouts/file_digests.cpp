#include "datasets/layouts/file_digests.h"

#include <fcntl.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include <chrono>
#include <fstream>
#include <sstream>

#include "nmsw/base/atomic_file.h"
#include "nmsw/base/digest.h"
#include "nmsw/base/error.h"
#include "nmsw/base/file_descriptor.h"
#include "nmsw/base/waiting.h"

namespace nmsw::datasets {
namespace {

namespace fs = std::filesystem;

/// First line of the file; another one is a file of another version, and holds nothing for this
/// one.
constexpr const char* kFormat = "nmsw file digests 1";
constexpr int64_t kNanoseconds = 1'000'000'000;
constexpr int64_t kSettled = 2 * kNanoseconds;
/// What is read without a word, and after how much the digests are kept in case of an interruption.
constexpr int64_t kQuietBytes = int64_t{256} << 20;
constexpr int64_t kSaveEvery = int64_t{4} << 30;

int64_t nanoseconds(const timespec& time) {
  return int64_t{time.tv_sec} * kNanoseconds + int64_t{time.tv_nsec};
}

int64_t system_now_ns() {
  return std::chrono::duration_cast<std::chrono::nanoseconds>(
             std::chrono::system_clock::now().time_since_epoch())
      .count();
}

std::string path_key(const fs::path& file) {
  return fs::absolute(file).lexically_normal().string();
}

/// Held while the file is read, added to and replaced, so that no program's digests are lost.
class SaveLock {
 public:
  explicit SaveLock(const fs::path& kept_in)
      : descriptor_(
            ::open((kept_in.string() + ".lock").c_str(), O_CREAT | O_RDWR | O_CLOEXEC, 0644)) {
    if (descriptor_.is_open() && !lock_descriptor(descriptor_.number(), kept_in.string(), {})) {
      throw DataError(
          "{}: another program has held it for a minute; end that program (lsof names it)",
          kept_in.string() + ".lock");
    }
  }

 private:
  FileDescriptor descriptor_;
};

}  // namespace

bool FileDigests::Stamp::operator==(const Stamp& other) const {
  return bytes == other.bytes && modified_ns == other.modified_ns &&
         changed_ns == other.changed_ns && inode == other.inode;
}

FileDigests::Stamp FileDigests::stamp_of(const fs::path& file) {
  struct stat found {};
  if (::stat(file.c_str(), &found) != 0 || !S_ISREG(found.st_mode)) {
    throw DataError("{}: cannot be read; check that the file is there and readable", file.string());
  }
  return {static_cast<int64_t>(found.st_size), nanoseconds(found.st_mtim),
          nanoseconds(found.st_ctim), static_cast<uint64_t>(found.st_ino)};
}

FileDigests::Entries FileDigests::read(const fs::path& kept_in) {
  Entries entries;
  std::ifstream in(kept_in);
  std::string line;
  if (!std::getline(in, line) || line != kFormat) return entries;
  while (std::getline(in, line)) {
    std::istringstream words(line);
    Entry entry;
    std::string path;
    words >> entry.digest >> entry.stamp.bytes >> entry.stamp.modified_ns >>
        entry.stamp.changed_ns >> entry.stamp.inode;
    words.ignore(1);
    if (entry.digest.size() == 64 && std::getline(words, path) && !path.empty())
      entries[path] = std::move(entry);
  }
  return entries;
}

std::string FileDigests::text_of(const Entries& entries) {
  std::string text = std::string(kFormat) + '\n';
  for (const auto& [path, entry] : entries) {
    const Stamp& s = entry.stamp;
    text += fmt::format("{} {} {} {} {} {}\n", entry.digest, s.bytes, s.modified_ns, s.changed_ns,
                        s.inode, path);
  }
  return text;
}

FileDigests::FileDigests(fs::path kept_in, Tell tell, std::function<int64_t()> now_ns)
    : kept_in_(std::move(kept_in)),
      tell_(std::move(tell)),
      now_ns_(now_ns ? std::move(now_ns) : system_now_ns) {
  if (!kept_in_.empty()) known_ = read(kept_in_);
}

FileDigests::~FileDigests() {
  try {
    save();
  } catch (const std::exception&) {
    // They are only lost for the next program, which reads the files again.
    return;
  }
}

bool FileDigests::knows(const std::string& path, const Stamp& stamp) const {
  const auto found = known_.find(path);
  return found != known_.end() && found->second.stamp == stamp;
}

std::string FileDigests::of(const fs::path& file) {
  const std::string path = path_key(file);
  const Stamp before = stamp_of(file);
  {
    const std::lock_guard lock(guard_);
    if (knows(path, before)) return known_.at(path).digest;
  }
  std::string digest = sha256_file(file);
  const Stamp after = stamp_of(file);
  const bool settled =
      before == after && now_ns_() - std::max(after.modified_ns, after.changed_ns) > kSettled;
  // A line holds one path.
  if (!settled || path.find('\n') != std::string::npos) return digest;
  const std::lock_guard lock(guard_);
  known_[path] = added_[path] = {after, digest};
  unsaved_bytes_ += after.bytes;
  if (unsaved_bytes_ > kSaveEvery) save_locked();
  return digest;
}

void FileDigests::announce(const std::vector<fs::path>& files, const std::string& what) {
  if (!tell_) return;
  int64_t bytes = 0, count = 0;
  for (const fs::path& file : files) {
    const Stamp stamp = stamp_of(file);
    const std::lock_guard lock(guard_);
    if (knows(path_key(file), stamp)) continue;
    bytes += stamp.bytes;
    ++count;
  }
  if (bytes < kQuietBytes) return;
  tell_(
      fmt::format("reading {} files ({:.1f} GiB) of {} to know their contents; once, and again "
                  "where one changes",
                  count, static_cast<double>(bytes) / (int64_t{1} << 30), what));
}

void FileDigests::save() {
  const std::lock_guard lock(guard_);
  save_locked();
}

void FileDigests::save_locked() {
  unsaved_bytes_ = 0;
  if (kept_in_.empty() || added_.empty()) return;
  try {
    if (kept_in_.has_parent_path()) fs::create_directories(kept_in_.parent_path());
    const SaveLock alone(kept_in_);
    Entries entries = read(kept_in_);
    for (const auto& [path, entry] : added_) entries[path] = entry;
    write_text_atomically(kept_in_, text_of(entries));
  } catch (const std::exception& fault) {
    if (tell_) tell_(fmt::format("the digests of the data's files are not kept: {}", fault.what()));
  }
  added_.clear();
}

}  // namespace nmsw::datasets
