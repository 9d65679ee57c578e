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
  /// Stored values, column index fastest.
  std::vector<int16_t> stored{0, 1, 2, 3, 4, 5};
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
  const bool long_form = type == "OB" || type == "OW";
  return little_endian(group, 2) + little_endian(number, 2) + type +
         (long_form ? std::string(2, '\0') : "") +
         little_endian(static_cast<uint32_t>(value.size()), long_form ? 4 : 2) + value;
}

inline std::string number16(uint16_t value) { return little_endian(value, 2); }

}  // namespace dicom_detail

/// The bytes of such a file: CT image storage, uncompressed, explicit little endian (PS3.5,
/// PS3.10). Empty texts are left out.
inline std::string dicom_bytes(const DicomSliceSpec& spec) {
  using dicom_detail::element;
  using dicom_detail::number16;
  const std::string storage = "1.2.840.10008.5.1.4.1.1.2";
  const std::string instance = spec.series + "." + spec.instance;
  const std::string meta =
      element(0x0002, 0x0001, "OB", std::string("\0\1", 2)) +
      element(0x0002, 0x0002, "UI", storage) + element(0x0002, 0x0003, "UI", instance) +
      element(0x0002, 0x0010, "UI", "1.2.840.10008.1.2.1") + element(0x0002, 0x0012, "UI", "1.2.3");
  std::string data;
  const auto add = [&](uint16_t group, uint16_t number, const char* type, const std::string& text) {
    if (!text.empty()) data += element(group, number, type, text);
  };
  add(0x0008, 0x0016, "UI", storage);
  add(0x0008, 0x0018, "UI", instance);
  add(0x0008, 0x0060, "CS", spec.modality);
  add(0x0008, 0x103e, "LO", spec.description);
  add(0x0018, 0x0050, "DS", spec.thickness);
  add(0x0020, 0x000d, "UI", "1.2.3");
  add(0x0020, 0x000e, "UI", spec.series);
  add(0x0020, 0x0013, "IS", spec.instance);
  add(0x0020, 0x0032, "DS", spec.position);
  add(0x0020, 0x0037, "DS", spec.orientation);
  if (spec.rows > 0) {
    add(0x0028, 0x0002, "US", number16(spec.samples));
    add(0x0028, 0x0004, "CS", spec.samples == 1 ? "MONOCHROME2" : "RGB");
    if (spec.samples > 1) add(0x0028, 0x0006, "US", number16(0));
    add(0x0028, 0x0008, "IS", spec.frames);
    add(0x0028, 0x0010, "US", number16(spec.rows));
    add(0x0028, 0x0011, "US", number16(spec.columns));
    add(0x0028, 0x0030, "DS", spec.spacing);
    const uint16_t bits = spec.samples == 1 ? 16 : 8;
    add(0x0028, 0x0100, "US", number16(bits));
    add(0x0028, 0x0101, "US", number16(bits));
    add(0x0028, 0x0102, "US", number16(static_cast<uint16_t>(bits - 1)));
    add(0x0028, 0x0103, "US", number16(spec.samples == 1 ? 1 : 0));
    add(0x0028, 0x1052, "DS", spec.intercept);
    add(0x0028, 0x1053, "DS", spec.slope);
    std::string pixels;
    for (const int16_t value : spec.stored) pixels += number16(static_cast<uint16_t>(value));
    add(0x7fe0, 0x0010, "OW", pixels);
  }
  return std::string(128, '\0') + "DICM" +
         element(0x0002, 0x0000, "UL",
                 dicom_detail::little_endian(static_cast<uint32_t>(meta.size()), 4)) +
         meta + data;
}

}  // namespace nmsw::testing
