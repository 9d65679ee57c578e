#pragma once

#include <string>
#include <vector>

#include <fmt/format.h>

#include "datasets/formats/nrrd_file.h"
#include "datasets/image_io.h"
#include "tests/datasets/formats/truth_volume.h"
#include "tests/support/expect_error.h"
#include "tests/support/put_file.h"
#include "tests/support/temporary_folder.h"

// The truth volume as NRRD text.

namespace nmsw::datasets::nrrd_text {

inline std::string vector_text(const Real3& v, const std::string& more = "") {
  return fmt::format("({:.17g},{:.17g},{:.17g}{})", v[0], v[1], v[2], more);
}

/// Sizes, directions and origin in a space whose coordinates are RAS times `sign`.
inline std::string grid_fields(const truth::Storage& storage, const Real3& sign,
                               const std::string& time = "") {
  const Int3 n = storage.extent();
  std::string text =
      fmt::format("dimension: 3\nsizes: {} {} {}\nspace directions:", n[0], n[1], n[2]);
  for (size_t a = 0; a < 3; ++a) {
    Real3 v = storage.direction_ras(a);
    for (size_t row = 0; row < 3; ++row) v[row] *= storage.spacing(a) * sign[row];
    text += " " + vector_text(v, time);
  }
  Real3 origin = storage.origin_ras();
  for (size_t row = 0; row < 3; ++row) origin[row] *= sign[row];
  return text + "\nspace origin: " + vector_text(origin, time) + "\n";
}

inline constexpr Real3 kRas{1, 1, 1}, kLas{-1, 1, 1}, kLps{-1, -1, 1};

/// The truth as uint8 in LPS; `fields` go before the empty line.
inline std::string lps_file(const std::string& fields, const std::string& data) {
  return "NRRD0005\nspace: left-posterior-superior\n" + grid_fields({}, kLps) + fields + "\n" +
         data;
}

inline const std::string& raw_bytes() {
  static const std::string bytes = truth::bytes_as<uint8_t>(truth::values());
  return bytes;
}

inline ImageVolume read_bytes_as(const std::string& bytes, const char* name = "volume.nrrd",
                                 ReadNotes* notes = nullptr) {
  const NrrdHeader header = parse_nrrd_header(bytes, name);
  std::vector<std::string> lines = header.notes;
  const ImageVolume image =
      nrrd_volume(header, std::string_view(bytes).substr(header.header_bytes), name, lines);
  if (notes != nullptr) notes->lines = lines;
  return image;
}

inline void expect_refused(const std::string& bytes, const std::vector<std::string>& parts) {
  const nmsw::testing::TemporaryFolder folder;
  nmsw::testing::put_file(folder / "volume.nrrd", bytes);
  std::vector<std::string> all{"volume.nrrd"};
  all.insert(all.end(), parts.begin(), parts.end());
  nmsw::testing::expect_error<DataError>([&] { read_image(folder / "volume.nrrd"); }, all);
}

}  // namespace nmsw::datasets::nrrd_text
