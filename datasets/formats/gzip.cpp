#include "datasets/formats/gzip.h"

#include <algorithm>
#include <cstdint>
#include <limits>
#include <new>
#include <optional>
#include <utility>
#include <vector>

#include <zlib.h>

#include "datasets/formats/sized_members.h"
#include "nmsw/base/error.h"

namespace nmsw::datasets {
namespace {

constexpr int kGzipWindow = 15 + 16;
constexpr int kGzipOrZlibWindow = 15 + 32;
/// As nibabel writes: label maps are small at any level.
constexpr int kCompressionLevel = 1;
/// What threads compress side by side; the pieces do not depend on how many there are.
constexpr size_t kPieceBytes = size_t{1} << 20;
/// How far deflate looks back.
constexpr size_t kDictionaryBytes = size_t{32} << 10;
constexpr size_t kBlockBytes = size_t{4} << 20;
/// Room for the beginning of a member; there may be many that are empty.
constexpr size_t kFirstBlockBytes = size_t{4} << 10;

/// A gzip decoder that is always released.
class Inflater {
 public:
  explicit Inflater(int window) { ready_ = inflateInit2(&stream_, window) == Z_OK; }
  Inflater(const Inflater&) = delete;
  Inflater& operator=(const Inflater&) = delete;
  ~Inflater() {
    if (ready_) inflateEnd(&stream_);
  }
  z_stream& stream() { return stream_; }

