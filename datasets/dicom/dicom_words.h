#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "datasets/dicom/dicom_pixel_format.h"

namespace nmsw::datasets {

/// Voxels as words of 1, 2 or 4 bytes, and which bits of them count.
///
/// bits            the lowest that hold the value, the sign bit included
/// is_big_endian   order of the bytes of a word
struct DicomWords {
  std::string_view bytes;
  int64_t bytes_each = 2;
  int bits = 16;
  bool is_signed = false;
  bool is_big_endian = false;
};

/// Rescales format.count() words. Bits above those that count must repeat the sign or be 0, unless
/// an overlay may lie there: where they say something else, BitsStored is wrong, and nobody knows
/// which value is meant. Throws DataError naming `file`.
std::vector<float> rescaled(const DicomWords& words, const DicomPixelFormat& format,
                            const std::string& file);

}  // namespace nmsw::datasets
