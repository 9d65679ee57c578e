#include "datasets/dicom/dicom_inflate.h"

#include <algorithm>

#include <fmt/format.h>
#include <zlib.h>

namespace nmsw::datasets {
namespace {

class RawStream {
 public:
  RawStream() : good_(inflateInit2(&stream_, -MAX_WBITS) == Z_OK) {}
  RawStream(const RawStream&) = delete;
  RawStream& operator=(const RawStream&) = delete;
  ~RawStream() {
    if (good_) inflateEnd(&stream_);
  }
  bool good() const { return good_; }
  z_stream* operator->() { return &stream_; }
  int inflate_more() { return inflate(&stream_, Z_NO_FLUSH); }

 private:
  z_stream stream_{};
  bool good_;
};

}  // namespace

std::string inflate_raw(std::string_view deflated, size_t most_bytes, std::string& inflated) {
  constexpr size_t kStep = size_t{1} << 20U;
  inflated.clear();
  RawStream stream;
  if (!stream.good()) return "there is no memory to inflate it";
  int state = Z_OK;
  while (state != Z_STREAM_END) {
    // zlib counts in 32 bits; a file may be larger.
    if (stream->avail_in == 0) {
      const size_t part = std::min(deflated.size(), kStep);
      stream->next_in = reinterpret_cast<Bytef*>(const_cast<char*>(deflated.data()));
      stream->avail_in = static_cast<uInt>(part);
      deflated.remove_prefix(part);
    }
    const size_t before = inflated.size();
    inflated.resize(before + std::min(kStep, most_bytes + 1 - before));
    stream->next_out = reinterpret_cast<Bytef*>(inflated.data() + before);
    stream->avail_out = static_cast<uInt>(inflated.size() - before);
    state = stream.inflate_more();
    inflated.resize(inflated.size() - stream->avail_out);
    if (inflated.size() > most_bytes)
      return fmt::format("its deflated data set holds more than {} MB", most_bytes >> 20U);
    if (state == Z_BUF_ERROR && deflated.empty()) return "its deflated data set is cut off";
    if (state != Z_OK && state != Z_STREAM_END && state != Z_BUF_ERROR)
      return "its deflated data set is damaged";
  }
  return {};
}

}  // namespace nmsw::datasets
