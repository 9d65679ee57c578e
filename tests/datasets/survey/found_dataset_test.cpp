#include "datasets/survey/found_dataset.h"

#include <gmock/gmock.h>

#include "datasets/layouts/listing_judgement.h"
#include "datasets/survey/left_right.h"
#include "tests/datasets/layouts/layout_writers.h"
#include "tests/datasets/survey/made_up_data.h"
#include "tests/support/expect_error.h"

namespace nmsw::datasets {
namespace {

using nmsw::testing::expect_error;
using nmsw::testing::put_file;
using nmsw::testing::TemporaryFolder;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using Pair = std::array<std::string, 2>;

TEST(LeftRight, FindsPairsByWordAndByLetter) {
  EXPECT_THAT(left_right_pairs({"liver", "kidney_right", "kidney_left", "RightParotid",
                                "LeftParotid", "Head_of_femur_L", "Head_of_femur_R"}),
              ElementsAre(Pair{"kidney_left", "kidney_right"}, Pair{"LeftParotid", "RightParotid"},
                          Pair{"Head_of_femur_L", "Head_of_femur_R"}));
}

TEST(LeftRight, TakesNoLetterOfAWordForASide) {
  EXPECT_THAT(left_right_pairs({"liver", "river", "left_atrium", "L1", "R2", "lung", "rung"}),
              IsEmpty());
}

/// A folder of nnU-Net's layout with that dataset.json.
class FoundDatasetOfJson : public ::testing::Test {
 protected:
  FoundDataset found(const std::string& json, int64_t cases = 10) {
    made_up::put_scans(folder_.path(), cases, made_up::two_organs());
    if (!json.empty()) put_file(folder_ / "dataset.json", json);
    return found_dataset(folder_.path());
  }
  TemporaryFolder folder_;
};

TEST_F(FoundDatasetOfJson, ReadsBothSpellings) {
  const FoundDataset v2 = found(made_up::kJsonOfV2);
  EXPECT_EQ(v2.descriptor.layout, "nnunet");
  EXPECT_THAT(v2.descriptor.classes, ElementsAre("organ_left", "organ_right"));
  EXPECT_EQ(v2.descriptor.modality, "CT");
  EXPECT_THAT(v2.descriptor.left_right_pairs, ElementsAre(Pair{"organ_left", "organ_right"}));
  EXPECT_EQ(v2.classes_from, "dataset.json");
  const FoundDataset v1 = found(made_up::kJsonOfV1);
  EXPECT_THAT(v1.descriptor.classes, ElementsAre("organ_left", "organ_right"));
  EXPECT_EQ(v1.descriptor.modality, "MR");
  EXPECT_EQ(v1.descriptor.preprocessing.intensity, IntensityRule::zscore);
}

TEST_F(FoundDatasetOfJson, MapsIdsWithGaps) {
  const FoundDataset gaps = found(R"({"labels": {"background": 0, "a": 1, "b": 7}})");
  EXPECT_THAT(gaps.descriptor.classes, ElementsAre("a", "b"));
  ASSERT_EQ(gaps.descriptor.label_map.size(), 2u);
  EXPECT_EQ(gaps.descriptor.label_map[1].id, 7);
}

TEST_F(FoundDatasetOfJson, WithoutItClassesAreTheIdsAndHaveNoNames) {
  const FoundDataset none = found("");
  EXPECT_THAT(none.descriptor.classes, ElementsAre("label_1", "label_2"));
  EXPECT_THAT(none.classes_from, HasSubstr("10 label maps"));
  EXPECT_EQ(none.modality_from, "");
}

TEST_F(FoundDatasetOfJson, TakesSeveralChannelsByNameElseByNumber) {
  FoundDataset named =
      found(R"({"channel_names": {"0": "CT", "1": "T2"}, "labels": {"background": 0, "a": 1}})");
  ASSERT_EQ(named.descriptor.channels.size(), 2U);
  EXPECT_EQ(named.channel, "CT, T2");
  EXPECT_EQ(named.descriptor.channels[0].intensity, IntensityRule::window);
  EXPECT_EQ(named.descriptor.channels[1].name, "T2");
  EXPECT_EQ(named.descriptor.channels[1].intensity, IntensityRule::zscore);
  std::filesystem::remove(folder_ / "dataset.json");
  for (int i = 0; i < 10; ++i) {
    const std::string id = "c" + std::to_string(i);
    made_up::put_scan(folder_.path(), id + "_0001", id, made_up::two_organs());
  }
  FoundDataset numbered = found_dataset(folder_.path());
  ASSERT_EQ(numbered.descriptor.channels.size(), 2U);
  EXPECT_EQ(numbered.descriptor.channels[1].name, "0001");
}

TEST_F(FoundDatasetOfJson, RefusesWhatItCannotTakeAsClasses) {
  expect_error<DataError>([&] { found(R"({"labels": {"background": 0, "ab": [1, 2]}})"); },
                          {"regions"});
  expect_error<DataError>([&] { found(R"({"labels": {"background": 0, "a": 1, "ignore": 2}})"); },
                          {"'ignore' (2)"});
  expect_error<DataError>([&] { found(R"({"labels": {"background": 0}})"); }, {"no class"});
}

TEST_F(FoundDatasetOfJson, SplitsByASeedAndKeepsTheParts) {
  FoundDataset first = found(made_up::kJsonOfV2);
  ASSERT_TRUE(first.descriptor.split);
  EXPECT_EQ(first.descriptor.split->train, 7);
  EXPECT_EQ(first.descriptor.split->validation, 1);
  EXPECT_EQ(first.descriptor.split->test, 2);
  const auto tests = [&](const DatasetDescriptor& descriptor) {
    std::vector<std::string> ids;
    for (const CaseFiles& files : usable_listing(descriptor, folder_.path()).cases) {
      if (files.split == Split::test) ids.push_back(files.case_id);
    }
    return ids;
  };
  const std::vector<std::string> drawn = tests(first.descriptor);
  EXPECT_EQ(drawn.size(), 2u);
  EXPECT_EQ(tests(found_dataset(folder_.path()).descriptor), drawn);
  std::set<std::vector<std::string>> others;
  for (int64_t seed = 0; seed < 20; ++seed) {
    first.descriptor.split->seed = seed;
    others.insert(tests(first.descriptor));
  }
  EXPECT_GT(others.size(), 10u) << "of 45 pairs";
}

TEST_F(FoundDatasetOfJson, KeepsASplitThatIsThere) {
  put_file(folder_ / "splits_final.json", R"([{"train": ["c0", "c1"], "val": ["c2"]}])");
  const FoundDataset given = found(made_up::kJsonOfV2, 3);
  EXPECT_FALSE(given.descriptor.split);
  EXPECT_THAT(given.split_from, HasSubstr("splits_final.json"));
}

TEST_F(FoundDatasetOfJson, NeedsTwoCases) {
  expect_error<DataError>([&] { found(made_up::kJsonOfV2, 1); }, {"1 case", "at least two"});
}

TEST(FoundDataset, TellsEveryLayoutThatFoldersShow) {
  for (const auto& [layout, write] : toy::layout_writers()) {
    if (layout == "list") continue;
    const TemporaryFolder folder;
    write(folder.path());
    EXPECT_EQ(found_layout(folder.path()), layout);
    const FoundDataset found = found_dataset(folder.path());
    EXPECT_EQ(found.descriptor.classes.size(), 2u) << layout;
    EXPECT_THAT(judged_listing(found.descriptor, folder.path()).faults, IsEmpty()) << layout;
  }
}

TEST(FoundDataset, SaysWhatItLookedFor) {
  const TemporaryFolder folder;
  put_file(folder / "a.txt", "x");
  expect_error<DataError>([&] { found_dataset(folder.path()); }, {"imagesTr", "meta.csv"});
  expect_error<DataError>([&] { found_dataset(folder / "none"); }, {"no such folder"});
}

}  // namespace
}  // namespace nmsw::datasets
