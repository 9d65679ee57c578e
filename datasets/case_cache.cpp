#include "datasets/case_cache.h"

#include <algorithm>
#include <chrono>
#include <cstring>
#include <fstream>
#include <vector>

#include <zlib.h>

#include "nmsw/base/atomic_file.h"
#include "nmsw/base/digest.h"
#include "nmsw/base/error.h"
#include "nmsw/base/temporary_name.h"

namespace nmsw::datasets {
namespace {

namespace fs = std::filesystem;
using nlohmann::ordered_json;

// An entry: these 8 bytes, then length and checksum of the JSON header (8 bytes each), the header,
// the image's floats, the label's bytes. The header holds the checksum of what follows it.
constexpr std::string_view kMagic = "NMSWCAS1";
constexpr const char* kEnding = ".case";
constexpr uint64_t kLongestHeader = uint64_t{16} << 20;

uint64_t checksum(const void* data, size_t size, uint64_t start = 0) {
  const auto* bytes = static_cast<const Bytef*>(data);
  return static_cast<uint64_t>(crc32_z(static_cast<uLong>(start), bytes, size));
}

uint64_t payload_checksum(const PreparedCase& prepared) {
  const auto& image = prepared.image.voxels;
  const auto& label = prepared.label.voxels;
  return checksum(label.data(), label.size(), checksum(image.data(), image.size() * sizeof(float)));
}

std::string header_text(const std::string& key, const PreparedCase& prepared) {
  ordered_json header;
  header["key"] = key;
  header["case_id"] = prepared.case_id;
  header["transform"] = to_json(prepared.transform);
  header["notes"] = prepared.notes;
  header["image_voxels"] = prepared.image.voxels.size();
  header["label_voxels"] = prepared.label.voxels.size();
  header["payload_crc32"] = payload_checksum(prepared);
  return header.dump();
}

template <class Value>
Value read_number(std::istream& in) {
  Value value{};
  in.read(reinterpret_cast<char*>(&value), sizeof(value));
  return value;
}

/// The entry, or nothing when it is not a whole entry of that key.
std::optional<PreparedCase> read_entry(const fs::path& file, const std::string& key) {
  std::ifstream in(file, std::ios::binary);
  std::string magic(kMagic.size(), '\0');
  in.read(magic.data(), static_cast<std::streamsize>(magic.size()));
  const auto length = read_number<uint64_t>(in);
  const auto header_crc = read_number<uint64_t>(in);
  if (!in || magic != kMagic || length > kLongestHeader) return std::nullopt;
  std::string text(length, '\0');
  in.read(text.data(), static_cast<std::streamsize>(length));
  if (!in || checksum(text.data(), text.size()) != header_crc) return std::nullopt;
  const ordered_json header = ordered_json::parse(text);
  const auto image_voxels = header.at("image_voxels").get<uint64_t>();
  const auto label_voxels = header.at("label_voxels").get<uint64_t>();
  const uint64_t promised =
      kMagic.size() + 2 * sizeof(uint64_t) + length + image_voxels * sizeof(float) + label_voxels;
  if (header.at("key") != key || fs::file_size(file) != promised) return std::nullopt;
  PreparedCase prepared;
  prepared.case_id = header.at("case_id").get<std::string>();
  prepared.notes = header.at("notes").get<std::vector<std::string>>();
  prepared.transform = transform_from_json(header.at("transform"));
  prepared.image.geometry = prepared.label.geometry = prepared.transform.prepared;
  prepared.image.voxels.resize(image_voxels);
  prepared.label.voxels.resize(label_voxels);
  in.read(reinterpret_cast<char*>(prepared.image.voxels.data()),
          static_cast<std::streamsize>(image_voxels * sizeof(float)));
  in.read(reinterpret_cast<char*>(prepared.label.voxels.data()),
          static_cast<std::streamsize>(label_voxels));
  if (!in || payload_checksum(prepared) != header.at("payload_crc32").get<uint64_t>())
    return std::nullopt;
  return prepared;
}

std::optional<PreparedCase> read_entry_or_nothing(const fs::path& file, const std::string& key) {
  try {
    return read_entry(file, key);
  } catch (const ordered_json::exception&) {
    return std::nullopt;
  } catch (const fs::filesystem_error&) {
    return std::nullopt;
  }
}

/// Bytes of the entry on disk.
int64_t entry_bytes(const PreparedCase& prepared, size_t header_size) {
  return static_cast<int64_t>(kMagic.size() + 2 * sizeof(uint64_t) + header_size +
                              prepared.image.voxels.size() * sizeof(float) +
                              prepared.label.voxels.size());
}

struct Entry {
  fs::path path;
  int64_t bytes = 0;
  fs::file_time_type used;
};

/// All entries, the least recently used first. Another process may remove files meanwhile.
std::vector<Entry> list_entries(const fs::path& folder) {
  std::vector<Entry> entries;
  std::error_code error;
  for (fs::directory_iterator it(folder, error), end; !error && it != end; it.increment(error)) {
    std::error_code gone;
    Entry entry{it->path(), 0, fs::last_write_time(it->path(), gone)};
    if (gone) continue;
    if (entry.path.extension() != kEnding || entry.path.filename().string()[0] == '.') continue;
    entry.bytes = static_cast<int64_t>(fs::file_size(entry.path, gone));
    if (!gone) entries.push_back(std::move(entry));
  }
  std::sort(entries.begin(), entries.end(),
            [](const Entry& a, const Entry& b) { return a.used < b.used; });
  return entries;
}

}  // namespace

CaseCache::CaseCache(fs::path folder, int64_t max_bytes)
    : folder_(std::move(folder)), max_bytes_(max_bytes) {
  if (max_bytes_ < 0)
    throw ConfigError("the cache's size of {} bytes must not be negative; 0 switches it off",
                      max_bytes_);
}

fs::path CaseCache::entry_path(const std::string& key) const {
  return folder_ / (sha256_hex(key) + kEnding);
}

PreparedCase CaseCache::get(const std::string& key, const std::function<PreparedCase()>& make) {
  if (max_bytes_ == 0) return make();
  const fs::path file = entry_path(key);
  bool damaged = false;
  if (fs::exists(file)) {
    if (auto stored = read_entry_or_nothing(file, key)) {
      std::error_code gone;
      fs::last_write_time(file, fs::file_time_type::clock::now(), gone);
      return std::move(*stored);
    }
    // Another process may have evicted it in the meantime, which is no damage.
    damaged = fs::exists(file);
  }
  PreparedCase prepared = make();
  std::string note;
  try {
    store(key, prepared);
    if (damaged)
      note = fmt::format("{}: the cached case was damaged and has been made again", file.string());
  } catch (const DataError& error) {
    note = fmt::format("the case is not cached: {}", error.what());
  }
  if (!note.empty()) prepared.notes.push_back(note);
  return prepared;
}

void CaseCache::store(const std::string& key, const PreparedCase& prepared) const {
  const std::string header = header_text(key, prepared);
  const int64_t bytes = entry_bytes(prepared, header.size());
  if (bytes > max_bytes_) {
    throw DataError("it takes {} bytes and the cache {} at most; raise the cache's size", bytes,
                    max_bytes_);
  }
  const fs::path file = entry_path(key);
  write_atomically(file, [&](const fs::path& temporary) {
    std::ofstream out(temporary, std::ios::binary);
    const auto put = [&](const void* data, size_t size) {
      out.write(static_cast<const char*>(data), static_cast<std::streamsize>(size));
    };
    const uint64_t length = header.size(), header_crc = checksum(header.data(), header.size());
    put(kMagic.data(), kMagic.size());
    put(&length, sizeof(length));
    put(&header_crc, sizeof(header_crc));
    put(header.data(), header.size());
    put(prepared.image.voxels.data(), prepared.image.voxels.size() * sizeof(float));
    put(prepared.label.voxels.data(), prepared.label.voxels.size());
    out.flush();
    if (!out) throw DataError("{}: cannot be written (disk full?); free some space", file.string());
  });
  evict_beyond_bound(file);
}

void CaseCache::evict_beyond_bound(const fs::path& keep) const {
  remove_abandoned_temporaries(folder_);  // as large as entries, and counted nowhere
  const std::vector<Entry> entries = list_entries(folder_);
  int64_t total = 0;
  for (const Entry& entry : entries) total += entry.bytes;
  for (const Entry& entry : entries) {
    if (total <= max_bytes_) return;
    if (entry.path.filename() == keep.filename()) continue;
    std::error_code gone;
    fs::remove(entry.path, gone);
    total -= entry.bytes;
  }
}

}  // namespace nmsw::datasets
