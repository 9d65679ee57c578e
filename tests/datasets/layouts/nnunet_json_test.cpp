#include "datasets/layouts/nnunet_json.h"

#include <gmock/gmock.h>

#include "datasets/layouts/listing_judgement.h"
#include "nmsw/base/atomic_file.h"
#include "tests/datasets/toy_cases.h"
#include "tests/support/shared_data.h"
#include "tests/support/temporary_folder.h"

namespace nmsw::datasets {
namespace {

namespace fs = std::filesystem;
using nmsw::testing::TemporaryFolder;
using ::testing::AllOf;
using ::testing::Contains;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;

constexpr const char* kLabels = R"("labels": {"background": 0, "left": 1, "right": 2})";

/// Six cases by nnU-Net's names; nobody opens them.
class DatasetJson : public ::testing::Test {
 protected:
  void SetUp() override {
    for (int i = 0; i < 6; ++i) {
      write_text_atomically(root_ / fmt::format("imagesTr/c{}_0000.nii.gz", i), "x");
      write_text_atomically(root_ / fmt::format("labelsTr/c{}.nii.gz", i), "x");
    }
  }
  CaseListing with(const std::string& text, const std::string& more = "") {
    write_text_atomically(root_ / "dataset.json",
                          "{" + text + (more.empty() ? "" : ", " + more) + "}");
    return judged_listing(toy::two_class_descriptor("nnunet"), root_.path());
  }
  std::vector<std::string> faults(const std::string& more) { return with(kLabels, more).faults; }
  std::vector<std::string> remarks(const std::string& more) {
    const CaseListing listing = with(kLabels, more);
    EXPECT_THAT(listing.faults, IsEmpty());
    return listing.remarks;
  }
  TemporaryFolder root_;
};

TEST_F(DatasetJson, ThatIsKeptIsSilent) {
  const CaseListing listing =
      with(kLabels, R"("numTraining": 6, "channel_names": {"0": "CT"}, "file_ending": ".nii.gz",
           "training": [{"image": "./imagesTr/c0.nii.gz", "label": "./labelsTr/c0.nii.gz"},
                        {"image": "./imagesTr/c1_0000.nii.gz", "label": "./labelsTr/c1.nii.gz"},
                        "./imagesTr/c2.nii.gz", {"image": "imagesTr/c3.nii.gz"},
                        {"image": "c4.nii.gz"}, {"image": "imagesTr/c5.nii.gz"}])");
  EXPECT_THAT(listing.faults, IsEmpty());
  EXPECT_THAT(listing.remarks, IsEmpty());
}

TEST_F(DatasetJson, PromisesACount) {
  EXPECT_THAT(faults(R"("numTraining": 99)"),
              ElementsAre(AllOf(HasSubstr("promises 99 cases"), HasSubstr("has 6"))));
  EXPECT_THAT(remarks(R"("numTraining": 4)"),
              ElementsAre(AllOf(HasSubstr("promises 4 cases"), HasSubstr("has 6"))));
  EXPECT_THAT(remarks(R"("numTraining": "6")"), ElementsAre(HasSubstr("no whole number")));
}

TEST_F(DatasetJson, PromisesCasesByName) {
  EXPECT_THAT(faults(R"("training": [{"image": "./imagesTr/gone.nii.gz"}])"),
              ElementsAre(HasSubstr("gone.nii.gz")));
  EXPECT_THAT(faults(R"("training": [{"image": "imagesTr/c0.nii.gz"}, {"image": "c0.nii.gz"}])"),
              ElementsAre(HasSubstr("1 (c0) more than once")));
  EXPECT_THAT(remarks(R"("training": [{"image": "imagesTr/c0.nii.gz"}])"),
              ElementsAre(HasSubstr("does not name 5 (c1, c2, c3, …)")));
}

TEST_F(DatasetJson, PromisesChannelsAndClasses) {
  EXPECT_THAT(faults(R"("channel_names": {"0": "CT", "1": "PET"})"),
              ElementsAre(HasSubstr("names 2 channels")));
  EXPECT_THAT(faults(R"("modality": {"0": "T1", "1": "T2"})"),
              ElementsAre(HasSubstr("2 channels")));
  EXPECT_THAT(remarks(R"("modality": {"0": "MRI"})"), ElementsAre(HasSubstr("'MRI'")));
  EXPECT_THAT(remarks(R"("file_ending": ".nrrd")"), ElementsAre(HasSubstr("'.nrrd'")));
  EXPECT_THAT(with(R"("labels": {"background": 0, "left": 1})").faults,
              ElementsAre(AllOf(HasSubstr("class 2 is 'absent'"), HasSubstr("'right'"))));
  EXPECT_THAT(with(R"("labels": {"0": "background", "1": "right", "2": "left"})").faults,
              ElementsAre(HasSubstr("class 1 is 'right'")));
  EXPECT_THAT(with(R"("labels": {"background": 0, "left": 1, "right": 2, "ignore": 3})").faults,
              ElementsAre(HasSubstr("class 3 is 'ignore'")));
}

TEST_F(DatasetJson, ThatIsHostileIsRefused) {
  const auto fault = [&](const std::string& text) {
    write_text_atomically(root_ / "dataset.json", text);
    return judged_listing(toy::two_class_descriptor("nnunet"), root_.path()).faults;
  };
  const std::string deep = std::string(300'000, '[') + std::string(300'000, ']');
  EXPECT_THAT(fault(deep), ElementsAre(HasSubstr("nested more than 64 levels")));
  EXPECT_THAT(fault(std::string(300'000, '[')), ElementsAre(HasSubstr("nested more than")));
  EXPECT_THAT(fault(R"({"labels": {"a": )" + deep + "}}"),
              ElementsAre(HasSubstr("nested more than")));
  EXPECT_THAT(fault("{\"labels\": {\"background\": 0,\n \"M\xfcnze\": 1}}"),
              ElementsAre(HasSubstr("dataset.json:2:4: byte 0xfc")));
  // Every key, and every object, is read once, however many there are.
  std::string labels, training;
  for (int i = 0; i < 100'000; ++i) {
    labels += fmt::format(", \"k{}\": {}", i, i % 200);
    training += fmt::format("{}{{\"image\": \"c{}.nii\"}}", i == 0 ? "" : ", ", i);
  }
  EXPECT_THAT(fault("{\"labels\": {\"background\": 0" + labels + "}}"),
              ElementsAre(HasSubstr("class 1 is ")));
  EXPECT_THAT(fault("{" + std::string(kLabels) + ", \"training\": [" + training + "]}"),
              ElementsAre(HasSubstr("names 99994 (")));
  EXPECT_THAT(fault("[]"), ElementsAre(HasSubstr("expected keys with values")));
  EXPECT_THAT(fault("{"), ElementsAre(HasSubstr("not valid JSON")));
}

TEST_F(DatasetJson, SplitsThatAreHostileAreRefused) {
  const auto fault = [&](const std::string& text) {
    write_text_atomically(root_ / "splits_final.json", text);
    return judged_listing(toy::two_class_descriptor("nnunet"), root_.path()).faults;
  };
  EXPECT_THAT(fault(std::string(300'000, '[')), ElementsAre(HasSubstr("nested more than")));
  EXPECT_THAT(fault(R"([{"train": "c0", "val": ["c1"]}])"), ElementsAre(HasSubstr("no list")));
  EXPECT_THAT(fault(R"([{"train": ["c0", 1], "val": ["c1"]}])"),
              ElementsAre(HasSubstr("no case name")));
  EXPECT_THAT(fault("[{\"train\": [\"c\xfc\"], \"val\": []}]"),
              ElementsAre(HasSubstr("1:15: byte 0xfc")));
  EXPECT_THAT(fault(R"([{"train": ["c0"], "val": ["../c1"]}])"),
              Contains(HasSubstr("case '../c1' has no image")));
}

TEST_F(DatasetJson, OfTheReportsIsCompared) {
  NMSW_SHARED_OR_SKIP(reports, "data/reports");
  const DatasetDescriptor descriptor = load_descriptor((reports / "_toy/toy.yaml").string());
  TemporaryFolder root;
  fs::copy(reports / "_toy/data", root.path(), fs::copy_options::recursive);
  const fs::path report = reports / "13_listing_not_reconciled";
  const auto judged = [&](const char* json) {
    fs::copy_file(report / json, root / "dataset.json", fs::copy_options::overwrite_existing);
    return judged_listing(descriptor, root.path());
  };
  EXPECT_THAT(judged("dataset_numTraining_99.json").faults, ElementsAre(HasSubstr("99")));
  const CaseListing other = judged("dataset_training_list_labelsTr2.json");
  EXPECT_THAT(other.faults, IsEmpty());
  EXPECT_THAT(other.remarks, Contains(HasSubstr("labelsTr2")));
  EXPECT_THAT(other.remarks, Contains(HasSubstr("the list is not followed, these cases are used")));
  for (const char* folder : {"imagesTr", "labelsTr"})
    fs::copy(report / folder, root / folder, fs::copy_options::recursive);
  const CaseListing passed = judged("dataset_training_list_labelsTr2.json");
  EXPECT_EQ(passed.faults, other.faults);
  EXPECT_THAT(passed.remarks,
              Contains(AllOf(HasSubstr("imagesTr: passed over"), HasSubstr("c9_0000.mhd"))));
}

}  // namespace
}  // namespace nmsw::datasets
