#include <gtest/gtest.h>

#include "datasets/case_source.h"
#include "tests/datasets/toy_cases.h"
#include "tests/support/expect_error.h"
#include "tests/support/make_volume.h"
#include "tests/support/temporary_folder.h"

namespace nmsw::datasets {
namespace {

namespace fs = std::filesystem;
using nmsw::testing::expect_error;
using nmsw::testing::TemporaryFolder;
using toy::kExtent;
using toy::put_image;
using toy::put_label;
using toy::two_class_descriptor;

/// Two channels, the first in HU, the second of any unit.
DatasetDescriptor two_channels() {
  DatasetDescriptor descriptor = two_class_descriptor("nnunet");
  descriptor.preprocessing.crop_foreground = false;
  descriptor.channels.resize(2);
  descriptor.channels[1].intensity = IntensityRule::zscore;
  return descriptor;
}

TEST(Channels, AreThoseThatTheDescriptorHas) {
  TemporaryFolder root;
  const fs::path second = root.path() / "imagesTr" / "a_0001.nii.gz";
  put_image(root.path() / "imagesTr" / "a_0000.nii.gz");
  put_label(root.path() / "labelsTr" / "a.nii.gz");
  expect_error<DataError>([&] { list_cases(two_channels(), root.path()); },
                          {"'a' lacks its channel 1", "a_0001"});
  write_image(second, nmsw::testing::random_image(nmsw::testing::oblique_geometry(kExtent), 7));
  expect_error<DataError>([&] { list_cases(two_class_descriptor("nnunet"), root.path()); },
                          {"a_0001.nii.gz", "channel 1 of case 'a'", "the descriptor has one"});
  const DatasetDescriptor descriptor = two_channels();
  const std::vector<CaseFiles> cases = list_cases(descriptor, root.path());
  ASSERT_FALSE(cases.empty());
  EXPECT_EQ(cases[0].further_channels, std::vector<fs::path>{second});
  const PreparedCase prepared = load_case(descriptor, cases[0], {}, nullptr);
  std::vector<float> expected;
  for (size_t c = 0; c < 2; ++c) {
    const ImageVolume image = read_image(channel_images(cases[0])[c]);
    const PreparedCase alone =
        prepare_case("a", image, nullptr, channel_preparations(descriptor)[c], {});
    expected.insert(expected.end(), alone.image.voxels.begin(), alone.image.voxels.end());
  }
  EXPECT_EQ(prepared.image.voxels, expected);
  EXPECT_EQ(prepared.label.voxels.size() * 2, expected.size());
}

TEST(Channels, ASecondOneOnAnotherGridIsRefusedAndItsContentsCount) {
  TemporaryFolder root;
  const fs::path second = root.path() / "imagesTr" / "a_0001.nii.gz";
  put_image(root.path() / "imagesTr" / "a_0000.nii.gz");
  put_image(second);
  put_label(root.path() / "labelsTr" / "a.nii.gz");
  FileDigests digests;
  const auto fingerprint = [&] {
    FileDigests fresh;
    return contents_fingerprint(list_cases(two_channels(), root.path()), fresh);
  };
  const std::string before = fingerprint();
  put_image(second, {6, 5, 3});
  EXPECT_NE(fingerprint(), before);
  const CaseFiles files = list_cases(two_channels(), root.path()).front();
  expect_error<DataError>([&] { load_case(two_channels(), files, {}, nullptr); },
                          {"first channel of case a", "channel 1"});
}

}  // namespace
}  // namespace nmsw::datasets
