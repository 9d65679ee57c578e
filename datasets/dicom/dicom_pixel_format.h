#pragma once

#include <cstdint>
#include <string>

#include "datasets/dicom/dicom_file.h"

namespace nmsw::datasets {

/// How the voxels of one slice are stored, and what they mean.
struct DicomPixelFormat {
  int64_t columns = 0, rows = 0;
  uint16_t bits_allocated = 16, bits_stored = 16;
  bool is_signed = false;
  /// Of bits above the stored ones, an overlay may be made.
  bool may_have_overlay = false;
  double slope = 1, intercept = 0;

  int64_t count() const { return columns * rows; }
  int64_t bytes_each() const { return bits_allocated / 8; }
};

/// The format of a slice of scalars. MONOCHROME1 is read like MONOCHROME2: it says how values are
/// displayed, not what they are (PS3.3 C.7.6.3.1.2).
///
/// throws   DataError naming `file`: no pixels, several frames, colours or a palette, other than 8,
///          16 or 32 bits, bits that contradict each other, a lookup table in place of a slope, a
///          slope of 0
DicomPixelFormat pixel_format(const DicomFile& dicom, const std::string& file);

/// The numbers between the backslashes of a text. Throws DataError naming `file` and `name` where
/// there are not `count` of them, all finite.
std::vector<double> dicom_numbers(const std::string& text, size_t count, const char* name,
                                  const std::string& file);

/// Refuses a file of several frames.
void require_one_frame(const std::string& frames, const std::string& file);

/// Refuses a file that says no rows or no columns.
void require_extent(int64_t rows, int64_t columns, const std::string& file);

}  // namespace nmsw::datasets
