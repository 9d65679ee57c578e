#include "datasets/survey/dataset_survey.h"

#include <gmock/gmock.h>

#include "datasets/survey/found_dataset.h"
#include "tests/datasets/layouts/layout_writers.h"
#include "tests/datasets/survey/made_up_data.h"
#include "tests/support/expect_error.h"

namespace nmsw::datasets {
namespace {

using made_up::MadeUpScan;
using nmsw::testing::expect_error;
using nmsw::testing::put_file;
using nmsw::testing::TemporaryFolder;

DatasetSurvey survey_of(const std::filesystem::path& root, const SurveyLimits& limits = {}) {
  return survey_dataset(found_dataset(root).descriptor, root, limits);
}

TEST(Median, IsTheMiddleOrTheMeanOfTheTwo) {
  EXPECT_EQ(median({5, 1, 3}), 3);
  EXPECT_EQ(median({4, 1, 3, 100}), 3.5);
}

TEST(DatasetSurvey, MeasuresClassesBoxesAndIntensities) {
  const TemporaryFolder folder;
  MadeUpScan scan = made_up::two_organs();
  scan.spacing_xyz_mm = {0.5, 2, 4};
  made_up::put_scans(folder.path(), 6, scan);
  put_file(folder / "dataset.json", made_up::kJsonOfV2);
  const DatasetSurvey survey = survey_of(folder.path());
  EXPECT_EQ(survey.training_cases + survey.validation_cases + survey.test_cases, 6);
  EXPECT_EQ(survey.test_cases, 1);
  EXPECT_EQ(survey.cases.size(), 5u) << "test cases stay unseen";
  EXPECT_EQ(survey.grids.size(), 5u);
  ASSERT_EQ(survey.classes.size(), 2u);
  const ClassSurvey& large = survey.classes[0];
  EXPECT_EQ(large.cases_with, 5);
  EXPECT_EQ(large.median_voxels, 8 * 10 * 12);
  EXPECT_DOUBLE_EQ(large.median_ml, 8 * 10 * 12 * 0.5 * 2 * 4 / 1000);
  EXPECT_EQ(large.median_box_mm, (Real3{4, 20, 48}));
  EXPECT_EQ(survey.classes[1].median_box_mm, (Real3{2, 10, 24}));
  EXPECT_EQ(survey.cases[0].classes[1].box_start_xyz, (Int3{40, 20, 20}));
  EXPECT_EQ(survey.extent_xyz[0].median, 64);
  EXPECT_FLOAT_EQ(static_cast<float>(survey.spacing_xyz_mm[2].median), 4);
  EXPECT_EQ(survey.foreground.low, 40);
  EXPECT_EQ(survey.foreground.high, 80);
  EXPECT_DOUBLE_EQ(survey.foreground_share, (960.0 + 120.0) / (64 * 48 * 40));
  EXPECT_TRUE(survey.looks_like_hu);
}

TEST(DatasetSurvey, ReadsNoMoreThanItMay) {
  const TemporaryFolder folder;
  made_up::put_scans(folder.path(), 12, made_up::two_organs());
  put_file(folder / "dataset.json", made_up::kJsonOfV2);
  EXPECT_EQ(survey_of(folder.path(), {4, 1'000'000'000}).cases.size(), 4u);
  const DatasetSurvey few = survey_of(folder.path(), {40, 1});
  EXPECT_EQ(few.cases.size(), 3u) << "three are read in any case";
  EXPECT_GT(few.grids.size(), 8u) << "headers are read of all";
}

TEST(DatasetSurvey, SamplesAtMostSoManyVoxelsOfACase) {
  const TemporaryFolder folder;
  MadeUpScan scan;
  scan.extent_xyz = {60, 60, 60};
  scan.boxes = {{1, {0, 0, 0}, {60, 60, 30}, 7}, {2, {0, 0, 30}, {60, 60, 29}, 9}};
  made_up::put_scans(folder.path(), 2, scan);
  put_file(folder / "dataset.json", made_up::kJsonOfV2);
  const DatasetSurvey survey = survey_of(folder.path());
  for (const ClassMeasures& found : survey.cases[0].classes) {
    EXPECT_LE(found.sample.size(), static_cast<size_t>(kForegroundSample));
    EXPECT_GT(found.sample.size(), static_cast<size_t>(kForegroundSample / 2));
  }
  EXPECT_EQ(survey.classes[0].intensities.median, 7);
  EXPECT_EQ(survey.classes[1].intensities.low, 9);
  EXPECT_EQ(survey.foreground.low, 7);
  EXPECT_EQ(survey.foreground.high, 9);
}

TEST(DatasetSurvey, SeesTheBoxOfVoxelsThatAreNotZero) {
  const TemporaryFolder folder;
  MadeUpScan scan;
  scan.background = 0;
  scan.boxes = {{1, {10, 10, 10}, {20, 20, 20}, 100.5F}, {2, {12, 12, 12}, {4, 4, 4}, 300.5F}};
  made_up::put_scans(folder.path(), 2, scan);
  put_file(folder / "dataset.json", made_up::kJsonOfV1);
  const DatasetSurvey survey = survey_of(folder.path());
  EXPECT_DOUBLE_EQ(survey.nonzero_share, 8000.0 / 64000.0);
  EXPECT_FALSE(survey.looks_like_hu);
}

TEST(DatasetSurvey, CountsCasesOfAClassThatFewHave) {
  const TemporaryFolder folder;
  MadeUpScan without = made_up::two_organs();
  without.boxes.pop_back();
  made_up::put_scans(folder.path(), 5, without);
  put_file(folder / "dataset.json", made_up::kJsonOfV2);
  const DatasetSurvey survey = survey_of(folder.path());
  EXPECT_EQ(survey.classes[0].cases_with, 4);
  EXPECT_EQ(survey.classes[1].cases_with, 0);
}

TEST(DatasetSurvey, ReadsMasksOfEveryLayout) {
  for (const auto& [layout, write] : toy::layout_writers()) {
    if (layout == "list") continue;
    const TemporaryFolder folder;
    write(folder.path());
    const DatasetSurvey survey = survey_of(folder.path());
    EXPECT_EQ(survey.foreground.low, toy::kLeftHu) << layout;
    EXPECT_EQ(survey.foreground.high, toy::kRightHu) << layout;
    for (const ClassSurvey& each : survey.classes) EXPECT_EQ(each.median_voxels, 1) << layout;
  }
}

TEST(DatasetSurvey, NamesWhatItCannotUse) {
  const TemporaryFolder folder;
  MadeUpScan empty = made_up::two_organs();
  empty.boxes.clear();
  made_up::put_scans(folder.path(), 4, empty);
  put_file(folder / "dataset.json", made_up::kJsonOfV2);
  expect_error<DataError>([&] { survey_of(folder.path()); }, {"labelled voxel"});
  std::filesystem::remove(folder / "labelsTr/c2.nii");
  expect_error<DataError>([&] { survey_of(folder.path()); }, {"c2_0000.nii: no label"});
}

TEST(DatasetSurvey, NamesAnIdOutsideTheClasses) {
  const TemporaryFolder folder;
  made_up::put_scans(folder.path(), 4, made_up::two_organs());
  put_file(folder / "dataset.json", R"({"labels": {"background": 0, "organ": 1}})");
  expect_error<DataError>([&] { survey_of(folder.path()); }, {"label id 2 (120 voxels)"});
}

}  // namespace
}  // namespace nmsw::datasets
