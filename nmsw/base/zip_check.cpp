#include "nmsw/base/zip_check.h"

#include <algorithm>
#include <array>
#include <cstdint>

#include <fmt/format.h>
#include <zlib.h>

namespace nmsw {
namespace {

constexpr std::string_view kLocalHeader = "PK\x03\x04", kCentralHeader = "PK\x01\x02",
                           kEnd = "PK\x05\x06", kEnd64 = "PK\x06\x06", kLocator64 = "PK\x06\x07";
constexpr size_t kEndBytes = 22, kEnd64Bytes = 56, kLocatorBytes = 20, kCentralBytes = 46,
                 kLocalBytes = 30;
constexpr uint64_t kInZip64 = 0xFFFFFFFF;
constexpr unsigned kStored = 0, kDeflated = 8;
constexpr uint64_t kMostMoreInflated = uint64_t{64} << 20;

/// Little-endian numbers; what lies outside reads as 0 and is noted.
class Bytes {
 public:
  explicit Bytes(std::string_view bytes) : bytes_(bytes) {}
  uint64_t number(uint64_t at, unsigned count) {
    if (at > bytes_.size() || count > bytes_.size() - at) {
      outside_ = true;
      return 0;
    }
    uint64_t value = 0;
    for (unsigned i = count; i-- > 0;)
      value = value << 8U | static_cast<unsigned char>(bytes_[at + i]);
    return value;
  }
  std::string_view part(uint64_t at, uint64_t count) {
    if (at > bytes_.size() || count > bytes_.size() - at) {
      outside_ = true;
      return {};
    }
    return bytes_.substr(at, count);
  }
  bool outside() const { return outside_; }

