#pragma once

#include <cstdint>
#include <filesystem>
#include <functional>
#include <optional>
#include <string>

#include "datasets/preparation/preprocess.h"

namespace nmsw::datasets {

/// Prepared cases on disk, one file a key. Entries appear whole or not at all, so any number of
/// threads and processes may share a folder; at worst two of them make the same case at once.
class CaseCache {
 public:
  /// The folder is made when the first entry is stored. max_bytes bounds the sum of all entries; 0
  /// stores nothing.
  CaseCache(std::filesystem::path folder, int64_t max_bytes);

  /// The stored case of that key, or what `make` returns, which is then stored. A damaged or
  /// foreign entry is made again, an entry that cannot be stored is not; both add a line to the
  /// case's notes and are no errors. The least recently used entries give way when the bound is
  /// exceeded, never the one just used.
  PreparedCase get(const std::string& key, const std::function<PreparedCase()>& make);

 private:
  std::filesystem::path entry_path(const std::string& key) const;
  void store(const std::string& key, const PreparedCase& prepared) const;
  void evict_beyond_bound(const std::filesystem::path& keep) const;

  std::filesystem::path folder_;
  int64_t max_bytes_;
};

}  // namespace nmsw::datasets
