#pragma once

#include <cstdint>
#include <optional>
#include <string_view>

namespace nmsw::datasets {

/// What a compressed stream says of itself.
///
/// precision   bits of one value, the sign included
struct JpegHeader {
  int64_t columns = 0, rows = 0;
  int components = 0, precision = 0;
  bool is_signed = false;
};

/// The frame header of a JPEG or JPEG-LS stream (ITU-T T.81 B.2.2, T.87 C.2.2); nothing where there
/// is none.
std::optional<JpegHeader> jpeg_header(std::string_view stream);

/// The image and tile size of a JPEG 2000 codestream (ITU-T T.800 A.5.1), also of one in a JP2
/// file; nothing where there is none.
std::optional<JpegHeader> jpeg_2000_header(std::string_view stream);

}  // namespace nmsw::datasets
