#include <algorithm>
#include <set>

#include <gtest/gtest.h>

#include "datasets/case_source.h"
#include "datasets/check_dataset.h"
#include "datasets/grid/orientation.h"
#include "datasets/image_io.h"
#include "datasets/phantoms/phantom.h"
#include "nmsw/base/atomic_file.h"
#include "nmsw/base/error.h"
#include "nmsw/base/seed.h"
#include "tests/support/expect_error.h"
#include "tests/support/temporary_folder.h"

namespace nmsw::datasets {
namespace {

using testing::expect_error;
using testing::TemporaryFolder;

PhantomConfig small_config() {
  PhantomConfig config;
  config.train_cases = 3;
  config.validation_cases = 1;
  config.test_cases = 2;
  config.extent_xyz = Int3{48, 48, 48};
  return config;
}

int64_t count(const std::vector<CaseFiles>& cases, Split split) {
  return std::count_if(cases.begin(), cases.end(),
                       [&](const CaseFiles& files) { return files.split == split; });
}

void expect_written_and_read_back(const DatasetDescriptor& descriptor) {
  TemporaryFolder folder;
  const PhantomConfig config = small_config();
  const auto root = folder / "phantom";
  write_phantom_dataset(descriptor, config, root);
  EXPECT_EQ(check_dataset(descriptor, root).faults, std::vector<std::string>{});
  const auto cases = list_cases(descriptor, root);
  EXPECT_EQ(count(cases, Split::train), 3);
  EXPECT_EQ(count(cases, Split::validation), 1);
  EXPECT_EQ(count(cases, Split::test), 2);
  // The first training case, read back in RAS, is the phantom itself.
  const auto first = std::find_if(cases.begin(), cases.end(),
                                  [](const auto& c) { return c.split == Split::train; });
  const uint64_t seed = derive_seed(config.seed, {"phantom", descriptor.phantom, "train", "0"});
  const auto [image, label] = make_phantom(descriptor.phantom, descriptor.classes, config, seed);
  EXPECT_EQ(to_ras(read_case_label(descriptor, *first)).voxels, label.voxels);
  const ImageVolume read = to_ras(read_image(first->image));
  ASSERT_EQ(read.voxels.size(), image.voxels.size());
  for (size_t i = 0; i < read.voxels.size(); i += 97)
    EXPECT_NEAR(read.voxels[i], image.voxels[i], 0.51);
}

TEST(PhantomDataset, IsBegunInAFolderWithRemainsOfKilledProcesses) {
  const TemporaryFolder folder;
  const auto root = folder / "phantom";
  write_text_atomically(root / ".tmp-1-0-phantom.started.json", "");
  write_text_atomically(root / ".tmp-elsewhere-1-0-phantom.started.json", "half");
  const DatasetDescriptor descriptor = load_descriptor("word");
  write_phantom_dataset(descriptor, small_config(), root);
  EXPECT_EQ(check_dataset(descriptor, root).faults, std::vector<std::string>{});
  EXPECT_FALSE(std::filesystem::exists(root / ".tmp-1-0-phantom.started.json"));
  EXPECT_TRUE(std::filesystem::exists(root / ".tmp-elsewhere-1-0-phantom.started.json"))
      << "may be alive on a machine that shares the folder";
  const TemporaryFolder other;
  write_text_atomically(other / ".tmp-1-0-phantom.started.json", "");
  write_text_atomically(other / "thesis.txt", "");
  expect_error<DataError>([&] { write_phantom_dataset(descriptor, small_config(), other.path()); },
                          {"is not empty and holds no phantoms"});
}

TEST(PhantomDataset, IsReadBackInWordsLayout) {
  expect_written_and_read_back(load_descriptor("word"));
}

TEST(PhantomDataset, IsReadBackInTotalSegmentatorsLayoutOfBothVersions) {
  const DatasetDescriptor organ = load_descriptor("totalsegmentator_organ");
  expect_written_and_read_back(organ);
  expect_written_and_read_back(with_version(organ, ConfigNode::parse("v1", "v1")));
  expect_written_and_read_back(load_descriptor("totalsegmentator_vertebrae"));
}

TEST(PhantomDataset, IsReadBackInNnunetsLayout) {
  expect_written_and_read_back(with_layout(load_descriptor("word"), "nnunet"));
}

TEST(PhantomDataset, StoresItsFilesInDifferentOrientations) {
  TemporaryFolder folder;
  const DatasetDescriptor descriptor = load_descriptor("word");
  write_phantom_dataset(descriptor, small_config(), folder / "phantom");
  std::set<std::string> names;
  for (const CaseFiles& files : list_cases(descriptor, folder / "phantom")) {
    names.insert(orientation_name(read_geometry(files.image)));
  }
  EXPECT_GT(names.size(), 1u);
}

TEST(PhantomDataset, IsCompletedAfterAnInterruptionAndLeftAloneWhenFinished) {
  TemporaryFolder folder;
  const DatasetDescriptor descriptor = load_descriptor("word");
  const auto root = folder / "phantom";
  write_phantom_dataset(descriptor, small_config(), root);
  // What a kill leaves behind: the mark of a begun folder and some of the cases.
  std::filesystem::rename(root / "phantom.json", root / "phantom.started.json");
  const auto cases = list_cases(descriptor, root);
  const auto kept = std::filesystem::last_write_time(cases[0].image);
  std::filesystem::remove(cases[1].image);
  write_phantom_dataset(descriptor, small_config(), root);
  EXPECT_TRUE(std::filesystem::exists(cases[1].image));
  EXPECT_TRUE(std::filesystem::exists(root / "phantom.json"));
  EXPECT_FALSE(std::filesystem::exists(root / "phantom.started.json"));
  EXPECT_EQ(std::filesystem::last_write_time(cases[0].image), kept);
}

TEST(PhantomDataset, RefusesAFolderOfOtherPhantomsOrOfOtherThings) {
  TemporaryFolder folder;
  const DatasetDescriptor descriptor = load_descriptor("word");
  PhantomConfig config = small_config();
  write_phantom_dataset(descriptor, config, folder / "phantom");
  config.seed = 2;
  expect_error<DataError>([&] { write_phantom_dataset(descriptor, config, folder / "phantom"); },
                          {"phantoms of other settings", "choose another folder"});
  std::filesystem::create_directories(folder / "full" / "something");
  expect_error<DataError>([&] { write_phantom_dataset(descriptor, config, folder / "full"); },
                          {"not empty"});
  expect_error<ConfigError>(
      [&] { write_phantom_dataset(load_descriptor("hippocampus"), config, folder / "new"); },
      {"hippocampus", "has no phantom"});
}

TEST(PhantomDataset, SharesItsTestCasesWhateverTheNumberOfTrainingCases) {
  TemporaryFolder folder;
  const DatasetDescriptor descriptor = load_descriptor("word");
  PhantomConfig config = small_config();
  write_phantom_dataset(descriptor, config, folder / "few");
  config.train_cases = 4;
  write_phantom_dataset(descriptor, config, folder / "many");
  const auto few = list_cases(descriptor, folder / "few");
  const auto many = list_cases(descriptor, folder / "many");
  EXPECT_EQ(read_label(few.back().label).voxels, read_label(many.back().label).voxels);
}

}  // namespace
}  // namespace nmsw::datasets
