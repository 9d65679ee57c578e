#include <cmath>

#include <gtest/gtest.h>

#include "datasets/grid/geometry.h"
#include "datasets/grid/orientation.h"
#include "datasets/image_io.h"
#include "nmsw/base/atomic_file.h"
#include "tests/support/dicom_slice.h"
#include "tests/support/expect_error.h"
#include "tests/support/shared_data.h"
#include "tests/support/temporary_folder.h"

namespace nmsw::datasets {
namespace {

namespace fs = std::filesystem;
using testing::dicom_bytes;
using testing::DicomSliceSpec;
using testing::expect_error;
using testing::TemporaryFolder;

/// A folder of slices; file i holds the slice at the i-th position.
class DicomSeries : public ::testing::Test {
 protected:
  void put(const std::string& name, const DicomSliceSpec& spec) const {
    write_text_atomically(folder_ / name, dicom_bytes(spec));
  }
  void put_at(const std::vector<std::string>& positions, DicomSliceSpec spec = {}) const {
    for (size_t i = 0; i < positions.size(); ++i) {
      spec.position = positions[i];
      spec.instance = std::to_string(i + 1);
      put(fmt::format("{:02}", i), spec);
    }
  }
  void expect_fault(const std::vector<std::string>& parts) const {
    expect_error<DataError>([&] { read_image(folder_.path()); }, parts);
  }
  TemporaryFolder folder_;
};

TEST_F(DicomSeries, IsStackedByPositionAndRescaled) {
  DicomSliceSpec spec;
  spec.thickness = "5";
  spec.spacing = "0.5\\0.75";
  spec.slope = "2";
  spec.intercept = "-1000";
  spec.instance = "1";
  spec.position = "10\\20\\33";
  put("a", spec);
  spec.instance = "2";  // rises while z falls
  spec.position = "10\\20\\31";
  spec.stored = {10, 11, 12, 13, 14, 15};
  put("b", spec);
  write_text_atomically(folder_ / "notes.txt", "not DICOM");
  spec = {};
  spec.rows = 0;
  spec.series = "1.2.3.9";
  put("plan", spec);
  const ImageVolume image = read_image(folder_.path());
  EXPECT_EQ(image.geometry.extent_xyz, (Int3{3, 2, 2}));
  EXPECT_EQ(image.geometry.spacing_xyz_mm, (Real3{0.75, 0.5, 2}));
  EXPECT_EQ(image.geometry.origin_lps_mm, (Real3{10, 20, 31}));
  EXPECT_EQ(image.geometry.direction_lps, (Matrix3{1, 0, 0, 0, 1, 0, 0, 0, 1}));
  EXPECT_EQ(image.voxels, (std::vector<float>{-980, -978, -976, -974, -972, -970, -1000, -998, -996,
                                              -994, -992, -990}));
}

TEST_F(DicomSeries, OfObliqueSlicesKeepsItsDirections) {
  // Coronal slices turned by 30 degrees about x: rows run left, columns down and a little back.
  DicomSliceSpec spec;
  spec.orientation = "1\\0\\0\\0\\0.5\\-0.8660254";
  // The normal (0, 0.8660254, 0.5), 4 mm a slice.
  put_at({"0\\0\\0", "0\\3.4641016\\2", "0\\6.9282032\\4"}, spec);
  const Geometry geometry = read_image(folder_.path()).geometry;
  EXPECT_NEAR(geometry.spacing_xyz_mm[2], 4, 1e-6);
  const Matrix3 expected{1, 0, 0, 0, 0.5, 0.8660254, 0, -0.8660254, 0.5};
  for (size_t i = 0; i < 9; ++i) EXPECT_NEAR(geometry.direction_lps[i], expected[i], 1e-6);
}

TEST_F(DicomSeries, OfOneSliceTakesItsThicknessWithANote) {
  put("only", {});
  ReadNotes notes;
  EXPECT_EQ(read_image(folder_.path(), &notes).geometry.spacing_xyz_mm, (Real3{1, 1, 3}));
  ASSERT_EQ(notes.lines.size(), 1U);
  EXPECT_NE(notes.lines[0].find("only slice"), std::string::npos);
}

TEST_F(DicomSeries, AmongSeveralMustBeChosen) {
  put_at({"0\\0\\0", "0\\0\\2"});
  DicomSliceSpec other;
  other.series = "1.2.3.7";
  other.modality = "MR";
  other.description = "Localiser";
  put("x", other);
  expect_fault({folder_.path().string(), "2 series", "--series", "1.2.3.1 (CT, 'Abdomen', 2 files)",
                "1.2.3.7 (MR, 'Localiser', 1 files)"});
  EXPECT_EQ(read_image(folder_.path(), nullptr, "1.2.3.1").geometry.extent_xyz, (Int3{3, 2, 2}));
  EXPECT_EQ(read_image(folder_.path(), nullptr, "1.2.3.7").geometry.extent_xyz, (Int3{3, 2, 1}));
  expect_error<DataError>([&] { read_image(folder_.path(), nullptr, "1.2.3"); },
                          {"none of them 1.2.3;", "1.2.3.7"});
}

TEST_F(DicomSeries, WithAGapOrUnevenSlicesIsRefused) {
  put_at({"0\\0\\0", "0\\0\\2", "0\\0\\4", "0\\0\\8", "0\\0\\10"});
  expect_fault({"/02 and", "/03 are 4 mm apart, the other slices 2 mm", "missing slices"});
  put_at({"0\\0\\0", "0\\0\\2", "0\\0\\4", "0\\0\\6", "0\\0\\8.25"});
  expect_fault({"/03 and", "/04 are 2.25 mm apart"});
  put_at({"0\\0\\0", "0\\0\\2", "0\\0\\4", "0\\0\\6", "0\\0\\8.15"});
  EXPECT_NEAR(read_image(folder_.path()).geometry.spacing_xyz_mm[2], 8.15 / 4, 1e-9);
}

TEST_F(DicomSeries, WithTwoSlicesAtOnePlaceIsRefused) {
  put_at({"0\\0\\0", "0\\0\\2", "0\\0\\2", "0\\0\\4"});
  expect_fault({"/01 and", "/02 lie at the same place", "keep one"});
}

TEST_F(DicomSeries, OfATiltedGantryIsRefusedWithTheAngle) {
  // 2 mm along z and 2·tan(15°) mm along y.
  put_at({"0\\0\\0", "0\\0.5359\\2", "0\\1.0718\\4"});
  expect_fault({"tilted by 15 degrees", "dcm2niix"});
  // A drift below half a pixel is rounding.
  put_at({"0\\0\\0", "0\\0.1\\2", "0\\0.2\\4"});
  EXPECT_NO_THROW(read_image(folder_.path()));
}

TEST_F(DicomSeries, OfMixedSlicesIsRefused) {
  put_at({"0\\0\\0", "0\\0\\2"});
  DicomSliceSpec spec;
  spec.position = "0\\0\\4";
  spec.orientation = "1\\0\\0\\0\\0\\-1";
  put("x", spec);
  expect_fault({"/00 and", "/x lie in different directions", "localiser"});
  spec = {};
  spec.position = "0\\0\\4";
  spec.spacing = "2\\2";
  put("x", spec);
  expect_fault({"/00 has pixels of 1 mm but", "/x of 2 mm"});
  spec.spacing = "1\\1";
  spec.rows = 1;
  spec.stored = {1, 2, 3};
  put("x", spec);
  expect_fault({"/00 has 3 x 2 pixels but", "/x has 3 x 1"});
}

TEST_F(DicomSeries, WithAHeaderThatCannotBeUsedIsRefused) {
  DicomSliceSpec spec;
  spec.position = "";
  put("x", spec);
  expect_fault({"/x: its ImagePositionPatient is ''", "3 numbers"});
  spec.position = "0\\0\\high";
  put("x", spec);
  expect_fault({"/x: its ImagePositionPatient is '0\\0\\high'"});
  spec = {};
  spec.orientation = "1\\0\\0\\1\\0\\0";
  put("x", spec);
  expect_fault({"/x: its ImageOrientationPatient", "right angles"});
  spec = {};
  spec.spacing = "0\\1";
  put("x", spec);
  expect_fault({"spacing", "impossible"});
  spec = {};
  spec.frames = "2";
  spec.stored.resize(12);
  put("x", spec);
  expect_fault({"/x: holds 2 frames", "dcm2niix"});
  spec = {};
  spec.samples = 3;
  spec.stored.resize(9);
  put("x", spec);
  expect_fault({"/x: its voxels are rgb"});
}

TEST_F(DicomSeries, ThatIsDamagedIsRefused) {
  expect_fault({folder_.path().string(), "holds no DICOM image"});
  const std::string whole = dicom_bytes({});
  write_text_atomically(folder_ / "x", whole.substr(0, whole.size() - 4));
  expect_fault({"/x"});
  write_text_atomically(folder_ / "x", whole.substr(0, 200));
  expect_fault({"/x", "damaged or truncated"});
}

TEST(RealDicomSeries, LiesOnTheGridOfItsLabelAndIsInHounsfieldUnits) {
  NMSW_SHARED_OR_SKIP(data, "data/ct_b");
  const ImageVolume image = read_image(data / "dicom");
  EXPECT_EQ(image.geometry.extent_xyz, (Int3{512, 512, 20}));
  EXPECT_NEAR(image.geometry.spacing_xyz_mm[2], 2, 1e-6) << "the tag SliceThickness says 3";
  const ImageVolume ras = to_ras(image);
  const LabelVolume label = to_ras(read_label(data / "seg31.nii.gz"));
  require_same_grid(ras.geometry, "series", label.geometry, "label");
  constexpr uint8_t kLiver = 5;
  double sum = 0;
  int64_t count = 0;
  for (size_t i = 0; i < label.voxels.size(); ++i) {
    if (label.voxels[i] != kLiver) continue;
    sum += ras.voxels[i];
    ++count;
  }
  ASSERT_GT(count, 0);
  EXPECT_NEAR(sum / static_cast<double>(count), 89, 0.5) << "the data's own description";
}

TEST(RealDicomSeries, WithASliceTakenOutOrCutIsRefused) {
  NMSW_SHARED_OR_SKIP(data, "data/ct_b/dicom");
  const TemporaryFolder folder;
  for (const auto& entry : fs::directory_iterator(data)) {
    fs::copy_file(entry.path(), folder.path() / entry.path().filename());
  }
  const auto slice = [&](int number) {
    return folder /
           fmt::format("CT.1.3.12.2.1107.5.1.4.60064.300000221208081134280000165{}", number);
  };
  const std::string whole = read_file(slice(80));
  write_text_atomically(slice(80), whole.substr(0, whole.size() / 2));
  expect_error<DataError>([&] { read_image(folder.path()); }, {slice(80).string(), "damaged"});
  fs::remove(slice(80));
  expect_error<DataError>([&] { read_image(folder.path()); },
                          {"4 mm apart, the other slices 2 mm"});
}

}  // namespace
}  // namespace nmsw::datasets
