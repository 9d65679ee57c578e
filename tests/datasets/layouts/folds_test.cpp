#include "datasets/layouts/folds.h"

#include <algorithm>
#include <set>

#include <gmock/gmock.h>

#include "datasets/layouts/listing_judgement.h"
#include "nmsw/base/atomic_file.h"
#include "tests/datasets/toy_cases.h"
#include "tests/support/temporary_folder.h"

namespace nmsw::datasets {
namespace {

using nmsw::testing::TemporaryFolder;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;

/// Eleven labelled cases by nnU-Net's names; nobody opens them.
class Folds : public ::testing::Test {
 protected:
  void SetUp() override {
    for (int i = 0; i < 11; ++i) put("Tr", fmt::format("c{:02}", i));
  }
  void put(const std::string& part, const std::string& id) {
    write_text_atomically(root_ / ("images" + part + "/" + id + "_0000.nii.gz"), "x");
    write_text_atomically(root_ / ("labels" + part + "/" + id + ".nii.gz"), "x");
  }
  CaseListing fold(int64_t index, int64_t count = 5, int64_t seed = 0) {
    DatasetDescriptor descriptor = toy::two_class_descriptor("nnunet");
    descriptor.fold = HeldOutFold{index, count, seed};
    return judged_listing(descriptor, root_.path());
  }
  static toy::Names held_out(const CaseListing& listing) {
    return toy::ids(listing.cases, Split::test);
  }
  TemporaryFolder root_;
};

TEST_F(Folds, HoldEveryCaseOutOnce) {
  std::vector<std::string> all;
  for (int64_t index = 0; index < 5; ++index) {
    const CaseListing listing = fold(index);
    EXPECT_THAT(listing.faults, IsEmpty());
    const toy::Names scored = held_out(listing), trained = toy::ids(listing.cases, Split::train);
    EXPECT_EQ(toy::ids(listing.cases, Split::validation), scored);
    EXPECT_EQ(scored.size(), index == 0 ? 3U : 2U) << "11 cases in 5 folds";
    EXPECT_EQ(scored.size() + trained.size(), 11U);
    for (const std::string& id : scored)
      EXPECT_EQ(std::count(trained.begin(), trained.end(), id), 0) << id;
    all.insert(all.end(), scored.begin(), scored.end());
  }
  EXPECT_EQ(all.size(), 11U);
  EXPECT_EQ(std::set<std::string>(all.begin(), all.end()).size(), 11U);
}

TEST_F(Folds, AreTheSameForTheSameSeedOnly) {
  EXPECT_EQ(held_out(fold(1)), held_out(fold(1)));
  bool differs = false;
  for (int64_t seed = 1; seed < 4; ++seed)
    differs |= held_out(fold(1)) != held_out(fold(1, 5, seed));
  EXPECT_TRUE(differs);
}

TEST_F(Folds, ComeFromTheFileWhereThereIsOne) {
  std::string folds = "[";
  for (int i = 0; i < 2; ++i) {
    std::string train, val;
    for (int c = 0; c < 11; ++c) {
      std::string& part = c % 2 == i ? val : train;
      part += fmt::format("{}\"c{:02}\"", part.empty() ? "" : ", ", c);
    }
    folds += fmt::format("{}{{\"train\": [{}], \"val\": [{}]}}", i == 0 ? "" : ", ", train, val);
  }
  write_text_atomically(root_ / "splits_final.json", folds + "]");
  EXPECT_THAT(held_out(fold(1)), ElementsAre("c01", "c03", "c05", "c07", "c09"));
  EXPECT_THAT(fold(2).faults, ElementsAre(HasSubstr("has the folds 0 to 1")));
}

TEST_F(Folds, LeaveATestSetAside) {
  put("Ts", "t0");
  const CaseListing listing = fold(0);
  EXPECT_EQ(listing.cases.size(), 14U) << "3 of 11 are listed as validation and as test";
  EXPECT_THAT(listing.remarks, ElementsAre(HasSubstr("its 1 test cases are left aside")));
}

TEST_F(Folds, NeedEnoughCasesAndAnIndexThatIsThere) {
  EXPECT_THAT(fold(0, 12).faults, ElementsAre(HasSubstr("11 cases cannot be drawn into 12 folds")));
  EXPECT_THAT(fold(5).faults, ::testing::Contains(HasSubstr("fold 5 of 5 is asked for")));
}

TEST_F(Folds, AreNotDrawnOfListedCases) {
  DatasetDescriptor descriptor = toy::two_class_descriptor("nnunet");
  descriptor.layout = "list";
  descriptor.cases = {{"a", {"train"}, "imagesTr/c00_0000.nii.gz", "labelsTr/c00.nii.gz", {}}};
  descriptor.fold = HeldOutFold{};
  EXPECT_THAT(list_folder(descriptor, root_.path()).faults,
              ::testing::Contains(HasSubstr("folds are not drawn of cases")));
}

}  // namespace
}  // namespace nmsw::datasets
