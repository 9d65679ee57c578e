// Links: datasets_dicom
#include <algorithm>

#include "datasets/dicom/dicom_file.h"
#include "datasets/dicom/dicom_pixel_format.h"
#include "datasets/dicom/dicom_voxels.h"
#include "datasets/dicom/jpeg_header.h"
#include "tests/fuzz/target.h"
#include "tests/support/deflated.h"
#include "tests/support/dicom_slice.h"

namespace nmsw::fuzz {
namespace {

using testing::dicom_bytes;
using testing::DicomSliceSpec;
namespace detail = testing::dicom_detail;

/// A sequence of undefined length with an open item around that content.
std::string sequence(const std::string& content) {
  using detail::little_endian;
  return little_endian(0x01000009, 4) + "SQ" + std::string(2, '\0') + little_endian(0xffffffff, 4) +
         little_endian(0xe000fffe, 4) + little_endian(0xffffffff, 4) + content +
         little_endian(0xe00dfffe, 4) + little_endian(0, 4) + little_endian(0xe0ddfffe, 4) +
         little_endian(0, 4);
}

/// Two segments of six bytes, a run and a literal.
std::string rle() {
  using detail::little_endian;
  return little_endian(2, 4) + little_endian(64, 4) + little_endian(66, 4) + std::string(52, '\0') +
         std::string("\xfb\0", 2) + std::string("\5\0\1\2\3\4\5\0", 8);
}

bool lies_in(std::string_view part, std::string_view whole) {
  const char *begin = whole.data(), *end = begin + whole.size();
  return part.empty() || (part.data() >= begin && part.data() + part.size() <= end);
}

void views_must_hold(const datasets::DicomFile& file, std::string_view bytes) {
  const std::string_view own = file.inflated ? std::string_view(*file.inflated) : "";
  const auto held = [&](std::string_view part) {
    return lies_in(part, bytes) || lies_in(part, own);
  };
  for (const auto& [tag, value] : file.values)
    must_hold(held(value) || (tag == datasets::tags::kLut && value == "sequence"),
              "a value's view");
  if (!file.pixels) return;
  must_hold(held(file.pixels->native), "the pixels' view");
  for (const std::string_view fragment : file.pixels->fragments)
    must_hold(held(fragment), "a fragment's view");
}

}  // namespace

std::vector<std::string> seeds() {
  DicomSliceSpec plain, nested, fragments, deflated, big, jpeg;
  nested.extra = sequence(sequence(detail::pixel_element(plain)) + detail::item("ab"));
  fragments.syntax = "1.2.840.10008.1.2.5";
  fragments.fragments = {rle()};
  deflated.syntax = "1.2.840.10008.1.2.1.99";
  big.syntax = "1.2.840.10008.1.2.2";
  big.bits = 8;
  big.bits_stored = 8;
  jpeg.syntax = "1.2.840.10008.1.2.4.70";
  jpeg.fragments = {std::string("\xff\xd8\xff\xc3\0\x0b\x10\0\2\0\3\1\1\x11\0\xff\xd9", 17)};
  return {dicom_bytes(plain),
          dicom_bytes(nested),
          dicom_bytes(fragments),
          detail::meta_bytes(deflated) + testing::deflated(detail::data_set_bytes(deflated)),
          dicom_bytes(big),
          dicom_bytes(jpeg),
          detail::data_set_bytes(plain),
          std::string("\x08\0\x60\0\2\0\0\0CT\x28\0\x10\0\2\0\0\0\2\0", 20)};
}

void try_input(std::string_view bytes) {
  const auto file = datasets::walk_dicom(bytes);
  if (!file) return;
  views_must_hold(*file, bytes);
  if (!file->damage.empty()) return;
  const datasets::DicomPixelFormat format = datasets::pixel_format(*file, "input");
  must_hold(format.count() > 0, "no empty slice");
  const bool is_rle = file->transfer_syntax == "1.2.840.10008.1.2.5";
  if (file->pixels->is_encapsulated && !is_rle) {
    // What decodes these is GDCM's; it is called in a child process alone.
    for (const std::string_view fragment : file->pixels->fragments) {
      datasets::jpeg_header(fragment);
      datasets::jpeg_2000_header(fragment);
    }
    return;
  }
  must_hold(
      static_cast<int64_t>(datasets::dicom_voxels(*file, format, "input").size()) == format.count(),
      "a voxel a pixel");
}

}  // namespace nmsw::fuzz
