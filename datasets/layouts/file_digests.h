#pragma once

#include <cstdint>
#include <filesystem>
#include <functional>
#include <map>
#include <mutex>
#include <string>
#include <vector>

namespace nmsw::datasets {

/// SHA-256 of files' contents, read once: a digest is known again while path, size, inode and times
/// of change stay the same. With a file to keep them in, later programs know them too; the file is
/// replaced as a whole, and what several programs find at the same time is brought together. A file
/// that changed less than two seconds ago is read again next time, since another change might leave
/// the same times. All functions may be called by several threads.
class FileDigests {
 public:
  using Tell = std::function<void(const std::string& note)>;

  /// `kept_in`: empty keeps them in memory alone; one that is absent or damaged holds nothing.
  /// `tell` is told what takes long or cannot be kept. `now_ns`: nanoseconds since 1970, the
  /// system's clock where empty.
  explicit FileDigests(std::filesystem::path kept_in = {}, Tell tell = {},
                       std::function<int64_t()> now_ns = {});
  FileDigests(const FileDigests&) = delete;
  FileDigests& operator=(const FileDigests&) = delete;
  ~FileDigests();

  /// 64 hexadecimal digits. Throws DataError for a file that cannot be read.
  std::string of(const std::filesystem::path& file);

  /// Says how much `of` will have to read of these files where that takes a while. `what` names
  /// them.
  void announce(const std::vector<std::filesystem::path>& files, const std::string& what);

  /// Keeps what has been found so far. One that cannot be written is told and costs nothing else.
  void save();

 private:
  /// What stays the same while nobody changes a file.
  struct Stamp {
    int64_t bytes = 0;
    int64_t modified_ns = 0;
    int64_t changed_ns = 0;
    uint64_t inode = 0;
    bool operator==(const Stamp& other) const;
  };
  struct Entry {
    Stamp stamp;
    std::string digest;
  };
  using Entries = std::map<std::string, Entry>;

  static Stamp stamp_of(const std::filesystem::path& file);
  static Entries read(const std::filesystem::path& kept_in);
  static std::string text_of(const Entries& entries);
  bool knows(const std::string& path, const Stamp& stamp) const;
  void save_locked();

  std::filesystem::path kept_in_;
  Tell tell_;
  std::function<int64_t()> now_ns_;
  std::mutex guard_;
  Entries known_, added_;
  int64_t unsaved_bytes_ = 0;
};

}  // namespace nmsw::datasets
