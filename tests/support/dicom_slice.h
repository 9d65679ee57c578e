#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include <fmt/format.h>

namespace nmsw::testing {

/// What a DICOM file of one slice says; every number as the text of its header.
struct DicomSliceSpec {
  std::string series = "1.2.3.1";
  std::string modality = "CT";
  std::string description = "Abdomen";
  std::string thickness = "3";
  std::string instance = "1";
  std::string position = "0\\0\\0";
  std::string orientation = "1\\0\\0\\0\\1\\0";
  std::string spacing = "1\\1";
  std::string frames;
  std::string slope = "1", intercept = "-1024";
  uint16_t rows = 2, columns = 3;
  uint16_t samples = 1;
  std::string syntax = "1.2.840.10008.1.2.1";
  std::string photometric;  ///< empty: MONOCHROME2, RGB of several samples
  uint16_t bits = 16, bits_stored = 16;
  int high_bit = -1;  ///< -1: the highest stored
  bool is_signed = true;
  /// Stored values, column index fastest.
  std::vector<int16_t> stored{0, 1, 2, 3, 4, 5};
  /// Instead of `stored`: the bytes of native pixels; or fragments of encapsulated ones.
  std::string pixel_bytes;
  std::vector<std::string> fragments;
  /// Elements put in before the pixels, as bytes.
  std::string extra;
};

namespace dicom_detail {

inline std::string little_endian(uint32_t value, size_t bytes) {
  std::string text;
  for (size_t i = 0; i < bytes; ++i) text += static_cast<char>(value >> (8 * i) & 0xffU);
  return text;
}

/// One data element with explicit value representation.
inline std::string element(uint16_t group, uint16_t number, const std::string& type,
                           std::string value) {
  if (value.size() % 2 != 0) value += type == "UI" ? '\0' : ' ';
  const bool long_form = type == "OB" || type == "OW" || type == "SQ";
  return little_endian(group, 2) + little_endian(number, 2) + type +
         (long_form ? std::string(2, '\0') : "") +
         little_endian(static_cast<uint32_t>(value.size()), long_form ? 4 : 2) + value;
}

inline std::string number16(uint16_t value) { return little_endian(value, 2); }

/// One item of encapsulated pixels.
inline std::string item(const std::string& content) {
  return little_endian(0xe000fffe, 4) + little_endian(static_cast<uint32_t>(content.size()), 4) +
         content;
}

inline std::string pixel_element(const DicomSliceSpec& spec) {
  if (!spec.fragments.empty()) {
    std::string bytes = little_endian(0x00107fe0, 4) + "OB" + std::string(2, '\0') +
                        little_endian(0xffffffff, 4) + item("");
    for (const std::string& fragment : spec.fragments) bytes += item(fragment);
    return bytes + little_endian(0xe0ddfffe, 4) + little_endian(0, 4);
  }
  std::string pixels = spec.pixel_bytes;
  if (pixels.empty()) {
    for (const int16_t value : spec.stored) pixels += number16(static_cast<uint16_t>(value));
  }
  return element(0x7fe0, 0x0010, "OW", pixels);
}

/// The data set alone, explicit little endian.
inline std::string data_set_bytes(const DicomSliceSpec& spec) {
  std::string data;
  const auto add = [&](uint16_t group, uint16_t number, const char* type, const std::string& text) {
    if (!text.empty()) data += element(group, number, type, text);
  };
  add(0x0008, 0x0016, "UI", "1.2.840.10008.5.1.4.1.1.2");
  add(0x0008, 0x0018, "UI", spec.series + "." + spec.instance);
  add(0x0008, 0x0060, "CS", spec.modality);
  add(0x0008, 0x103e, "LO", spec.description);
  add(0x0018, 0x0050, "DS", spec.thickness);
  add(0x0020, 0x000d, "UI", "1.2.3");
  add(0x0020, 0x000e, "UI", spec.series);
  add(0x0020, 0x0013, "IS", spec.instance);
  add(0x0020, 0x0032, "DS", spec.position);
  add(0x0020, 0x0037, "DS", spec.orientation);
  if (spec.rows == 0) return data;
  const bool is_scalar = spec.samples == 1;
  const std::string colours = is_scalar ? "MONOCHROME2" : "RGB";
  const uint16_t bits = is_scalar ? spec.bits : 8, stored = is_scalar ? spec.bits_stored : 8;
  const auto last = static_cast<uint16_t>(stored - 1);
  add(0x0028, 0x0002, "US", number16(spec.samples));
  add(0x0028, 0x0004, "CS", spec.photometric.empty() ? colours : spec.photometric);
  if (spec.samples > 1) add(0x0028, 0x0006, "US", number16(0));
  add(0x0028, 0x0008, "IS", spec.frames);
  add(0x0028, 0x0010, "US", number16(spec.rows));
  add(0x0028, 0x0011, "US", number16(spec.columns));
  add(0x0028, 0x0030, "DS", spec.spacing);
  add(0x0028, 0x0100, "US", number16(bits));
  add(0x0028, 0x0101, "US", number16(stored));
  add(0x0028, 0x0102, "US",
      number16(spec.high_bit < 0 ? last : static_cast<uint16_t>(spec.high_bit)));
  add(0x0028, 0x0103, "US", number16(is_scalar && spec.is_signed ? 1 : 0));
  add(0x0028, 0x1052, "DS", spec.intercept);
  add(0x0028, 0x1053, "DS", spec.slope);
  return data + spec.extra + pixel_element(spec);
}

/// Preamble and file meta information.
inline std::string meta_bytes(const DicomSliceSpec& spec) {
  const std::string meta = element(0x0002, 0x0001, "OB", std::string("\0\1", 2)) +
                           element(0x0002, 0x0002, "UI", "1.2.840.10008.5.1.4.1.1.2") +
                           element(0x0002, 0x0003, "UI", spec.series + "." + spec.instance) +
                           element(0x0002, 0x0010, "UI", spec.syntax) +
                           element(0x0002, 0x0012, "UI", "1.2.3");
  return std::string(128, '\0') + "DICM" +
         element(0x0002, 0x0000, "UL", little_endian(static_cast<uint32_t>(meta.size()), 4)) + meta;
}

}  // namespace dicom_detail

/// The bytes of such a file: CT image storage, explicit little endian (PS3.5, PS3.10). Empty texts
/// are left out.
inline std::string dicom_bytes(const DicomSliceSpec& spec) {
  return dicom_detail::meta_bytes(spec) + dicom_detail::data_set_bytes(spec);
}

}  // namespace nmsw::testing
