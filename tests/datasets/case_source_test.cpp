#include "datasets/case_source.h"

#include <algorithm>

#include <gtest/gtest.h>

#include "datasets/check_dataset.h"
#include "datasets/image_io.h"
#include "nmsw/base/atomic_file.h"
#include "nmsw/base/error.h"
#include "tests/datasets/toy_cases.h"
#include "tests/support/expect_error.h"
#include "tests/support/make_volume.h"
#include "tests/support/shared_data.h"
#include "tests/support/temporary_folder.h"

namespace nmsw::datasets {
namespace {

namespace fs = std::filesystem;
using nmsw::testing::expect_error;
using nmsw::testing::oblique_geometry;
using nmsw::testing::TemporaryFolder;
using toy::ids;
using toy::kExtent;
using toy::Names;
using toy::put_image;
using toy::put_label;
using toy::put_mask;
using toy::two_class_descriptor;

TEST(WordLayout, TakesTheFoldersAsTheSplit) {
  TemporaryFolder root;
  for (const auto& [split, id] : std::vector<std::pair<std::string, std::string>>{
           {"Tr", "b"}, {"Tr", "a"}, {"Val", "c"}, {"Ts", "d"}}) {
    put_image(root.path() / ("images" + split) / (id + ".nii.gz"));
    put_label(root.path() / ("labels" + split) / (id + ".nii.gz"));
  }
  write_text_atomically(root.path() / "imagesTr" / ".hidden.nii.gz", "x");
  const auto cases = list_cases(two_class_descriptor("word"), root.path());
  EXPECT_EQ(ids(cases, Split::train), (Names{"a", "b"}));
  EXPECT_EQ(ids(cases, Split::validation), Names{"c"});
  EXPECT_EQ(ids(cases, Split::test), Names{"d"});
}

TEST(WordLayout, FindsTheTestLabelsBesideTheFolder) {
  TemporaryFolder folder;
  const fs::path root = folder / "WORD";
  put_image(root / "imagesTs" / "t.nii.gz");
  EXPECT_FALSE(list_cases(two_class_descriptor("word"), root).at(0).has_label());
  put_label(folder / "labelsTs" / "t.nii.gz");
  EXPECT_EQ(list_cases(two_class_descriptor("word"), root).at(0).label,
            folder / "labelsTs" / "t.nii.gz");
}

TEST(WordLayout, RefusesATrainingImageWithoutLabel) {
  TemporaryFolder root;
  put_image(root.path() / "imagesTr" / "a.nii.gz");
  expect_error<DataError>([&] { list_cases(two_class_descriptor("word"), root.path()); },
                          {"imagesTr/a.nii.gz", "no label"});
}

TEST(TotalSegmentatorLayout, ReadsTheSplitOfMetaCsvAndMergesMasksInClassOrder) {
  TemporaryFolder root;
  write_text_atomically(
      root.path() / "meta.csv",
      "\xEF\xBB\xBFimage_id;age;split\r\ns2;50;test\r\ns1;;train\r\ns3;70;val\r\n");
  for (const char* id : {"s1", "s2", "s3"}) {
    put_image(root.path() / id / "ct.nii.gz");
    put_mask(root.path() / id / "segmentations" / "left.nii.gz", {3, 4, 5});
  }
  put_mask(root.path() / "s1" / "segmentations" / "right.nii.gz", {5, 6});
  const DatasetDescriptor descriptor = two_class_descriptor("totalsegmentator");
  const auto cases = list_cases(descriptor, root.path());
  EXPECT_EQ(ids(cases, Split::train), Names{"s1"});
  EXPECT_EQ(ids(cases, Split::validation), Names{"s3"});
  EXPECT_EQ(ids(cases, Split::test), Names{"s2"});
  const LabelVolume label = read_case_label(descriptor, cases[0]);
  EXPECT_EQ(label.voxels[3], 1);
  EXPECT_EQ(label.voxels[5], 2) << "the later class overwrites the earlier one";
  EXPECT_EQ(label.voxels[6], 2);
  EXPECT_EQ(std::count(label.voxels.begin(), label.voxels.end(), 0), 116);
  const LabelVolume without_right = read_case_label(descriptor, cases[1]);
  EXPECT_EQ(std::count(without_right.voxels.begin(), without_right.voxels.end(), 2), 0);
}

TEST(TotalSegmentatorLayout, NamesTheFaultsOfMetaCsv) {
  TemporaryFolder root;
  const DatasetDescriptor descriptor = two_class_descriptor("totalsegmentator");
  const auto fault = [&](const std::vector<std::string>& parts) {
    expect_error<DataError>([&] { list_cases(descriptor, root.path()); }, parts);
  };
  fault({"holds no case of layout 'totalsegmentator'", "expected meta.csv"});
  write_text_atomically(root.path() / "meta.csv", "image_id,split\ns1,train\n");
  fault({"meta.csv:1", "'image_id'"});
  write_text_atomically(root.path() / "meta.csv", "image_id;split\ns1;learn\n");
  fault({"meta.csv:2", "'learn'", "'s1'"});
  write_text_atomically(root.path() / "meta.csv", "image_id;split\ns1;train\n");
  fault({"s1/ct.nii.gz", "no such file"});
  put_image(root.path() / "s1" / "ct.nii.gz");
  fault({"segmentations", "none of the 2 class masks"});
}

TEST(TotalSegmentatorLayout, WithoutMetaCsvStillNamesTheFaultsOfItsCases) {
  TemporaryFolder root;
  const DatasetDescriptor descriptor = two_class_descriptor("totalsegmentator");
  put_mask(root.path() / "s1" / "segmentations" / "left.nii.gz", {3});
  put_image(root.path() / "s2" / "ct.nii.gz");
  put_mask(root.path() / "s2" / "segmentations" / "left.nii.gz", {3});
  auto faults = check_dataset(descriptor, root.path()).faults;
  ASSERT_EQ(faults.size(), 2u);
  EXPECT_NE(faults[0].find("meta.csv: no such file"), std::string::npos);
  EXPECT_NE(faults[1].find("s1/ct.nii.gz: no such file"), std::string::npos);
  faults = check_dataset(descriptor, root / "s1").faults;
  ASSERT_EQ(faults.size(), 2u) << "a case given as if it were the data set";
  EXPECT_NE(faults[1].find("s1/ct.nii.gz: no such file"), std::string::npos);
}

TEST(CheckDataset, ARoundedLabelMapIsANoteAndNoFault) {
  TemporaryFolder root;
  write_text_atomically(root.path() / "meta.csv", "image_id;split\ns1;train\ns2;test\n");
  ImageVolume mask{nmsw::testing::oblique_geometry(toy::kExtent), std::vector<float>(120, 0)};
  mask.voxels[3] = 1.0000001F;
  for (const char* id : {"s1", "s2"}) {
    put_image(root.path() / id / "ct.nii.gz");
    for (const char* name : {"left", "right"})
      write_image(root.path() / id / "segmentations" / (std::string(name) + ".nii.gz"), mask);
  }
  const DatasetFindings found =
      check_dataset(two_class_descriptor("totalsegmentator"), root.path());
  EXPECT_TRUE(found.faults.empty()) << found.faults.front();
  const auto rounded = [](const std::string& remark) {
    return remark.find(".nii.gz: 1 of 120 label ids are no whole numbers") != std::string::npos;
  };
  EXPECT_EQ(std::count_if(found.remarks.begin(), found.remarks.end(), rounded), 4);
}

TEST(TotalSegmentatorLayout, MergesEveryMaskOfARealCaseTheLastOnTop) {
  NMSW_SHARED_OR_SKIP(real, "data/totalsegmentator/s0327/segmentations");
  std::vector<fs::path> masks;
  for (const auto& entry : fs::directory_iterator(real)) masks.push_back(entry.path());
  std::sort(masks.begin(), masks.end());
  ASSERT_EQ(masks.size(), 117u);
  std::string text = "name: all\nlayout: totalsegmentator\nclasses:\n";
  CaseFiles files;
  files.case_id = "s0327";
  files.image = masks.front();  // its image is absent; any of its masks has the grid
  for (size_t i = 0; i < masks.size(); ++i) {
    text += "  - " + masks[i].stem().stem().string() + "\n";
    files.masks.emplace_back(masks[i], int(i) + 1);
  }
  const LabelVolume label = read_case_label(parse_descriptor(text, "all.yaml"), files);
  std::vector<uint8_t> last(label.voxels.size(), 0), masks_here(label.voxels.size(), 0);
  std::array<int64_t, 118> own{}, merged{};
  for (size_t m = 0; m < masks.size(); ++m) {
    const LabelVolume mask = read_label(masks[m]);
    for (size_t i = 0; i < last.size(); ++i) {
      if (mask.voxels[i] == 0) continue;
      last[i] = uint8_t(m + 1);
      ++masks_here[i];
      ++own[m + 1];
    }
  }
  EXPECT_EQ(label.voxels, last);
  EXPECT_EQ(std::count_if(masks_here.begin(), masks_here.end(), [](uint8_t n) { return n > 1; }),
            4486)
      << "the data's own description";
  for (const uint8_t index : label.voxels) ++merged[index];
  EXPECT_GT(std::count(own.begin() + 1, own.end(), 0), 0) << "some masks are empty";
  for (size_t m = 1; m < own.size(); ++m) EXPECT_LE(merged[m], own[m]);
}

TEST(NamesFingerprint, SeesTheSlicesOfAFolder) {
  TemporaryFolder root;
  write_text_atomically(root / "a/1.dcm", "x");
  write_text_atomically(root / "a/2.dcm", "x");
  CaseFiles files;
  files.case_id = "a";
  files.image = root / "a";
  const std::string plain = names_fingerprint({files}, root.path());
  const std::string key = content_key(two_class_descriptor("word"), files, {});
  write_text_atomically(root / "a/2.dcm", "y");
  EXPECT_EQ(names_fingerprint({files}, root.path()), plain);
  EXPECT_NE(content_key(two_class_descriptor("word"), files, {}), key);
  write_text_atomically(root / "a/3.dcm", "x");
  EXPECT_NE(names_fingerprint({files}, root.path()), plain);
}

TEST(NamesFingerprint, ChangesWithNamesSizesAndSplitsAndNotWithPlaceOrDate) {
  TemporaryFolder first, second;
  const DatasetDescriptor descriptor = two_class_descriptor("word");
  const auto fingerprint = [&](const fs::path& root) {
    return names_fingerprint(list_cases(descriptor, root), root);
  };
  for (const TemporaryFolder* root : {&first, &second}) {
    put_image(*root / "imagesTr/a.nii");
    put_label(*root / "labelsTr/a.nii");
  }
  const std::string plain = fingerprint(first.path());
  EXPECT_EQ(fingerprint(second.path()), plain);
  fs::last_write_time(second / "imagesTr/a.nii",
                      fs::file_time_type::clock::now() - std::chrono::hours(1));
  put_label(second / "labelsTr/a.nii", 2);  // other voxels, as many bytes
  EXPECT_EQ(fingerprint(second.path()), plain);
  put_label(second / "labelsTr/a.nii", 3, {6, 5, 5});
  EXPECT_NE(fingerprint(second.path()), plain);
  fs::remove_all(second.path() / "labelsTr");
  fs::rename(second / "imagesTr", second / "imagesTs");
  EXPECT_NE(fingerprint(second.path()), plain);
  put_image(first / "imagesTs/b.nii");
  EXPECT_NE(fingerprint(first.path()), plain);
}

TEST(NnunetLayout, ReadsBothSpellingsOfImageNames) {
  TemporaryFolder root;
  put_image(root.path() / "imagesTr" / "a_0000.nrrd");
  put_image(root.path() / "imagesTr" / "b_12.nii");
  put_label(root.path() / "labelsTr" / "a.nrrd");
  put_label(root.path() / "labelsTr" / "b_12.mha");
  write_text_atomically(root.path() / "splits_final.json",
                        R"([{"train": ["b_12"], "val": ["a"]}])");
  const auto cases = list_cases(two_class_descriptor("nnunet"), root.path());
  EXPECT_EQ(ids(cases, Split::train), Names{"b_12"});
  EXPECT_EQ(ids(cases, Split::validation), Names{"a"});
  EXPECT_EQ(ids(cases, Split::test), Names{"a"})
      << "without a labelled imagesTs the fold's val cases are the test";
}

TEST(NnunetLayout, SplitsBySortedNameAsTheDescriptorSays) {
  TemporaryFolder root;
  for (const char* id : {"d", "a", "c", "b"}) {
    put_image(root.path() / "imagesTr" / (std::string(id) + ".nii.gz"));
    put_label(root.path() / "labelsTr" / (std::string(id) + ".nii.gz"));
  }
  DatasetDescriptor descriptor = two_class_descriptor("nnunet");
  descriptor.split = SplitRule{2, 1, 1, {}};
  const auto cases = list_cases(descriptor, root.path());
  EXPECT_EQ(ids(cases, Split::train), (Names{"a", "b"}));
  EXPECT_EQ(ids(cases, Split::validation), Names{"c"});
  EXPECT_EQ(ids(cases, Split::test), Names{"d"});
  descriptor.split = SplitRule{160, 48, 52, {}};
  expect_error<DataError>([&] { list_cases(descriptor, root.path()); },
                          {"imagesTr", "4 cases", "260", "'split'"});
}

TEST(NnunetLayout, ComparesDatasetJsonWithTheDescriptor) {
  TemporaryFolder root;
  put_image(root.path() / "imagesTr" / "a.nii.gz");
  put_label(root.path() / "labelsTr" / "a.nii.gz");
  const fs::path json = root.path() / "dataset.json";
  const auto list = [&] { return list_cases(two_class_descriptor("nnunet"), root.path()); };
  write_text_atomically(json, R"({"labels": {"0": "background", "1": "Left", "2": "right"}})");
  EXPECT_EQ(list().size(), 1u);
  write_text_atomically(json, R"({"labels": {"background": 0, "left": 1, "right": 2}})");
  EXPECT_EQ(list().size(), 1u);
  write_text_atomically(json, R"({"labels": {"background": 0, "right": 1, "left": 2}})");
  expect_error<DataError>(list, {"dataset.json", "class 1 is 'right'", "'left'"});
  write_text_atomically(json, R"({"labels": {"whole": [1, 2]}})");
  expect_error<DataError>(list, {"dataset.json", "whole"});
  write_text_atomically(json, "{\"labels\": ");
  expect_error<DataError>(list, {"dataset.json", "not valid JSON"});
}

TEST(NnunetLayout, SplitsTheRealHippocampusCasesAsThePaperOfThisProject) {
  NMSW_SHARED_OR_SKIP(root, "data/hippocampus");
  const auto cases = list_cases(load_descriptor("hippocampus"), root);
  EXPECT_EQ(ids(cases, Split::train).size(), 160u);
  EXPECT_EQ(ids(cases, Split::validation).size(), 48u);
  EXPECT_EQ(ids(cases, Split::test).size(), 52u);
  EXPECT_TRUE(std::is_sorted(cases.begin(), cases.end(),
                             [](const auto& a, const auto& b) { return a.case_id < b.case_id; }));
}

TEST(CaseLabel, RefusesAnIdOutsideTheClassListWithItsVoxelCount) {
  TemporaryFolder root;
  put_image(root.path() / "imagesTr" / "a.nii.gz");
  LabelVolume label{oblique_geometry(kExtent), std::vector<uint8_t>(120, 0)};
  label.voxels[7] = label.voxels[8] = 9;
  write_label(root.path() / "labelsTr" / "a.nii.gz", label);
  const DatasetDescriptor descriptor = two_class_descriptor("word");
  const auto cases = list_cases(descriptor, root.path());
  expect_error<DataError>([&] { read_case_label(descriptor, cases[0]); },
                          {"labelsTr/a.nii.gz", "9 (2 voxels)", "0..2", "label_map"});
}

TEST(CaseLabel, RefusesALabelOnAnotherGrid) {
  TemporaryFolder root;
  put_image(root.path() / "imagesTr" / "a.nii.gz");
  put_label(root.path() / "labelsTr" / "a.nii.gz", 3, {6, 5, 3});
  const DatasetDescriptor descriptor = two_class_descriptor("word");
  const auto cases = list_cases(descriptor, root.path());
  expect_error<DataError>([&] { read_case_label(descriptor, cases[0]); },
                          {"labelsTr/a.nii.gz", "imagesTr/a.nii.gz"});
}

TEST(ListCases, RefusesAnEmptyOrAbsentFolder) {
  TemporaryFolder root;
  for (const char* layout : {"word", "nnunet"}) {
    expect_error<DataError>([&] { list_cases(two_class_descriptor(layout), root.path()); },
                            {root.path().string(), "imagesTr"});
  }
  expect_error<DataError>([&] { list_cases(two_class_descriptor("word"), root / "none"); },
                          {"none", "no such folder"});
}

TEST(CheckDataset, ListsEveryFaultAndNotOnlyTheFirst) {
  TemporaryFolder root;
  const fs::path images = root.path() / "imagesTr", labels = root.path() / "labelsTr";
  for (const char* id : {"good", "no_label", "other_grid", "bad_id", "broken"}) {
    put_image(images / (std::string(id) + ".nii.gz"));
  }
  put_label(labels / "good.nii.gz");
  put_label(labels / "other_grid.nii.gz", 3, {6, 6, 4});
  put_label(labels / "bad_id.nii.gz", 7);
  put_label(labels / "broken.nii.gz");
  put_label(labels / "no_image.nii.gz");
  const std::string whole = read_file(images / "broken.nii.gz");
  write_text_atomically(images / "broken.nii.gz", whole.substr(0, whole.size() / 2));
  const DatasetFindings found = check_dataset(two_class_descriptor("word"), root.path());
  const std::vector<std::string>& faults = found.faults;
  EXPECT_EQ(faults.size(), 5u);
  ASSERT_EQ(found.remarks.size(), 1u) << "a label without an image harms nothing";
  EXPECT_NE(found.remarks[0].find("no_image"), std::string::npos);
  for (const char* file : {"no_label", "other_grid", "bad_id", "broken", "is in test"}) {
    EXPECT_TRUE(std::any_of(faults.begin(), faults.end(), [&](const std::string& fault) {
      return fault.find(file) != std::string::npos && fault.find('\n') == std::string::npos;
    })) << file;
  }
}

TEST(ContentKey, ChangesWithTheFilesAndWithTheSettingsOnly) {
  TemporaryFolder root;
  put_image(root.path() / "imagesTr" / "a.nii.gz");
  put_label(root.path() / "labelsTr" / "a.nii.gz");
  DatasetDescriptor descriptor = two_class_descriptor("word");
  const CaseFiles files = list_cases(descriptor, root.path()).at(0);
  const std::string key = content_key(descriptor, files, {});
  EXPECT_EQ(content_key(descriptor, files, {}), key);
  FitConfig fit;
  fit.multiple_xyz = {8, 8, 8};
  EXPECT_NE(content_key(descriptor, files, fit), key);
  descriptor.preprocessing.window = {-100, 200};
  EXPECT_NE(content_key(descriptor, files, {}), key);
  descriptor.preprocessing.window = {-250, 500};
  descriptor.title = "another title";
  EXPECT_EQ(content_key(descriptor, files, {}), key);
  put_label(root.path() / "labelsTr" / "a.nii.gz", 2);
  EXPECT_NE(content_key(descriptor, files, {}), key);
}

TEST(LoadCase, IsTheSameWithAndWithoutACache) {
  TemporaryFolder root;
  put_image(root.path() / "imagesTr" / "a.nii.gz");
  put_label(root.path() / "labelsTr" / "a.nii.gz");
  const DatasetDescriptor descriptor = two_class_descriptor("word");
  const CaseFiles files = list_cases(descriptor, root.path()).at(0);
  CaseCache cache(root / "cache", 1 << 20);
  const PreparedCase plain = load_case(descriptor, files, {}, nullptr);
  EXPECT_EQ(load_case(descriptor, files, {}, &cache).image.voxels, plain.image.voxels);
  const PreparedCase cached = load_case(descriptor, files, {}, &cache);
  EXPECT_EQ(cached.image.voxels, plain.image.voxels);
  EXPECT_EQ(cached.label.voxels, plain.label.voxels);
  EXPECT_EQ(cached.case_id, "a");
}

}  // namespace
}  // namespace nmsw::datasets
