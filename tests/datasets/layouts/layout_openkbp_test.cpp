#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "datasets/check_dataset.h"
#include "datasets/layouts/listing_judgement.h"
#include "nmsw/base/error.h"
#include "tests/datasets/layouts/layout_writers.h"
#include "tests/datasets/toy_cases.h"
#include "tests/support/expect_error.h"
#include "tests/support/put_file.h"
#include "tests/support/shared_data.h"
#include "tests/support/temporary_folder.h"

namespace nmsw::datasets {
namespace {

namespace fs = std::filesystem;
using nmsw::testing::expect_error;
using nmsw::testing::put_file;
using nmsw::testing::TemporaryFolder;
using ::testing::Contains;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using toy::ids;
using toy::Names;

class OpenKbpLayout : public ::testing::Test {
 protected:
  void SetUp() override { descriptor_ = toy::layout_writers().at("openkbp")(root_.path()); }
  CaseListing judged() const { return judged_listing(descriptor_, root_.path()); }

  TemporaryFolder root_;
  DatasetDescriptor descriptor_;
};

TEST_F(OpenKbpLayout, IsAlsoFoundInTheRepositorysFolder) {
  TemporaryFolder clone;
  fs::rename(root_.path(), clone / "provided-data");
  put_file(clone / "README.md", "OpenKBP");
  const CaseListing listing = judged_listing(descriptor_, clone.path());
  EXPECT_THAT(listing.faults, IsEmpty());
  EXPECT_THAT(listing.remarks, IsEmpty());
  EXPECT_EQ(ids(listing.cases, Split::train), (Names{"pt_1", "pt_10", "pt_2"}));
}

TEST_F(OpenKbpLayout, AnAbsentMaskIsAnAbsentClass) {
  fs::remove(root_ / "train-pats/pt_1/left.csv");
  fs::remove(root_ / "test-pats/pt_3/right.csv");
  const CaseListing listing = judged();
  EXPECT_THAT(listing.faults, IsEmpty());
  EXPECT_THAT(listing.remarks,
              ElementsAre(HasSubstr("2 of 6 cases lack the file of a class (left 1, right 1); a "
                                    "class without a file is absent")));
  ASSERT_EQ(listing.cases.front().case_id, "pt_1");
  const LabelVolume label = read_case_label(descriptor_, listing.cases.front());
  EXPECT_EQ(std::count(label.voxels.begin(), label.voxels.end(), 1), 0);
  EXPECT_EQ(std::count(label.voxels.begin(), label.voxels.end(), 2), 1);
}

TEST_F(OpenKbpLayout, LeavesOutPatientsWithoutAllClassesWhereTheDescriptorSaysSo) {
  fs::remove(root_ / "train-pats/pt_1/left.csv");
  for (const char* mask : {"left.csv", "right.csv"}) fs::remove(root_ / "test-pats/pt_3" / mask);
  EXPECT_THAT(judged().faults, ElementsAre(HasSubstr("none of the 2 class masks")));
  descriptor_.require_all_classes = true;
  const CaseListing listing = judged();
  EXPECT_THAT(listing.faults, IsEmpty());
  EXPECT_THAT(listing.remarks, ElementsAre(HasSubstr("2 of 6 cases lack the file of a class (left "
                                                     "2, right 1); they are left out")));
  EXPECT_EQ(ids(listing.cases, Split::train), (Names{"pt_10", "pt_2"}));
  EXPECT_EQ(ids(listing.cases, Split::test), Names{"pt_30"});
}

TEST_F(OpenKbpLayout, NamesWhatIsMissingAndWhatIsPassedOver) {
  fs::remove(root_ / "train-pats/pt_1/ct.csv");
  fs::remove(root_ / "test-pats/pt_3/voxel_dimensions.csv");
  put_file(root_ / "train-pats/notes.txt", "");
  const CaseListing listing = judged();
  EXPECT_THAT(listing.faults, ElementsAre(HasSubstr("pt_1/ct.csv: no such file"),
                                          HasSubstr("pt_3/voxel_dimensions.csv: no such file")));
  EXPECT_THAT(listing.remarks, ElementsAre(HasSubstr("notes.txt: passed over")));
}

TEST_F(OpenKbpLayout, APatientOfTwoPartsIsAFault) {
  fs::copy(root_ / "train-pats/pt_1", root_ / "test-pats/pt_1", fs::copy_options::recursive);
  EXPECT_THAT(judged().faults, Contains(HasSubstr("case 'pt_1' is in train and in test")));
}

TEST_F(OpenKbpLayout, EveryFileChangesTheFingerprint) {
  const auto fingerprint = [&] {
    FileDigests digests;
    return contents_fingerprint(judged().cases, digests);
  };
  const std::string before = fingerprint();
  for (const char* name : {"ct.csv", "left.csv", "right.csv", "voxel_dimensions.csv"}) {
    const fs::path file = root_ / "validation-pats/pt_20" / name;
    fs::rename(file, root_ / "kept");
    put_file(file, "other");
    EXPECT_NE(fingerprint(), before) << name;
    fs::rename(root_ / "kept", file);
  }
  put_file(root_ / "validation-pats/pt_20/dose.csv", "other");
  EXPECT_EQ(fingerprint(), before) << "dose.csv is not read";
}

TEST(RequireAllClasses, IsForLayoutsWithAFileAClass) {
  const auto parse = [](const std::string& layout) {
    return parse_descriptor(
        "name: toy\nclasses: [left]\nlayout: " + layout + "\nrequire_all_classes: true\n",
        "toy.yaml");
  };
  EXPECT_TRUE(parse("openkbp").require_all_classes);
  EXPECT_TRUE(parse("totalsegmentator").require_all_classes);
  expect_error<ConfigError>([&] { parse("nnunet"); }, {"toy.yaml:4", "totalsegmentator, openkbp"});
}

TEST(OpenKbpDescriptors, AgreeInAllButTheFiles) {
  DatasetDescriptor converted = load_descriptor("openkbp"), own = load_descriptor("openkbp_csv");
  EXPECT_EQ(own.layout, "openkbp");
  EXPECT_TRUE(own.require_all_classes);
  for (DatasetDescriptor* descriptor : {&converted, &own}) {
    descriptor->name = descriptor->title = descriptor->layout = descriptor->default_root = "";
    descriptor->split.reset();
    descriptor->require_all_classes = false;
  }
  EXPECT_EQ(dump_value(converted), dump_value(own));
}

TEST(OpenKbpData, HasThePublishedSplit) {
  NMSW_SHARED_OR_SKIP(root, "data/openkbp");
  const CaseListing listing = judged_listing(load_descriptor("openkbp"), root);
  EXPECT_THAT(listing.faults, IsEmpty());
  const std::map<Split, std::pair<size_t, std::string>> parts{{Split::train, {99, "a_train_"}},
                                                              {Split::validation, {16, "b_val_"}},
                                                              {Split::test, {50, "c_test_"}}};
  for (const auto& [split, part] : parts) {
    const Names names = ids(listing.cases, split);
    EXPECT_EQ(names.size(), part.first);
    for (const std::string& name : names) EXPECT_EQ(name.rfind(part.second, 0), 0U) << name;
  }
}

TEST(OpenKbpData, HasNoFaultWhenEveryFileIsOpened) {
  NMSW_SHARED_OR_SKIP(root, "data/openkbp");
  const DatasetFindings findings = check_dataset(load_descriptor("openkbp"), root);
  EXPECT_THAT(findings.faults, IsEmpty());
  EXPECT_THAT(findings.remarks, IsEmpty());
}

TEST(OpenKbpData, HasItsOrgansWhereTheyAreInThePatient) {
  NMSW_SHARED_OR_SKIP(root, "data/openkbp");
  const DatasetDescriptor descriptor = load_descriptor("openkbp");
  const auto cases = list_cases(descriptor, root);
  for (size_t i = 0; i < cases.size(); i += 16) {
    SCOPED_TRACE(cases[i].case_id);
    const LabelVolume label = read_case_label(descriptor, cases[i]);
    std::array<Real3, 6> sum{};
    std::array<double, 6> count{};
    for (int64_t v = 0; v < label.geometry.voxel_count(); ++v) {
      const uint8_t index = label.voxels[static_cast<size_t>(v)];
      if (index == 0) continue;
      const Real3 at = world_position(label.geometry,
                                      {double(v % 128), double(v / 128 % 128), double(v / 16384)});
      for (size_t a = 0; a < 3; ++a) sum.at(index)[a] += at[a];
      ++count.at(index);
    }
    const auto centre = [&](const char* name, size_t axis) {
      const auto index = static_cast<size_t>(class_index(descriptor, name).value());
      EXPECT_GT(count[index], 0) << name;
      return sum[index][axis] / count[index];
    };
    // LPS: x to the left, y to the back, z to the head.
    EXPECT_GT(centre("LeftParotid", 0), centre("RightParotid", 0));
    EXPECT_GT(centre("SpinalCord", 1), centre("Mandible", 1));
    EXPECT_GT(centre("Brainstem", 2), centre("SpinalCord", 2));
  }
}

}  // namespace
}  // namespace nmsw::datasets