 private:
  std::string_view bytes_;
  bool outside_ = false;
};

struct Directory {
  uint64_t entries = 0, begin = 0;
};

struct Entry {
  unsigned method = 0;
  uint64_t crc = 0, stored = 0, size = 0, local = 0;
};

/// The sizes and the offset that do not fit into 32 bits, in the order of the format.
void read_zip64(Bytes& bytes, uint64_t extra, uint64_t length, Entry& entry) {
  for (uint64_t at = extra; at + 4 <= extra + length;) {
    const uint64_t kind = bytes.number(at, 2), size = bytes.number(at + 2, 2);
    if (kind == 1) {
      uint64_t value = at + 4;
      for (uint64_t* field : {&entry.size, &entry.stored, &entry.local}) {
        if (*field != kInZip64) continue;
        *field = bytes.number(value, 8);
        value += 8;
      }
    }
    at += 4 + size;
  }
}

uint64_t crc_of(std::string_view bytes, uint64_t crc = 0) {
  constexpr size_t kMost = size_t{1} << 30;
  for (; !bytes.empty(); bytes.remove_prefix(std::min(bytes.size(), kMost))) {
    crc = crc32(crc, reinterpret_cast<const Bytef*>(bytes.data()),
                static_cast<uInt>(std::min(bytes.size(), kMost)));
  }
  return crc;
}

/// The CRC-32 of what a raw deflate stream holds; false where it is damaged or of another size.
bool inflated_crc(std::string_view deflated, uint64_t size, uint64_t& crc) {
  if (deflated.size() > UINT32_MAX) return false;
  z_stream stream{};
  if (inflateInit2(&stream, -MAX_WBITS) != Z_OK) return false;
  stream.next_in = reinterpret_cast<Bytef*>(const_cast<char*>(deflated.data()));
  stream.avail_in = static_cast<uInt>(deflated.size());
  std::array<char, 65536> part{};
  uint64_t found = 0;
  int state = Z_OK;
  while (state == Z_OK && found <= size) {
    stream.next_out = reinterpret_cast<Bytef*>(part.data());
    stream.avail_out = part.size();
    state = inflate(&stream, Z_NO_FLUSH);
    const size_t count = part.size() - stream.avail_out;
    crc = crc_of({part.data(), count}, crc);
    found += count;
  }
  inflateEnd(&stream);
  return state == Z_STREAM_END && found == size;
}

std::string_view stored_bytes(Bytes& bytes, const Entry& entry) {
  const uint64_t begin = entry.local + kLocalBytes + bytes.number(entry.local + 26, 2) +
                         bytes.number(entry.local + 28, 2);
  return bytes.part(begin, entry.stored);
}

std::string entry_fault(Bytes& bytes, const Entry& entry, std::string_view name) {
  if (bytes.part(entry.local, 4) != kLocalHeader) return "a file of it is not where it should be";
  const std::string_view stored = stored_bytes(bytes, entry);
  uint64_t crc = 0;
  bool whole = !bytes.outside();
  if (entry.method == kStored) {
    whole = whole && entry.stored == entry.size;
    crc = crc_of(stored);
  } else if (entry.method == kDeflated) {
    whole = whole && inflated_crc(stored, entry.size, crc);
  } else {
    return "a file of it is compressed in an unknown way";
  }
  if (whole && crc == entry.crc) return "";
  return fmt::format("the CRC-32 of its file {} does not fit", name);
}

/// Where the list of files is, by the record at the archive's end.
bool find_directory(Bytes& bytes, size_t size, Directory& found) {
  constexpr size_t kMostComment = 65535;
  if (size < kEndBytes) return false;
  const size_t last = size - kEndBytes, first = last > kMostComment ? last - kMostComment : 0;
  for (size_t at = last + 1; at-- > first;) {
    if (bytes.part(at, 4) != kEnd) continue;
    found = {bytes.number(at + 10, 2), bytes.number(at + 16, 4)};
    if (at < kLocatorBytes || bytes.part(at - kLocatorBytes, 4) != kLocator64) return true;
    const uint64_t end64 = bytes.number(at - kLocatorBytes + 8, 8);
    if (end64 > size - kEndBytes || bytes.part(end64, 4) != kEnd64) return false;
    found = {bytes.number(end64 + 32, 8), bytes.number(end64 + 48, 8)};
    return end64 + kEnd64Bytes <= size;
  }
  return false;
}

/// The entry whose line in the list of files begins at `at`, which moves on to the next.
Entry next_entry(Bytes& bytes, uint64_t& at, std::string_view& name) {
  Entry entry;
  entry.method = static_cast<unsigned>(bytes.number(at + 10, 2));
  entry.crc = bytes.number(at + 16, 4);
  entry.stored = bytes.number(at + 20, 4);
  entry.size = bytes.number(at + 24, 4);
  entry.local = bytes.number(at + 42, 4);
  const uint64_t length = bytes.number(at + 28, 2), extra = bytes.number(at + 30, 2);
  read_zip64(bytes, at + kCentralBytes + length, extra, entry);
  name = bytes.part(at + kCentralBytes, length);
  at += kCentralBytes + length + extra + bytes.number(at + 32, 2);
  return entry;
}

}  // namespace

bool is_zip(std::string_view bytes) { return bytes.substr(0, 4) == kLocalHeader; }

std::string zip_fault(std::string_view all) {
  Bytes bytes(all);
  Directory directory;
  if (!find_directory(bytes, all.size(), directory) || bytes.outside()) {
    return "the list of its files is missing: it is cut off";
  }
  // What the files may hold together: a byte is in one of them only, and weights do not shrink.
  uint64_t stored_left = all.size(), inflated_left = 4 * all.size() + kMostMoreInflated;
  uint64_t at = directory.begin;
  for (uint64_t i = 0; i < directory.entries; ++i) {
    if (bytes.part(at, 4) != kCentralHeader) return "the list of its files is damaged";
    std::string_view name;
    const Entry entry = next_entry(bytes, at, name);
    if (entry.stored > stored_left) return "files of it share bytes";
    if (entry.size > inflated_left)
      return "its files would hold more than an archive of its size can";
    stored_left -= entry.stored;
    inflated_left -= entry.size;
    const std::string fault = entry_fault(bytes, entry, name);
    if (!fault.empty()) return fault;
  }
  return bytes.outside() ? "the list of its files is damaged" : "";
}

std::map<std::string, std::string_view> stored_files(std::string_view archive) {
  Bytes bytes(archive);
  Directory directory;
  std::map<std::string, std::string_view> files;
  if (!find_directory(bytes, archive.size(), directory)) return files;
  uint64_t at = directory.begin;
  for (uint64_t i = 0; i < directory.entries && !bytes.outside(); ++i) {
    std::string_view name;
    const Entry entry = next_entry(bytes, at, name);
    if (entry.method == kStored) files.emplace(name, stored_bytes(bytes, entry));
  }
  return files;
}

}  // namespace nmsw
