#include "datasets/layouts/listing_judgement.h"

#include <gmock/gmock.h>

#include "nmsw/base/atomic_file.h"
#include "tests/datasets/toy_cases.h"
#include "tests/support/expect_error.h"
#include "tests/support/shared_data.h"
#include "tests/support/temporary_folder.h"

namespace nmsw::datasets {
namespace {

namespace fs = std::filesystem;
using nmsw::testing::expect_error;
using nmsw::testing::TemporaryFolder;
using ::testing::AllOf;
using ::testing::Contains;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::Not;
using ::testing::UnorderedElementsAre;
using toy::ids;
using toy::Names;
using toy::two_class_descriptor;

/// Files that nobody opens: a listing goes by names.
class Listing : public ::testing::Test {
 protected:
  void put(const std::string& file, const std::string& text = "x") {
    write_text_atomically(root_ / file, text);
  }
  void put_case(const std::string& part, const std::string& id) {
    put("images" + part + "/" + id + ".nii.gz");
    put("labels" + part + "/" + id + ".nii.gz");
  }
  void put_cases(int count) {
    for (int i = 0; i < count; ++i) put_case("Tr", "c" + std::to_string(i));
  }
  void put_split(const std::string& fold) { put("splits_final.json", "[" + fold + "]"); }
  CaseListing judged(const std::string& layout = "nnunet") const {
    return judged_listing(two_class_descriptor(layout), root_.path());
  }
  TemporaryFolder root_;
};

TEST_F(Listing, OfAPartitionHasNoFault) {
  put_cases(4);
  put_split(R"({"train": ["c0", "c1"], "val": ["c2"], "test": ["c3"]})");
  const CaseListing listing = judged();
  EXPECT_THAT(listing.faults, IsEmpty());
  EXPECT_THAT(listing.remarks, IsEmpty());
  put_split(R"({"train": ["c0", "c1"], "val": ["c2", "c3"]})");
  const CaseListing doubled = usable_listing(two_class_descriptor("nnunet"), root_.path());
  EXPECT_EQ(ids(doubled.cases, Split::validation), (Names{"c2", "c3"}));
  EXPECT_EQ(ids(doubled.cases, Split::test), (Names{"c2", "c3"}));
}

TEST_F(Listing, RefusesACaseInTwoPartsOrTwiceInOne) {
  put_cases(4);
  const auto fault = [&](const std::string& fold, const std::string& words) {
    put_split(fold);
    EXPECT_THAT(judged().faults,
                ElementsAre(AllOf(HasSubstr("splits_final.json"), HasSubstr(words))))
        << fold;
    expect_error<DataError>([&] { usable_listing(two_class_descriptor("nnunet"), root_.path()); },
                            {words});
  };
  fault(R"({"train": ["c0", "c1", "c2"], "val": ["c2", "c3"]})",
        "case 'c2' is in train and in val");
  fault(R"({"train": ["c0", "c1"], "val": ["c2", "c3", "c3"]})",
        "case 'c3' is listed twice in val");
  fault(R"({"train": ["c0", "c0", "c1"], "val": ["c2", "c3"]})",
        "case 'c0' is listed twice in train");
  fault(R"({"train": ["c0", "c1"], "val": ["c2"], "test": ["c0", "c3"]})",
        "case 'c0' is in train and in test");
  fault(R"({"train": ["c0", "c1"], "val": ["c2"], "test": ["c2", "c3"]})",
        "case 'c2' is in val and in test");
  fault(R"({"train": ["c0", "c1"], "val": ["c2"], "test": ["c3", "c3"]})",
        "case 'c3' is listed twice in test");
}

TEST_F(Listing, NamesEveryDoubleCase) {
  put_cases(4);
  put_split(R"({"train": ["c0", "c1", "c2", "c3"], "val": ["c2", "c3"]})");
  EXPECT_THAT(judged().faults, Contains(HasSubstr("case 'c2' is in train and in val")));
  EXPECT_THAT(judged().faults, Contains(HasSubstr("case 'c3' is in train and in val")));
  expect_error<DataError>([&] { usable_listing(two_class_descriptor("nnunet"), root_.path()); },
                          {"case 'c2' is in train and in val", "\n", "case 'c3' is in"});
}

TEST_F(Listing, RefusesACaseOfTheTestFolderThatAlsoTrains) {
  put_cases(3);
  put_case("Ts", "c1");
  EXPECT_THAT(judged().faults, ElementsAre(HasSubstr("case 'c1' is in train and in test")));
  EXPECT_THAT(judged("word").faults, ElementsAre(HasSubstr("case 'c1' is in train and in test")));
  put_case("Val", "c1");
  EXPECT_THAT(judged("word").faults,
              Contains(HasSubstr("case 'c1' is in train and in validation")));
}

TEST_F(Listing, RefusesAnEmptyTestSetAndAnEmptyTrainingSet) {
  put_cases(3);
  put_split(R"({"train": ["c0", "c1", "c2"], "val": []})");
  EXPECT_THAT(judged().faults, ElementsAre(HasSubstr("no case of 'toy' is in test")));
  put_split(R"({"train": ["c0", "c1"], "val": ["c2"], "test": []})");
  EXPECT_THAT(judged().faults, ElementsAre(HasSubstr("no case of 'toy' is in test")));
  put_split(R"({"train": [], "val": ["c0", "c1", "c2"]})");
  EXPECT_THAT(judged().faults, ElementsAre(HasSubstr("no case of 'toy' is in train")));
  fs::remove(root_ / "splits_final.json");
  EXPECT_THAT(judged("word").faults, ElementsAre(HasSubstr("no case of 'toy' is in test")));
  put("imagesTs/t.nii.gz");
  EXPECT_THAT(judged("word").faults, ElementsAre(HasSubstr("none of the 1 test cases")));
}

TEST_F(Listing, RefusesMetaCsvWithoutTestCasesAndIdsThatArePaths) {
  const auto put_folder = [&](const std::string& id) {
    put(id + "/ct.nii.gz");
    put(id + "/segmentations/left.nii.gz");
    put(id + "/segmentations/right.nii.gz");
  };
  put_folder("s1");
  put_folder("s2");
  put("meta.csv", "image_id;split\ns1;train\ns2;val\n");
  EXPECT_THAT(judged("totalsegmentator").faults,
              ElementsAre(HasSubstr("no case of 'toy' is in test")));
  put("meta.csv", "image_id;split\ns1;train\ns1;test\n");
  EXPECT_THAT(judged("totalsegmentator").faults,
              Contains(AllOf(HasSubstr("meta.csv"), HasSubstr("case 's1' is listed twice"))));
  put("meta.csv", "image_id;split\ns1;train\n../s2;test\n/s2;test\n..;test\ns\x01;test\n");
  EXPECT_THAT(
      judged("totalsegmentator").faults,
      AllOf(Contains(AllOf(HasSubstr("meta.csv:3: "), HasSubstr("'../s2' holds a '/'"))),
            Contains(AllOf(HasSubstr("meta.csv:4: "), HasSubstr("'/s2' holds a '/'"))),
            Contains(HasSubstr("meta.csv:5: ")),
            Contains(AllOf(HasSubstr("meta.csv:6: "), HasSubstr("s\\x01' holds a control")))));
  put("meta.csv",
      "image_id;split\ns1;train\ns\xfc"
      "2;test\n");
  EXPECT_THAT(judged("totalsegmentator").faults,
              Contains(HasSubstr("meta.csv:3:2: byte 0xfc at offset 25 is not UTF-8")));
}

TEST_F(Listing, RefusesFileNamesThatAreNoText) {
  put_cases(2);
  put_case("Tr", "M\xfcller");
  const CaseListing listing = judged();
  EXPECT_THAT(listing.faults,
              Contains(AllOf(HasSubstr("imagesTr/M\\xfcller.nii.gz"), HasSubstr("not UTF-8"))));
  fs::remove(root_ / "imagesTr/M\xfcller.nii.gz");
  fs::remove(root_ / "labelsTr/M\xfcller.nii.gz");
  put_case("Tr", "a\nb");
  EXPECT_THAT(judged().faults, Contains(HasSubstr("control character")));
}

TEST_F(Listing, SaysWhichClassNoCaseHasAMaskOf) {
  for (const char* id : {"s1", "s2"}) {
    put(std::string(id) + "/ct.nii.gz");
    put(std::string(id) + "/segmentations/left.nii.gz");
  }
  put("meta.csv", "image_id;split\ns1;train\ns2;test\n");
  EXPECT_THAT(judged("totalsegmentator").remarks,
              ElementsAre(HasSubstr("class 'right' (2) is in no case")));
  put("s2/segmentations/right.NII.GZ");
  EXPECT_THAT(judged("totalsegmentator").remarks,
              ElementsAre(HasSubstr("class 'right' (2) is in no case that trains")));
  EXPECT_THAT(judged("totalsegmentator").faults, IsEmpty());
}

TEST_F(Listing, AsksForTheVersionThatLacksTheClass) {
  const DatasetDescriptor descriptor = parse_descriptor(
      "name: toy\nlayout: totalsegmentator\nversion: v2\nclass_lists:\n"
      "  - {version: v1, classes: [left]}\n  - {version: v2, classes: [left, right]}\n",
      "toy.yaml");
  const std::vector<std::string> remarks =
      absent_class_remarks(descriptor, root_.path(), {{Split::train, {1}}, {Split::test, {1}}});
  EXPECT_THAT(remarks, ElementsAre(AllOf(HasSubstr("class 'right' (2) is in no case"),
                                         HasSubstr("is this version v1, and not v2?"))));
}

TEST_F(Listing, TakesEndingsInUpperCaseAndNamesWhatItPassesOver) {
  put_cases(2);
  put("imagesTr/C9_0000.NII.GZ");
  put("labelsTr/C9.Nii");
  CaseListing listing = judged();
  EXPECT_THAT(listing.faults, IsEmpty());
  EXPECT_THAT(listing.remarks, IsEmpty());
  EXPECT_EQ(listing.cases.size(), 3U);
  for (const char* file : {"imagesTr/d_0000.mhd", "imagesTr/d_0000.raw", "imagesTr/.hidden",
                           "imagesTr/notes.txt", "imagesTr/e.nii.bz2", "labelsTr/d.mhd"})
    put(file);
  fs::create_directories(root_ / "imagesTr/dicom_of_f");
  listing = judged();
  EXPECT_EQ(listing.cases.size(), 3U);
  EXPECT_THAT(
      listing.remarks,
      UnorderedElementsAre(AllOf(HasSubstr("imagesTr: passed over"), HasSubstr("d_0000.mhd"),
                                 HasSubstr("dicom_of_f"), HasSubstr("notes.txt"),
                                 HasSubstr("e.nii.bz2"), Not(HasSubstr("hidden"))),
                           AllOf(HasSubstr("labelsTr: passed over"), HasSubstr("d.mhd"))));
  put("imagesTr/c0.NII");
  EXPECT_THAT(judged().faults, Contains(HasSubstr("has the same name as")));
}

TEST_F(Listing, OfTheDescriptorMayTestOnItsTrainingCaseAndSaysSo) {
  for (const char* file : {"i.nii", "l.nii"}) put(file);
  const DatasetDescriptor descriptor = parse_descriptor(
      "name: toy\nclasses: [left, right]\nlayout: list\ncases:\n"
      "  - {id: one, splits: [train, test], image: i.nii, label: l.nii}\n",
      "toy.yaml");
  const CaseListing listing = usable_listing(descriptor, root_.path());
  EXPECT_THAT(listing.remarks, ElementsAre(AllOf(HasSubstr("case 'one' is in train and in test"),
                                                 HasSubstr("no estimate"))));
}

TEST_F(Listing, SeesATestCaseThatTrainsUnderAnotherName) {
  put_cases(3);
  for (const char* id : {"c0", "c1", "c2"}) put(fmt::format("imagesTr/{}.nii.gz", id), id);
  put_case("Ts", "d");
  put("imagesTs/d.nii.gz", "c1");
  FileDigests digests;
  const DatasetDescriptor descriptor = two_class_descriptor("word");
  EXPECT_THAT(same_image_remarks(list_cases(descriptor, root_.path()), digests),
              ElementsAre(AllOf(HasSubstr("the test case 'd' is the same image as 'c1'"))));
  put("imagesTs/d.nii.gz", "other");
  EXPECT_THAT(same_image_remarks(list_cases(descriptor, root_.path()), digests), IsEmpty());
}

TEST_F(Listing, OfTheReportsSplitsIsRefused) {
  NMSW_SHARED_OR_SKIP(reports, "data/reports");
  const DatasetDescriptor descriptor = load_descriptor((reports / "_toy/toy.yaml").string());
  const auto faults = [&](const std::string& report) {
    TemporaryFolder root;
    fs::copy(reports / "_toy/data", root.path(), fs::copy_options::recursive);
    if (!report.empty())
      fs::copy(reports / report / "splits_final.json", root / "splits_final.json");
    return judged_listing(descriptor, root.path()).faults;
  };
  EXPECT_THAT(faults(""), IsEmpty());
  EXPECT_THAT(faults("03_split_overlap"),
              ElementsAre(HasSubstr("case 'c4' is in train and in val")));
  EXPECT_THAT(faults("04_split_duplicate"),
              ElementsAre(HasSubstr("case 'c5' is listed twice in val")));
  EXPECT_THAT(faults("05_split_without_test"), ElementsAre(HasSubstr("is in test")));
}

TEST_F(Listing, OfReleaseV1ReadAsV2NamesTheFourClasses) {
  NMSW_SHARED_OR_SKIP(root, "data/reports/09_class_in_no_case/totalsegmentator");
  const CaseListing listing = judged_listing(load_descriptor("totalsegmentator_organ"), root);
  for (const char* name : {"thyroid_gland", "prostate", "kidney_cyst_left", "kidney_cyst_right"})
    EXPECT_THAT(listing.remarks, Contains(AllOf(HasSubstr("'" + std::string(name) + "'"),
                                                HasSubstr("is in no case"), HasSubstr("v1"))));
  EXPECT_EQ(listing.remarks.size(), 4U);
}

}  // namespace
}  // namespace nmsw::datasets
