#include "datasets/check_dataset.h"

#include <gmock/gmock.h>

#include "tests/datasets/toy_cases.h"
#include "tests/support/shared_data.h"
#include "tests/support/temporary_folder.h"

namespace nmsw::datasets {
namespace {

namespace fs = std::filesystem;
using nmsw::testing::oblique_geometry;
using nmsw::testing::TemporaryFolder;
using ::testing::AllOf;
using ::testing::Contains;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using toy::put_image;
using toy::put_label;
using toy::put_mask;

/// Two cases in the layout word, labelled with the classes 1 and 2 unless a test says otherwise.
class CheckOfTwoCases : public ::testing::Test {
 protected:
  void SetUp() override {
    for (const char* part : {"Tr", "Ts"}) {
      put_image(file("images", part));
      put_label(file("labels", part));
    }
    write_image(file("images", "Ts"),
                nmsw::testing::random_image(oblique_geometry(toy::kExtent), 7));
  }
  fs::path file(const std::string& kind, const std::string& part) const {
    return root_ / (kind + part + "/" + part + ".nii.gz");
  }
  DatasetFindings check(const std::string& more = "") const {
    return check_dataset(
        parse_descriptor("name: toy\nclasses: [left, right]\nlayout: word\n" + more, "toy.yaml"),
        root_.path());
  }
  TemporaryFolder root_;
};

TEST_F(CheckOfTwoCases, FindsNothing) {
  EXPECT_THAT(check().faults, IsEmpty());
  EXPECT_THAT(check().remarks, IsEmpty());
}

TEST_F(CheckOfTwoCases, RemarksATestImageThatTrains) {
  put_image(file("images", "Ts"));
  EXPECT_THAT(check().remarks, ElementsAre(HasSubstr("'Ts' is the same image as 'Tr'")));
}

TEST_F(CheckOfTwoCases, RemarksAClassThatNoVoxelHas) {
  for (const char* part : {"Tr", "Ts"}) put_mask(file("labels", part), {3});
  EXPECT_THAT(check().faults, IsEmpty());
  EXPECT_THAT(check().remarks, ElementsAre(HasSubstr("class 'right' (2) is in no case;")));
  put_label(file("labels", "Ts"));
  EXPECT_THAT(check().remarks,
              ElementsAre(HasSubstr("class 'right' (2) is in no case that trains")));
  for (const char* part : {"Tr", "Ts"}) put_mask(file("labels", part), {});
  EXPECT_THAT(check().remarks, ElementsAre(HasSubstr("class 'left' (1) is in no case;"),
                                           HasSubstr("class 'right' (2) is in no case;")));
}

TEST_F(CheckOfTwoCases, SaysNothingOfClassesWhileAFileCannotBeRead) {
  put_mask(file("labels", "Tr"), {3});
  put_label(file("labels", "Ts"), 7);
  EXPECT_THAT(check().faults, ElementsAre(HasSubstr("outside the class list")));
  EXPECT_THAT(check().remarks, IsEmpty());
}

TEST_F(CheckOfTwoCases, NamesASpacingThatCannotBeMeant) {
  ImageVolume image = nmsw::testing::random_image(oblique_geometry(toy::kExtent), 1);
  LabelVolume label = nmsw::testing::random_label(oblique_geometry(toy::kExtent), 3, 2);
  image.geometry.spacing_xyz_mm = label.geometry.spacing_xyz_mm = {80, 110, 250};
  write_image(file("images", "Tr"), image);
  write_label(file("labels", "Tr"), label);
  EXPECT_THAT(check().faults,
              ElementsAre(AllOf(HasSubstr("imagesTr/Tr.nii.gz: voxels of"), HasSubstr("250"),
                                HasSubstr("is the unit wrong?"))));
  EXPECT_THAT(check("preprocessing: {spacing_xyz_mm: [1, 1, 1]}\n").faults,
              ElementsAre(HasSubstr("it would be")));
}

TEST_F(CheckOfTwoCases, ReadsFilesWhoseEndingsAreInUpperCase) {
  for (const char* kind : {"images", "labels"})
    fs::rename(file(kind, "Ts"), root_ / (std::string(kind) + "Ts/SCAN.NII.GZ"));
  EXPECT_THAT(check().faults, IsEmpty());
  EXPECT_THAT(check().remarks, IsEmpty());
}

TEST(CheckDataset, OfReleaseV1ReadAsV2NamesEachClassOnce) {
  NMSW_SHARED_OR_SKIP(root, "data/reports/09_class_in_no_case/totalsegmentator");
  const DatasetFindings found = check_dataset(load_descriptor("totalsegmentator_organ"), root);
  for (const char* name : {"thyroid_gland", "prostate", "kidney_cyst_left", "kidney_cyst_right"}) {
    EXPECT_EQ(std::count_if(found.remarks.begin(), found.remarks.end(),
                            [&](const std::string& remark) {
                              return remark.find("'" + std::string(name) + "'") !=
                                     std::string::npos;
                            }),
              1)
        << name;
  }
}

TEST(CheckDataset, OfTheReportsSpacingsIsRefused) {
  NMSW_SHARED_OR_SKIP(reports, "data/reports");
  const DatasetDescriptor descriptor = load_descriptor((reports / "_toy/toy.yaml").string());
  const auto faults_with = [&](const char* scan) {
    TemporaryFolder root;
    fs::copy(reports / "_toy/data", root.path(), fs::copy_options::recursive);
    fs::copy_file(reports / "10_implausible_spacing" / scan, root / "imagesTr/c0_0000.nii.gz",
                  fs::copy_options::overwrite_existing);
    return check_dataset(descriptor, root.path()).faults;
  };
  EXPECT_THAT(faults_with("spacing_80_110_250.nii.gz"),
              Contains(AllOf(HasSubstr("80 x 110 x 250 mm: is the unit wrong?"),
                             HasSubstr("1521 x 1871 x 3751 voxels"))));
  EXPECT_THAT(faults_with("spacing_0.0008.nii.gz"),
              Contains(HasSubstr("0.0008 x 0.0011 x 0.0025 mm")));
}

}  // namespace
}  // namespace nmsw::datasets
