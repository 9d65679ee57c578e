#include <algorithm>

#include <gtest/gtest.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <nlohmann/json.hpp>

#include "datasets/grid/orientation.h"
#include "tests/support/deflated.h"
#include "tests/support/dicom_series.h"
#include "tests/support/sanitized.h"
#include "tests/support/shared_data.h"

namespace nmsw::datasets {
namespace {

namespace fs = std::filesystem;
using testing::dicom_bytes;
using testing::DicomFolder;
using testing::DicomSliceSpec;
using testing::expect_error;

TEST(DicomFolder, WithASliceCutAnywhereIsRefusedOrSaysSo) {
  const DicomFolder folder;
  folder.put_three({});
  DicomSliceSpec middle;
  middle.position = "0\\0\\2";
  const std::string whole = dicom_bytes(middle);
  // Every length is tried on the walk alone; each of these takes a process.
  for (size_t size = 0; size < whole.size(); size += 5) {
    folder.put_bytes("1", whole.substr(0, size));
    if (size <= 131) {  // zeros alone: who knows what it was
      ReadNotes notes;
      EXPECT_EQ(read_image(folder.path(), &notes).geometry.extent_xyz[2], 2) << size;
      ASSERT_EQ(notes.lines.size(), 1U) << size;
      EXPECT_NE(notes.lines[0].find("/1: is empty"), std::string::npos);
    } else {
      folder.expect_fault({"/1: is damaged or truncated"});
    }
  }
}

TEST(DicomFolder, PassesOverWhatIsNoSlice) {
  const DicomFolder folder;
  folder.put_three({});
  folder.put_bytes("notes.txt", "not DICOM");
  fs::create_directory(folder.path() / "sub");
  ASSERT_EQ(::mkfifo((folder.path() / "pipe").c_str(), 0600), 0);
  fs::rename(folder.path() / "1", folder.path() / "sub" / "elsewhere");
  fs::create_symlink("sub/elsewhere", folder.path() / "link");
  ReadNotes notes;
  EXPECT_EQ(read_image(folder.path(), &notes).geometry.extent_xyz[2], 3);
  EXPECT_EQ(notes.lines, std::vector<std::string>{});
  fs::create_symlink("nowhere", folder.path() / "broken");
  fs::create_symlink("ring", folder.path() / "ring");
  EXPECT_EQ(read_image(folder.path(), &notes).geometry.extent_xyz[2], 3);
  ASSERT_EQ(notes.lines.size(), 2U);
  EXPECT_NE(notes.lines[0].find("leads nowhere"), std::string::npos);
}

TEST(DicomFolder, DoesNotPassOverALostSlice) {
  const DicomFolder folder;
  folder.put("0.dcm", {});
  DicomSliceSpec spec;
  spec.position = "0\\0\\2";
  const std::string whole = dicom_bytes(spec);
  folder.put_bytes("1.dcm", std::string(4096, 'x') + whole);
  folder.expect_fault({"/1.dcm: is damaged", "no DICOM file, though it is named like the slices"});
  folder.put_bytes("1.dcm", "x" + whole);
  folder.expect_fault({"/1.dcm: is damaged", "wrong place"});
}

TEST(DicomFolder, WithADamagedFileOfAnotherSeriesIsReadWhenTheSeriesIsNamed) {
  const DicomFolder folder;
  folder.put_three({});
  DicomSliceSpec other;
  other.series = "1.2.3.7";
  const std::string whole = dicom_bytes(other);
  folder.put_bytes("x", whole.substr(0, whole.size() - 2));
  folder.expect_fault({"/x: is damaged or truncated"});
  ReadNotes notes;
  EXPECT_EQ(read_image(folder.path(), &notes, "1.2.3.1").geometry.extent_xyz[2], 3);
  ASSERT_EQ(notes.lines.size(), 1U);
  EXPECT_NE(notes.lines[0].find("of another series"), std::string::npos);
  expect_error<DataError>([&] { read_image(folder.path(), nullptr, "1.2.3.7"); },
                          {"/x: is damaged or truncated"});
  folder.put_bytes("y", whole.substr(0, 200));  // ends before it says its series
  expect_error<DataError>([&] { read_image(folder.path(), nullptr, "1.2.3.1"); },
                          {"/y: is damaged or truncated"});
}

TEST(DicomFolder, WithTextInAnyCharacterSetGivesMessagesFitForJson) {
  const DicomFolder folder;
  DicomSliceSpec spec;
  spec.description =
      "Sch\xe4"
      "del\x1b[2J";
  spec.modality = "\xff\xfe";
  folder.put("0", spec);
  spec.series = "1.2\xe9";
  folder.put("1", spec);
  try {
    read_image(folder.path());
    ADD_FAILURE() << "two series";
  } catch (const DataError& error) {
    EXPECT_NO_THROW(nlohmann::json(error.what()).dump());
    EXPECT_NE(std::string(error.what()).find("Sch\\xe4del\\x1b[2J"), std::string::npos);
  }
  spec = {};
  spec.position = "0\\\xb5\\0";
  folder.put("0", spec);
  fs::remove(folder.path() / "1");
  folder.expect_fault({"/0: its ImagePositionPatient is '0\\\\xb5\\0'"});
}

TEST(DicomFolder, MayLackFileMetaInformation) {
  const DicomFolder folder;
  folder.put_bytes("0", testing::dicom_detail::data_set_bytes({}));
  EXPECT_EQ(folder.voxels(), (std::vector<float>{-1024, -1023, -1022, -1021, -1020, -1019}));
}

/// Most memory that a child of this process has had.
int64_t most_of_children_mib() {
  rusage used{};
  ::getrusage(RUSAGE_CHILDREN, &used);
  return used.ru_maxrss / 1024;
}

TEST(HostileDicom, IsRefusedWithTheNameOfTheFile) {
  NMSW_SHARED_OR_SKIP(data, "data/hostile/dicom");
  const ImageVolume good = read_image(data / "good");
  EXPECT_EQ(good.geometry.extent_xyz, (Int3{128, 128, 3}));
  for (const auto& entry : fs::directory_iterator(data)) {
    if (entry.path().filename() == "good") continue;
    expect_error<DataError>([&] { read_image(entry.path()); },
                            {entry.path().string() + '/', ".dcm: "});
  }
  if (testing::kIsSanitized) return;
  EXPECT_LT(most_of_children_mib(), 2048);
}

void expect_truth(const fs::path& folder) {
  const ImageVolume read = to_ras(read_image(folder / "series"));
  const ImageVolume truth = to_ras(read_image(folder / "truth.nii.gz"));
  require_same_grid(read.geometry, "series", truth.geometry, "truth");
  EXPECT_EQ(read.voxels, truth.voxels);
}

TEST(ReportedDicom, OfMonochrome1IsReadAsStored) {
  NMSW_SHARED_OR_SKIP(data, "data/reports/07_dicom_monochrome1");
  expect_truth(data);
}

TEST(ReportedDicom, OfDeflatedFilesIsReadAndNamesACutOne) {
  NMSW_SHARED_OR_SKIP(data, "data/reports/12_dicom_deflated");
  expect_truth(data);
  const DicomFolder folder;
  for (const auto& entry : fs::directory_iterator(data / "series"))
    folder.put_bytes(entry.path().filename().string(), read_file(entry.path()));
  const std::string whole = read_file(data / "series" / "IM0007.dcm");
  folder.put_bytes("IM0007.dcm", whole.substr(0, whole.size() / 2));
  folder.expect_fault({"/IM0007.dcm: is damaged or truncated", "deflated data set is cut off"});
}

}  // namespace
}  // namespace nmsw::datasets
