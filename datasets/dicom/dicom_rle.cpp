#include "datasets/dicom/dicom_rle.h"

#include <vector>

#include "nmsw/base/error.h"

namespace nmsw::datasets {
namespace {

constexpr size_t kHeaderBytes = 64;

uint32_t number_at(std::string_view bytes, size_t at) {
  uint32_t number = 0;
  for (size_t i = 0; i < 4; ++i)
    number |= static_cast<uint32_t>(static_cast<uint8_t>(bytes[at + i])) << (8 * i);
  return number;
}

[[noreturn]] void fail(const std::string& file, const std::string& what) {
  throw DataError("{}: its RLE pixels are damaged ({}); copy or export it again", file, what);
}

/// Unpacks one byte of every word: bytes[offset], bytes[offset + stride]… . False where the segment
/// ends before.
bool unpack(std::string_view segment, std::string& bytes, size_t offset, size_t stride) {
  size_t at = 0, to = offset;
  while (to < bytes.size()) {
    if (at >= segment.size()) return false;
    const auto control = static_cast<int8_t>(segment[at++]);
    if (control == -128) continue;
    const bool is_run = control < 0;
    const auto count = static_cast<size_t>(is_run ? 1 - control : control + 1);
    if (segment.size() - at < (is_run ? 1 : count)) return false;
    for (size_t i = 0; i < count && to < bytes.size(); ++i, to += stride)
      bytes[to] = segment[is_run ? at : at + i];
    at += is_run ? 1 : count;
  }
  return true;
}

}  // namespace

std::string decoded_rle(std::string_view stream, const DicomPixelFormat& format,
                        const std::string& file) {
  const auto segments = static_cast<size_t>(format.bytes_each());
  if (stream.size() < kHeaderBytes) fail(file, "they are shorter than their header");
  if (const uint32_t said = number_at(stream, 0); said != segments) {
    fail(file, fmt::format("{} segments, expected {} for {} bits", said, segments,
                           format.bits_allocated));
  }
  std::vector<size_t> begins;
  for (size_t i = 0; i < segments; ++i) begins.push_back(number_at(stream, 4 + 4 * i));
  begins.push_back(stream.size());
  for (size_t i = 0; i < segments; ++i) {
    if (begins[i] >= kHeaderBytes && begins[i] <= begins[i + 1]) continue;
    fail(file, fmt::format("segment {} begins at byte {} of {}", i + 1, begins[i], stream.size()));
  }
  // Before memory is taken for what the header says: two bytes give 128 at most.
  if (static_cast<int64_t>(stream.size()) * 64 < format.count())
    fail(file, fmt::format("{} bytes for {} voxels", stream.size(), format.count()));
  std::string words(static_cast<size_t>(format.count()) * segments, '\0');
  for (size_t i = 0; i < segments; ++i) {
    if (!unpack(stream.substr(begins[i], begins[i + 1] - begins[i]), words, i, segments))
      fail(file, fmt::format("segment {} holds fewer than {} bytes", i + 1, format.count()));
  }
  return words;
}

}  // namespace nmsw::datasets
