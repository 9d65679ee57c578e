#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace nmsw::datasets {

/// Group and element of a DICOM tag in one number: 0x00280010 is (0028,0010), Rows.
using DicomTag = uint32_t;

namespace tags {
inline constexpr DicomTag kMetaClass = 0x00020002, kTransferSyntax = 0x00020010,
                          kClass = 0x00080016, kModality = 0x00080060, kDescription = 0x0008103e,
                          kThickness = 0x00180050, kSeries = 0x0020000e, kPosition = 0x00200032,
                          kOrientation = 0x00200037, kSamples = 0x00280002,
                          kPhotometric = 0x00280004, kFrames = 0x00280008, kRows = 0x00280010,
                          kColumns = 0x00280011, kPixelSpacing = 0x00280030,
                          kBitsAllocated = 0x00280100, kBitsStored = 0x00280101,
                          kHighBit = 0x00280102, kPixelRepresentation = 0x00280103,
                          kIntercept = 0x00281052, kSlope = 0x00281053, kLut = 0x00283000,
                          kFloatPixels = 0x7fe00008, kDoublePixels = 0x7fe00009,
                          kPixels = 0x7fe00010;
}  // namespace tags

/// What a file holds of its pixels. The bytes lie in the buffer that was walked, or in
/// DicomFile::inflated.
struct DicomPixels {
  bool is_encapsulated = false;
  std::string_view native;
  /// Of encapsulated pixels, without the offset table.
  std::vector<std::string_view> fragments;
};

/// The elements of one DICOM file that a slice needs, as bytes.
struct DicomFile {
  std::string transfer_syntax;
  bool is_big_endian = false;
  /// Whether each element says its type; headers without file meta information may be either.
  bool is_explicit = true;
  /// Values of the outermost data set; of those in `tags` alone.
  std::map<DicomTag, std::string_view> values;
  std::optional<DicomPixels> pixels;
  /// Some bits of the pixels hold an overlay (retired since 2004).
  bool has_overlay_in_pixels = false;
  /// The data set, where the file holds it deflated.
  std::shared_ptr<const std::string> inflated;
  /// What is wrong, where the file is not whole; what stands before it was read. Empty: nothing.
  std::string damage;

  /// Without padding; empty where the file has no such element.
  std::string text(DicomTag tag) const;
  /// The number of a US element; nothing where it is absent or of another size.
  std::optional<uint16_t> number(DicomTag tag) const;
};

/// Walks over the elements of one file (PS3.10, PS3.5) to its end, zeros behind the last are
/// padding; nothing where the bytes are no DICOM file. Every length is checked against the bytes that are there, sequences may nest
/// 32 deep, and a deflated data set may hold 128 MB. Trusts nothing, throws std::bad_alloc alone.
///
/// Explicit and implicit little endian, explicit big endian, deflated and encapsulated syntaxes,
/// with or without file meta information. What the views point to must outlive the result.
std::optional<DicomFile> walk_dicom(std::string_view bytes);

}  // namespace nmsw::datasets