 private:
  z_stream stream_{};
  bool ready_ = false;
};

/// zlib counts in 32 bits, files may be longer.
uInt limited(size_t bytes) {
  return static_cast<uInt>(std::min<size_t>(bytes, std::numeric_limits<uInt>::max() / 2));
}

[[noreturn]] void fail_damaged(const std::string& file, const char* detail) {
  throw DataError("{}: the compressed stream is damaged ({}); copy or download the file again",
                  file, detail == nullptr ? "bad data" : detail);
}

[[noreturn]] void fail_too_long(const std::string& file, size_t most) {
  throw DataError(
      "{}: goes on after the {} bytes that its header promises; the header or the compressed "
      "stream "
      "is damaged, export the image again",
      file, most);
}

/// Appends one member to `out`, which must not grow beyond `most` bytes; returns how many compressed
/// bytes it took.
size_t inflate_member(std::string_view bytes, int window, size_t most, std::string& out,
                      const std::string& file) {
  Inflater inflater(window);
  z_stream& stream = inflater.stream();
  size_t taken = 0;
  for (size_t block = kFirstBlockBytes;; block = std::min(4 * block, kBlockBytes)) {
    stream.next_in = reinterpret_cast<Bytef*>(const_cast<char*>(bytes.data() + taken));
    stream.avail_in = limited(bytes.size() - taken);
    const uInt offered = stream.avail_in;
    const size_t before = out.size();
    // One byte more than allowed shows that there are more.
    const size_t room = std::min(block - 1, most - before) + 1;
    out.resize(before + room);
    stream.next_out = reinterpret_cast<Bytef*>(out.data() + before);
    stream.avail_out = static_cast<uInt>(room);
    const int status = inflate(&stream, Z_NO_FLUSH);
    taken += offered - stream.avail_in;
    const size_t produced = room - stream.avail_out;
    out.resize(before + produced);
    if (out.size() > most) fail_too_long(file, most);
    if (status == Z_STREAM_END) return taken;
    if (status != Z_OK && status != Z_BUF_ERROR) fail_damaged(file, stream.msg);
    if (produced == 0 && taken == bytes.size()) {
      throw DataError("{}: the compressed stream is truncated; copy or download the file again",
                      file);
    }
  }
}

/// Appends one gzip member to `out`, as inflate_member; 0 and nothing where it is not plainly whole
/// or is not the last one.
size_t inflate_whole_member(std::string_view bytes, size_t most, std::string& out) {
  // A damaged trailer must not make the program take much more memory than a sound file of this
  // length would; label maps, which are smaller still, zlib reads fast enough.
  constexpr size_t kLargestRatio = 16;
  if (bytes.size() < kGzipTrailerBytes) return 0;
  const size_t size = little_endian(bytes, bytes.size() - 4, 4);
  const size_t before = out.size();
  if (size / kLargestRatio > bytes.size() || size > most - before) return 0;
  out.resize(before + size);
  const size_t taken = MemberInflater().inflate(bytes, out.data() + before, size);
  if (taken == 0) out.resize(before);
  return taken;
}

/// Appends piece `i` of the bytes as raw deflate blocks that end at a whole byte, with what lies
/// before it as the dictionary; false without memory.
bool deflate_piece(std::string_view bytes, size_t i, bool last, std::string& out) {
  z_stream stream{};
  constexpr int kRawWindow = -15, kMemoryLevel = 8;
  if (deflateInit2(&stream, kCompressionLevel, Z_DEFLATED, kRawWindow, kMemoryLevel,
                   Z_DEFAULT_STRATEGY) != Z_OK) {
    return false;
  }
  const auto at = [&](size_t place) {
    return reinterpret_cast<Bytef*>(const_cast<char*>(bytes.data() + place));
  };
  const size_t begin = i * kPieceBytes;
  const size_t known = std::min(begin, kDictionaryBytes);
  if (known > 0) deflateSetDictionary(&stream, at(begin - known), static_cast<uInt>(known));
  stream.next_in = at(begin);
  stream.avail_in = static_cast<uInt>(std::min(kPieceBytes, bytes.size() - begin));
  constexpr size_t kRoomForMarker = 16;
  out.resize(deflateBound(&stream, stream.avail_in) + kRoomForMarker);
  stream.next_out = reinterpret_cast<Bytef*>(out.data());
  stream.avail_out = static_cast<uInt>(out.size());
  const int status = deflate(&stream, last ? Z_FINISH : Z_SYNC_FLUSH);
  out.resize(out.size() - stream.avail_out);
  deflateEnd(&stream);
  return status == (last ? Z_STREAM_END : Z_OK);
}

void append_little_endian(uint32_t number, std::string& out) {
  for (int shift = 0; shift < 32; shift += 8) out += static_cast<char>(number >> shift & 0xFFU);
}

}  // namespace

std::string gunzip(std::string_view bytes, size_t most, const std::string& file) {
  if (std::optional<std::string> all = gunzip_sized_members(bytes, most)) return std::move(*all);
  std::string out;
  size_t position = 0;
  do {
    const std::string_view member = bytes.substr(position);
    // Once: what it takes at every try is told by the end of the file, which may say anything.
    const size_t taken = position == 0 ? inflate_whole_member(member, most, out) : 0;
    position += taken > 0 ? taken : inflate_member(member, kGzipWindow, most, out, file);
  } while (is_gzip(bytes.substr(position)));
  // Zero bytes after the last member are tape or block padding, which gzip itself ignores too.
  if (bytes.find_first_not_of('\0', position) != std::string_view::npos) {
    fail_damaged(file, "unknown bytes after its end");
  }
  return out;
}

std::string gunzip_beginning(std::string_view bytes, size_t count, const std::string& file) {
  std::string out(count, '\0');
  size_t made = 0;
  while (made < count && is_gzip(bytes)) {
    Inflater inflater(kGzipWindow);
    z_stream& stream = inflater.stream();
    stream.next_in = reinterpret_cast<Bytef*>(const_cast<char*>(bytes.data()));
    stream.avail_in = limited(bytes.size());
    stream.next_out = reinterpret_cast<Bytef*>(out.data() + made);
    stream.avail_out = limited(count - made);
    const uInt offered = stream.avail_in;
    const int status = inflate(&stream, Z_SYNC_FLUSH);
    if (status != Z_OK && status != Z_STREAM_END && status != Z_BUF_ERROR) {
      fail_damaged(file, stream.msg);
    }
    made = count - stream.avail_out;
    if (status != Z_STREAM_END) break;
    bytes.remove_prefix(offered - stream.avail_in);
  }
  out.resize(made);
  return out;
}

InflatedStream inflate_stream(std::string_view bytes, size_t most, const std::string& file) {
  InflatedStream stream;
  stream.taken = inflate_member(bytes, kGzipOrZlibWindow, most, stream.bytes, file);
  return stream;
}

std::string gzip(std::string_view bytes) {
  const size_t count = std::max<size_t>(1, (bytes.size() + kPieceBytes - 1) / kPieceBytes);
  std::vector<std::string> pieces(count);
  std::vector<uLong> checksums(count);
  bool complete = true;
#pragma omp parallel for schedule(dynamic) reduction(&& : complete)
  for (size_t i = 0; i < count; ++i) {
    const std::string_view piece = bytes.substr(i * kPieceBytes, kPieceBytes);
    checksums[i] = crc32_z(0, reinterpret_cast<const Bytef*>(piece.data()), piece.size());
    complete = deflate_piece(bytes, i, i + 1 == count, pieces[i]) && complete;
  }
  if (!complete) throw std::bad_alloc();
  std::string out("\x1f\x8b\x08\0\0\0\0\0\0\xff", 10);  // deflate, no time, no name, any system
  uLong checksum = crc32(0, nullptr, 0);
  for (size_t i = 0; i < count; ++i) {
    out += pieces[i];
    const size_t size = std::min(kPieceBytes, bytes.size() - i * kPieceBytes);
    checksum = crc32_combine(checksum, checksums[i], static_cast<z_off_t>(size));
  }
  append_little_endian(static_cast<uint32_t>(checksum), out);
  append_little_endian(static_cast<uint32_t>(bytes.size()), out);
  return out;
}

}  // namespace nmsw::datasets
