#include "datasets/dicom/dicom_pixel_format.h"

#include <algorithm>
#include <charconv>
#include <cmath>

#include "nmsw/base/error.h"
#include "nmsw/base/plain_text.h"

namespace nmsw::datasets {
namespace {

uint16_t required_number(const DicomFile& dicom, DicomTag tag, const char* name,
                         const std::string& file) {
  const auto number = dicom.number(tag);
  if (!number) throw DataError("{}: says no {}; export the series again", file, name);
  return *number;
}

void require_scalars(const DicomFile& dicom, const std::string& file) {
  const uint16_t samples = dicom.number(tags::kSamples).value_or(1);
  std::string kind = dicom.text(tags::kPhotometric);
  if (samples == 1 && (kind.empty() || kind == "MONOCHROME1" || kind == "MONOCHROME2")) return;
  std::transform(kind.begin(), kind.end(), kind.begin(),
                 [](unsigned char c) { return static_cast<char>(std::tolower(c)); });
  throw DataError(
      "{}: its voxels are {} of {} numbers, expected one number each; convert it to a scalar image",
      file, printable_word(kind), samples);
}

void require_consistent_bits(const DicomPixelFormat& format, uint16_t high_bit,
                             const std::string& file) {
  const uint16_t allocated = format.bits_allocated, stored = format.bits_stored;
  if (allocated != 8 && allocated != 16 && allocated != 32) {
    throw DataError("{}: stores its voxels in {} bits each, expected 8, 16 or 32; convert it", file,
                    allocated);
  }
  if (stored >= 1 && stored <= allocated && high_bit + 1 == stored) return;
  throw DataError(
      "{}: says {} bits stored of {}, the highest of them bit {}, which cannot be; export the "
      "series again",
      file, stored, allocated, high_bit);
}

void take_rescaling(const DicomFile& dicom, const std::string& file, DicomPixelFormat& format) {
  const std::string slope = dicom.text(tags::kSlope);
  const std::string intercept = dicom.text(tags::kIntercept);
  if (slope.empty() && intercept.empty() && dicom.values.count(tags::kLut) > 0) {
    throw DataError(
        "{}: its values pass through a lookup table (Modality LUT); convert the series with a tool "
        "that applies it",
        file);
  }
  if (!slope.empty()) format.slope = dicom_numbers(slope, 1, "RescaleSlope", file)[0];
  if (!intercept.empty()) {
    format.intercept = dicom_numbers(intercept, 1, "RescaleIntercept", file)[0];
  }
  if (format.slope == 0) {
    throw DataError("{}: its RescaleSlope is 0, which makes all voxels equal; export it again",
                    file);
  }
}

}  // namespace

std::vector<double> dicom_numbers(const std::string& text, size_t count, const char* name,
                                  const std::string& file) {
  std::vector<double> found;
  const char* at = text.data();
  const char* end = at + text.size();
  while (at < end) {
    while (at < end && (*at == ' ' || *at == '+' || *at == '\\')) ++at;
    double number = 0;
    const auto [rest, error] = std::from_chars(at, end, number);
    if (error != std::errc{} || !std::isfinite(number)) break;
    found.push_back(number);
    at = rest;
    while (at < end && *at == ' ') ++at;
  }
  if (at < end || found.size() != count) {
    throw DataError(
        "{}: its {} is '{}', expected {} numbers; take the file out of the folder or export the "
        "series again",
        file, name, printable_word(text), count);
  }
  return found;
}

void require_one_frame(const std::string& frames, const std::string& file) {
  if (frames.empty() || (frames != "0" && dicom_numbers(frames, 1, "NumberOfFrames", file)[0] == 1))
    return;
  throw DataError("{}: holds {} frames in one file; convert it to NIfTI (dcm2niix) and give that",
                  file, frames);
}

void require_extent(int64_t rows, int64_t columns, const std::string& file) {
  if (rows > 0 && columns > 0) return;
  throw DataError("{}: says {} rows and {} columns; copy or export it again", file, rows, columns);
}

DicomPixelFormat pixel_format(const DicomFile& dicom, const std::string& file) {
  if (!dicom.pixels) {
    const bool floats =
        dicom.values.count(tags::kFloatPixels) + dicom.values.count(tags::kDoublePixels) > 0;
    throw DataError("{}: {}", file,
                    floats ? "stores its voxels as floating-point numbers; convert it to NIfTI"
                           : "is damaged or truncated: it holds no pixels; copy or export it "
                             "again, or take it out of the folder");
  }
  require_one_frame(dicom.text(tags::kFrames), file);
  require_scalars(dicom, file);
  DicomPixelFormat format;
  format.rows = required_number(dicom, tags::kRows, "Rows", file);
  format.columns = required_number(dicom, tags::kColumns, "Columns", file);
  require_extent(format.rows, format.columns, file);
  format.bits_allocated = required_number(dicom, tags::kBitsAllocated, "BitsAllocated", file);
  format.bits_stored = dicom.number(tags::kBitsStored).value_or(format.bits_allocated);
  const auto last = static_cast<uint16_t>(format.bits_stored - 1);
  require_consistent_bits(format, dicom.number(tags::kHighBit).value_or(last), file);
  const uint16_t representation = dicom.number(tags::kPixelRepresentation).value_or(0);
  if (representation > 1) {
    throw DataError("{}: its PixelRepresentation is {}, expected 0 or 1; export the series again",
                    file, representation);
  }
  format.is_signed = representation == 1;
  format.may_have_overlay = dicom.has_overlay_in_pixels;
  take_rescaling(dicom, file, format);
  return format;
}

}  // namespace nmsw::datasets
