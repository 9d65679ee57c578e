#include "datasets/dicom/dicom_series.h"

#include <algorithm>
#include <charconv>
#include <map>
#include <optional>

#include <gdcmScanner.h>
#include <gdcmTrace.h>
#include <itkGDCMImageIO.h>

#include "datasets/dicom/dicom_probe.h"
#include "datasets/dicom/dicom_stack.h"
#include "datasets/itk/itk_voxels.h"
#include "nmsw/base/error.h"

namespace nmsw::datasets {
namespace {

namespace fs = std::filesystem;

const gdcm::Tag kModality(0x0008, 0x0060), kDescription(0x0008, 0x103e), kThickness(0x0018, 0x0050),
    kSeries(0x0020, 0x000e), kPosition(0x0020, 0x0032), kOrientation(0x0020, 0x0037),
    kFrames(0x0028, 0x0008), kRows(0x0028, 0x0010), kColumns(0x0028, 0x0011),
    kPixelSpacing(0x0028, 0x0030);

/// The header values of one file.
class SliceHeader {
 public:
  SliceHeader(const gdcm::Scanner& scanner, std::string file)
      : scanner_(&scanner), file_(std::move(file)) {}

  const std::string& file() const { return file_; }
  /// Without the padding; empty where the header has no such value.
  std::string text(const gdcm::Tag& tag) const {
    const char* value = scanner_->GetValue(file_.c_str(), tag);
    std::string found = value == nullptr ? "" : value;
    found.erase(0, found.find_first_not_of(' '));
    found.erase(found.find_last_not_of(std::string(" \0", 2)) + 1);
    return found;
  }
  /// The numbers between backslashes. Throws DataError where there are not `count` of them.
  std::vector<double> numbers(const gdcm::Tag& tag, size_t count, const char* name) const {
    const std::string value = text(tag);
    std::vector<double> found;
    const char* at = value.data();
    const char* end = at + value.size();
    while (at < end) {
      while (at < end && (*at == ' ' || *at == '+' || *at == '\\')) ++at;
      double number = 0;
      const auto [rest, error] = std::from_chars(at, end, number);
      if (error != std::errc{}) break;
      found.push_back(number);
      at = rest;
    }
    if (at < end || found.size() != count) {
      throw DataError(
          "{}: its {} is '{}', expected {} numbers; take the file out of the folder or export the "
          "series again",
          file_, name, value, count);
    }
    return found;
  }

 private:
  const gdcm::Scanner* scanner_;
  std::string file_;
};

std::vector<std::string> files_of(const fs::path& folder) {
  std::vector<std::string> files;
  for (const fs::directory_entry& entry : fs::directory_iterator(folder)) {
    if (entry.is_regular_file()) files.push_back(entry.path().string());
  }
  std::sort(files.begin(), files.end());
  return files;
}

using SeriesMap = std::map<std::string, std::vector<SliceHeader>>;

SeriesMap images_by_series(const gdcm::Scanner& scanner, const std::vector<std::string>& files) {
  SeriesMap series;
  for (const std::string& file : files) {
    if (!scanner.IsKey(file.c_str())) continue;
    const SliceHeader header(scanner, file);
    if (header.text(kRows).empty()) continue;  // plans, structures, directories
    series[header.text(kSeries)].push_back(header);
  }
  return series;
}

const std::vector<SliceHeader>& chosen_series(const SeriesMap& series, const std::string& wanted,
                                              const fs::path& folder) {
  if (series.empty()) {
    throw DataError("{}: holds no DICOM image; give an image file, or the folder of the slices",
                    folder.string());
  }
  if (wanted.empty() && series.size() == 1) return series.begin()->second;
  if (const auto found = series.find(wanted); found != series.end()) return found->second;
  std::string list;
  for (const auto& [uid, slices] : series) {
    list += fmt::format("{}{} ({}, '{}', {} files)", list.empty() ? "" : "; ",
                        uid.empty() ? "(no UID)" : uid, slices.front().text(kModality),
                        slices.front().text(kDescription), slices.size());
  }
  throw DataError("{}: holds {} series{}; choose one with --series: {}", folder.string(),
                  series.size(), wanted.empty() ? "" : ", none of them " + wanted, list);
}

DicomSlice slice_of(const SliceHeader& header) {
  const std::string frames = header.text(kFrames);
  if (!frames.empty() && frames != "1") {
    throw DataError("{}: holds {} frames in one file; convert it to NIfTI (dcm2niix) and give that",
                    header.file(), frames);
  }
  const auto position = header.numbers(kPosition, 3, "ImagePositionPatient");
  const auto directions = header.numbers(kOrientation, 6, "ImageOrientationPatient");
  const auto spacing = header.numbers(kPixelSpacing, 2, "PixelSpacing");
  DicomSlice slice;
  slice.file = header.file();
  slice.extent_xy = {static_cast<int64_t>(header.numbers(kColumns, 1, "Columns")[0]),
                     static_cast<int64_t>(header.numbers(kRows, 1, "Rows")[0])};
  // The first number is the distance of rows.
  slice.spacing_xy_mm = {spacing[1], spacing[0]};
  std::copy(position.begin(), position.end(), slice.position_lps_mm.begin());
  std::copy(directions.begin(), directions.begin() + 3, slice.row_lps.begin());
  std::copy(directions.begin() + 3, directions.end(), slice.column_lps.begin());
  if (!header.text(kThickness).empty()) {
    slice.thickness_mm = header.numbers(kThickness, 1, "SliceThickness")[0];
  }
  return slice;
}

std::vector<float> slice_voxels(const DicomSlice& slice) {
  const std::string file = slice.file.string();
  const auto io = itk::GDCMImageIO::New();
  io->SetFileName(file);
  io->ReadImageInformation();
  require_scalar_voxels(*io, file);
  return read_itk_voxels(*io, static_cast<size_t>(slice.extent_xy[0] * slice.extent_xy[1]), file);
}

}  // namespace

ImageVolume read_dicom_series(const fs::path& folder, const std::string& series,
                              std::vector<std::string>& notes) {
  // Both libraries would print their warnings among our own lines.
  gdcm::Trace::WarningOff();
  gdcm::Trace::ErrorOff();
  itk::Object::SetGlobalWarningDisplay(false);
  const std::vector<std::string> files = files_of(folder);
  require_whole_files(files);
  gdcm::Scanner scanner;
  for (const gdcm::Tag& tag : {kModality, kDescription, kThickness, kSeries, kPosition,
                               kOrientation, kFrames, kRows, kColumns, kPixelSpacing}) {
    scanner.AddTag(tag);
  }
  scanner.Scan(files);
  const SeriesMap all = images_by_series(scanner, files);
  std::vector<DicomSlice> slices;
  for (const SliceHeader& header : chosen_series(all, series, folder)) {
    slices.push_back(slice_of(header));
  }
  ImageVolume image;
  image.geometry = stack_geometry(slices, notes);
  image.voxels.reserve(static_cast<size_t>(image.geometry.voxel_count()));
  for (const DicomSlice& slice : slices) {
    const std::vector<float> voxels =
        with_itk_errors(slice.file.string(), [&] { return slice_voxels(slice); });
    image.voxels.insert(image.voxels.end(), voxels.begin(), voxels.end());
  }
  return image;
}

}  // namespace nmsw::datasets
