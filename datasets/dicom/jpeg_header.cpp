#include "datasets/dicom/jpeg_header.h"

namespace nmsw::datasets {
namespace {

/// Big-endian numbers of a stream; 0 beyond its end.
class Numbers {
 public:
  explicit Numbers(std::string_view bytes) : bytes_(bytes) {}
  size_t size() const { return bytes_.size(); }
  int64_t at(size_t place, size_t count) const {
    if (place >= bytes_.size() || bytes_.size() - place < count) return 0;
    int64_t number = 0;
    for (size_t i = 0; i < count; ++i)
      number = number * 256 + static_cast<uint8_t>(bytes_[place + i]);
    return number;
  }

 private:
  std::string_view bytes_;
};

bool is_frame_header(int64_t marker) {
  if (marker == 0xfff7) return true;  // JPEG-LS
  const bool is_table = marker == 0xffc4 || marker == 0xffc8 || marker == 0xffcc;
  return marker >= 0xffc0 && marker <= 0xffcf && !is_table;
}

/// Where the codestream begins in a JP2 file (T.800 annex I); 0 where there is none.
size_t codestream_in_jp2(const Numbers& numbers) {
  size_t at = 0;
  while (at + 8 <= numbers.size()) {
    const int64_t length = numbers.at(at, 4);
    if (numbers.at(at + 4, 4) == 0x6a703263) return at + (length == 1 ? 16 : 8);
    if (length < 8) return 0;
    at += static_cast<size_t>(length);
  }
  return 0;
}

}  // namespace

std::optional<JpegHeader> jpeg_header(std::string_view stream) {
  const Numbers numbers(stream);
  if (numbers.at(0, 2) != 0xffd8) return std::nullopt;
  size_t at = 2;
  while (at + 4 <= stream.size()) {
    const int64_t marker = numbers.at(at, 2);
    if (marker == 0xffff) {  // a fill byte
      ++at;
      continue;
    }
    const int64_t length = numbers.at(at + 2, 2);
    if (marker < 0xffc0 || marker == 0xffda || length < 2) return std::nullopt;
    if (is_frame_header(marker)) {
      JpegHeader header;
      header.precision = static_cast<int>(numbers.at(at + 4, 1));
      header.rows = numbers.at(at + 5, 2);
      header.columns = numbers.at(at + 7, 2);
      header.components = static_cast<int>(numbers.at(at + 9, 1));
      return header;
    }
    at += 2 + static_cast<size_t>(length);
  }
  return std::nullopt;
}

std::optional<JpegHeader> jpeg_2000_header(std::string_view stream) {
  const Numbers numbers(stream);
  const size_t at = numbers.at(4, 4) == 0x6a502020 ? codestream_in_jp2(numbers) : 0;
  if (numbers.at(at, 4) != 0xff4fff51) return std::nullopt;
  JpegHeader header;
  header.columns = numbers.at(at + 8, 4) - numbers.at(at + 16, 4);
  header.rows = numbers.at(at + 12, 4) - numbers.at(at + 20, 4);
  header.components = static_cast<int>(numbers.at(at + 40, 2));
  const int64_t depth = numbers.at(at + 42, 1);
  header.is_signed = depth >= 128;
  header.precision = static_cast<int>(depth % 128) + 1;
  const bool is_subsampled = numbers.at(at + 43, 1) != 1 || numbers.at(at + 44, 1) != 1;
  if (is_subsampled || numbers.at(at + 24, 4) == 0 || numbers.at(at + 28, 4) == 0)
    return std::nullopt;
  return header;
}

}  // namespace nmsw::datasets
