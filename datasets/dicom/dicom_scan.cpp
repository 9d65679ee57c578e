#include "datasets/dicom/dicom_scan.h"

#include <algorithm>
#include <map>

#include "datasets/dicom/dicom_file.h"
#include "datasets/dicom/dicom_pixel_format.h"
#include "datasets/dicom/mapped_file.h"
#include "nmsw/base/error.h"
#include "nmsw/base/plain_text.h"

namespace nmsw::datasets {
namespace {

namespace fs = std::filesystem;

/// The header of one file, without its pixels.
struct SliceHeader {
  std::string file, series, storage_class, modality, description, damage;
  std::string position, orientation, spacing, thickness, frames;
  int64_t rows = 0, columns = 0;
  bool is_image = false, lacks_pixels = false;
};

SliceHeader header_of(const DicomFile& dicom, const std::string& file) {
  SliceHeader header;
  header.file = file;
  header.series = dicom.text(tags::kSeries);
  header.storage_class = dicom.text(tags::kClass);
  if (header.storage_class.empty()) header.storage_class = dicom.text(tags::kMetaClass);
  header.modality = dicom.text(tags::kModality);
  header.description = dicom.text(tags::kDescription);
  header.position = dicom.text(tags::kPosition);
  header.orientation = dicom.text(tags::kOrientation);
  header.spacing = dicom.text(tags::kPixelSpacing);
  header.thickness = dicom.text(tags::kThickness);
  header.frames = dicom.text(tags::kFrames);
  header.rows = dicom.number(tags::kRows).value_or(0);
  header.columns = dicom.number(tags::kColumns).value_or(0);
  header.damage = dicom.damage;
  header.lacks_pixels = !dicom.pixels && dicom.values.count(tags::kFloatPixels) == 0 &&
                        dicom.values.count(tags::kDoublePixels) == 0;
  header.is_image = dicom.pixels.has_value() || dicom.values.count(tags::kRows) > 0;
  return header;
}

[[noreturn]] void fail_damaged(const std::string& file, const std::string& how) {
  throw DataError(
      "{}: is damaged or truncated ({}); copy or export it again, or take it out of the folder",
      file, how);
}

/// What the files of a folder are.
struct Folder {
  std::vector<SliceHeader> headers;
  std::vector<std::string> others;
};

/// The header of every DICOM file; what is none is passed over, unless it was one.
Folder headers_of(const std::vector<FolderFile>& files, ChildWork& child,
                  std::vector<std::string>& notes) {
  Folder folder;
  for (const FolderFile& file : files) {
    child.begin(file.name, limits_of(file.bytes, 0));
    const MappedFile mapped(file.name);
    const std::string_view bytes = mapped.bytes();
    constexpr size_t kBeginning = 1024, kPreambleBytes = 128;
    const std::string_view preamble = bytes.substr(0, kPreambleBytes);
    if (const auto dicom = walk_dicom(bytes)) {
      folder.headers.push_back(header_of(*dicom, file.name));
    } else if (bytes.size() < kPreambleBytes + 4 &&
               std::all_of(preamble.begin(), preamble.end(), [](char c) { return c == '\0'; })) {
      notes.push_back(fmt::format(
          "{}: is empty and was passed over; copy it again if it is a slice", file.name));
    } else if (bytes.substr(0, kBeginning).find("DICM") != std::string_view::npos) {
      fail_damaged(file.name, "its mark DICM stands at the wrong place");
    } else {
      folder.others.push_back(file.name);
    }
  }
  return folder;
}

/// A slice whose beginning is lost is no DICOM file any more; its name tells.
void require_no_lost_slice(const Folder& folder, const std::vector<DicomSlice>& slices) {
  for (const std::string& other : folder.others) {
    const fs::path ending = fs::path(other).extension();
    for (const DicomSlice& slice : slices) {
      if (!ending.empty() && slice.file.extension() == ending)
        fail_damaged(other, "it is no DICOM file, though it is named like the slices");
    }
  }
}

std::string chosen_series(const std::vector<SliceHeader>& headers, const std::string& wanted,
                          const fs::path& folder) {
  std::map<std::string, std::vector<const SliceHeader*>> series;
  for (const SliceHeader& header : headers) {
    if (header.is_image) series[header.series].push_back(&header);
  }
  if (series.empty()) {
    throw DataError("{}: holds no DICOM image; give an image file, or the folder of the slices",
                    folder.string());
  }
  if (wanted.empty() && series.size() == 1) return series.begin()->first;
  if (!wanted.empty() && series.count(wanted) > 0) return wanted;
  std::string list;
  for (const auto& [uid, slices] : series) {
    list +=
        fmt::format("{}{} ({}, '{}', {} files)", list.empty() ? "" : "; ",
                    uid.empty() ? "(no UID: " + slices.front()->file + ")" : printable_word(uid),
                    printable_word(slices.front()->modality),
                    printable_word(slices.front()->description), slices.size());
  }
  throw DataError("{}: holds {} series{}; choose one with --series: {}", folder.string(),
                  series.size(), wanted.empty() ? "" : ", none of them " + printable_word(wanted),
                  list);
}

/// The image headers of the series. A file that breaks off before its pixels looks like a plan; it
/// is a lost slice where it has the class of the series' images.
std::vector<SliceHeader> of_series(const std::vector<SliceHeader>& headers,
                                   const std::string& series, std::vector<std::string>& notes) {
  const auto first = std::find_if(headers.begin(), headers.end(), [&](const SliceHeader& h) {
    return h.is_image && h.series == series;
  });
  std::vector<SliceHeader> chosen;
  for (const SliceHeader& header : headers) {
    const bool is_other = !header.series.empty() && header.series != series;
    if (is_other && !header.damage.empty()) {
      notes.push_back(fmt::format("{}: is damaged ({}), but of another series; passed over",
                                  header.file, header.damage));
    }
    if (is_other) continue;
    if (!header.damage.empty()) fail_damaged(header.file, header.damage);
    if (header.lacks_pixels && (header.is_image || header.storage_class == first->storage_class))
      fail_damaged(header.file, "it holds no pixels");
    if (header.is_image && header.series == series) chosen.push_back(header);
  }
  return chosen;
}

DicomSlice slice_of(const SliceHeader& header) {
  require_one_frame(header.frames, header.file);
  require_extent(header.rows, header.columns, header.file);
  const auto numbers = [&](const std::string& text, size_t count, const char* name) {
    return dicom_numbers(text, count, name, header.file);
  };
  const auto position = numbers(header.position, 3, "ImagePositionPatient");
  const auto directions = numbers(header.orientation, 6, "ImageOrientationPatient");
  const auto spacing = numbers(header.spacing, 2, "PixelSpacing");
  DicomSlice slice;
  slice.file = header.file;
  slice.extent_xy = {header.columns, header.rows};
  // The first number is the distance of rows.
  slice.spacing_xy_mm = {spacing[1], spacing[0]};
  std::copy(position.begin(), position.end(), slice.position_lps_mm.begin());
  std::copy(directions.begin(), directions.begin() + 3, slice.row_lps.begin());
  std::copy(directions.begin() + 3, directions.end(), slice.column_lps.begin());
  if (!header.thickness.empty()) {
    slice.thickness_mm = numbers(header.thickness, 1, "SliceThickness")[0];
  }
  return slice;
}

}  // namespace

StepLimits limits_of(int64_t file_bytes, int64_t voxels) {
  // A JPEG 2000 slice of 512 x 512 takes about 0.05 s; it may take 3.
  constexpr int64_t kBaseBytes = int64_t{512} << 20U, kVoxelsOfASecond = 250000;
  constexpr int64_t kBytesOfASecond = 10 << 20;
  StepLimits limits;
  limits.memory_bytes = kBaseBytes + file_bytes + 4 * voxels * static_cast<int64_t>(sizeof(float));
  limits.cpu_seconds = 2 + voxels / kVoxelsOfASecond + file_bytes / kBytesOfASecond;
  return limits;
}

std::vector<DicomSlice> slices_of_series(const std::vector<FolderFile>& files,
                                         const fs::path& folder, const std::string& series,
                                         ChildWork& child, std::vector<std::string>& notes) {
  const Folder found = headers_of(files, child, notes);
  // Only who names a series has said that a damaged file of another does not matter.
  for (const SliceHeader& header : found.headers) {
    if (series.empty() && !header.damage.empty()) fail_damaged(header.file, header.damage);
  }
  std::vector<DicomSlice> slices;
  for (const SliceHeader& header :
       of_series(found.headers, chosen_series(found.headers, series, folder), notes)) {
    slices.push_back(slice_of(header));
  }
  require_no_lost_slice(found, slices);
  return slices;
}

}  // namespace nmsw::datasets
