#include "datasets/gzip.h"

#include <algorithm>
#include <limits>

#include <zlib.h>

#include "nmsw/base/error.h"

namespace nmsw::datasets {
namespace {

constexpr int kGzipWindow = 15 + 16;
constexpr int kGzipOrZlibWindow = 15 + 32;
constexpr int kCompressionLevel = 6;
constexpr size_t kBlockBytes = size_t{4} << 20;

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

/// Appends one member to `out`; returns how many compressed bytes it took.
size_t inflate_member(std::string_view bytes, int window, std::string& out,
                      const std::string& file) {
  Inflater inflater(window);
  z_stream& stream = inflater.stream();
  size_t taken = 0;
  while (true) {
    stream.next_in = reinterpret_cast<Bytef*>(const_cast<char*>(bytes.data() + taken));
    stream.avail_in = limited(bytes.size() - taken);
    const uInt offered = stream.avail_in;
    const size_t before = out.size();
    out.resize(before + kBlockBytes);
    stream.next_out = reinterpret_cast<Bytef*>(out.data() + before);
    stream.avail_out = static_cast<uInt>(kBlockBytes);
    const int status = inflate(&stream, Z_NO_FLUSH);
    taken += offered - stream.avail_in;
    const size_t produced = kBlockBytes - stream.avail_out;
    out.resize(before + produced);
    if (status == Z_STREAM_END) return taken;
    if (status != Z_OK && status != Z_BUF_ERROR) fail_damaged(file, stream.msg);
    if (produced == 0 && taken == bytes.size()) {
      throw DataError("{}: the compressed stream is truncated; copy or download the file again",
                      file);
    }
  }
}

}  // namespace

bool is_gzip(std::string_view bytes) {
  return bytes.size() >= 2 && bytes[0] == '\x1f' && bytes[1] == '\x8b';
}

std::string gunzip(std::string_view bytes, const std::string& file) {
  std::string out;
  out.reserve(bytes.size() * 4);
  size_t position = 0;
  do {
    position += inflate_member(bytes.substr(position), kGzipWindow, out, file);
  } while (is_gzip(bytes.substr(position)));
  // Zero bytes after the last member are tape or block padding, which gzip itself ignores too.
  if (bytes.find_first_not_of('\0', position) != std::string_view::npos) {
    fail_damaged(file, "unknown bytes after its end");
  }
  return out;
}

std::string inflate_stream(std::string_view bytes, const std::string& file) {
  std::string out;
  inflate_member(bytes, kGzipOrZlibWindow, out, file);
  return out;
}

std::string gzip(std::string_view bytes) {
  z_stream stream{};
  constexpr int kMemoryLevel = 8;
  if (deflateInit2(&stream, kCompressionLevel, Z_DEFLATED, kGzipWindow, kMemoryLevel,
                   Z_DEFAULT_STRATEGY) != Z_OK) {
    throw std::bad_alloc();
  }
  std::string out;
  std::string block(kBlockBytes, '\0');
  size_t taken = 0;
  int status = Z_OK;
  while (status != Z_STREAM_END) {
    stream.next_in = reinterpret_cast<Bytef*>(const_cast<char*>(bytes.data() + taken));
    stream.avail_in = limited(bytes.size() - taken);
    const uInt offered = stream.avail_in;
    stream.next_out = reinterpret_cast<Bytef*>(block.data());
    stream.avail_out = static_cast<uInt>(block.size());
    status = deflate(&stream, taken + offered == bytes.size() ? Z_FINISH : Z_NO_FLUSH);
    taken += offered - stream.avail_in;
    out.append(block, 0, block.size() - stream.avail_out);
  }
  deflateEnd(&stream);
  return out;
}

}  // namespace nmsw::datasets
