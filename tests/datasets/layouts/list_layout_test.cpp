#include "datasets/case_source.h"

#include <algorithm>

#include <gtest/gtest.h>

#include "datasets/check_dataset.h"
#include "datasets/image_io.h"
#include "nmsw/base/error.h"
#include "tests/datasets/toy_cases.h"
#include "tests/support/expect_error.h"
#include "tests/support/make_volume.h"
#include "tests/support/shared_data.h"
#include "tests/support/temporary_folder.h"

namespace nmsw::datasets {
namespace {

using nmsw::testing::expect_error;
using nmsw::testing::oblique_geometry;
using nmsw::testing::TemporaryFolder;
using toy::ids;
using toy::kExtent;
using toy::Names;
using toy::put_image;
using toy::put_label;

/// A list of one case, in root/a.nii.gz and root/a_label.nii.gz.
DatasetDescriptor one_case_list(const std::string& keys) {
  return parse_descriptor(
      "name: toy\nclasses: [left, right]\nlayout: list\npreprocessing: {crop_foreground: false}\n"
      "cases:\n  - {id: a, image: a.nii.gz, label: a_label.nii.gz, " +
          keys + "}\n",
      "toy.yaml");
}

TEST(ListLayout, PutsACaseIntoEverySplitItNames) {
  TemporaryFolder root;
  put_image(root / "a.nii.gz");
  put_label(root / "a_label.nii.gz");
  const auto cases = list_cases(one_case_list("splits: [train, test]"), root.path());
  EXPECT_EQ(ids(cases, Split::train), Names{"a"});
  EXPECT_EQ(ids(cases, Split::validation), Names{});
  EXPECT_EQ(ids(cases, Split::test), Names{"a"});
}

TEST(ListLayout, MakesDeformationsCasesOfTheirOwn) {
  TemporaryFolder root;
  put_image(root / "a.nii.gz");
  put_label(root / "a_label.nii.gz");
  const DatasetDescriptor descriptor =
      one_case_list("splits: [test], deformations: {train: 2, test: 1, rms_mm: 2, grid_mm: 16}");
  const auto cases = list_cases(descriptor, root.path());
  EXPECT_EQ(ids(cases, Split::train), (Names{"a_train_d000", "a_train_d001"}));
  EXPECT_EQ(ids(cases, Split::test), (Names{"a", "a_test_d000"}));
  const ImageVolume image = read_image(root / "a.nii.gz");
  const LabelVolume label = read_label(root / "a_label.nii.gz");
  for (const CaseFiles& files : cases) {
    const LabelVolume moved = read_case_label(descriptor, files);
    const PreparedCase prepared = load_case(descriptor, files, {}, nullptr);
    ASSERT_EQ(files.deformation.has_value(), files.case_id != "a");
    if (!files.deformation) {
      EXPECT_EQ(moved.voxels, label.voxels);
      expect_error<DataError>([&] { copied_template(descriptor, files, {}); },
                              {"a.nii.gz", "'a'", "no deformation"});
      continue;
    }
    EXPECT_EQ(moved.voxels, deformed(label, *files.deformation).voxels);
    EXPECT_NE(moved.voxels, label.voxels);
    const ImageVolume shown = deformed(image, *files.deformation);
    const PreparedCase expected = prepare_case("x", shown, &moved, descriptor.preprocessing, {});
    EXPECT_EQ(prepared.image.voxels, expected.image.voxels);
    EXPECT_EQ(prepared.label.voxels, expected.label.voxels);
    EXPECT_EQ(restore_label(copied_template(descriptor, files, {}), prepared.transform).voxels,
              label.voxels);
  }
  EXPECT_TRUE(check_dataset(descriptor, root.path()).faults.empty());
}

TEST(ListLayout, KeepsADeformationWhenOthersAreAdded) {
  TemporaryFolder root;
  put_image(root / "a.nii.gz");
  put_label(root / "a_label.nii.gz");
  const auto test_cases = [&](const std::string& keys) {
    std::vector<CaseFiles> cases =
        list_cases(one_case_list("deformations: {" + keys + "}"), root.path());
    cases.erase(std::remove_if(cases.begin(), cases.end(),
                               [](const CaseFiles& files) { return files.split != Split::test; }),
                cases.end());
    return cases;
  };
  const auto few = test_cases("train: 1, test: 1"), more = test_cases("train: 5, test: 2");
  ASSERT_EQ(more.size(), 2U);
  EXPECT_EQ(few[0].deformation->seed, more[0].deformation->seed);
  EXPECT_NE(more[1].deformation->seed, more[0].deformation->seed);
  EXPECT_NE(test_cases("test: 1, seed: 1")[0].deformation->seed, few[0].deformation->seed);
  FileDigests digests;
  const auto fingerprint = [&](const std::string& keys) {
    const std::vector<CaseFiles> cases = test_cases(keys);
    return names_fingerprint(cases, root.path()) + contents_fingerprint(cases, digests);
  };
  EXPECT_EQ(fingerprint("test: 1"), fingerprint("train: 3, test: 1"));
  for (const char* other :
       {"test: 2", "test: 1, seed: 1", "test: 1, rms_mm: 5", "test: 1, grid_mm: 70"})
    EXPECT_NE(fingerprint("test: 1"), fingerprint(other)) << other;
  EXPECT_NE(content_key(one_case_list("splits: [test]"), few[0], {}),
            content_key(one_case_list("splits: [test]"), more[1], {}));
}

TEST(ListLayout, ReadsALabelWhoseAxesRunOtherwiseThanTheImages) {
  TemporaryFolder root;
  const Geometry grid = oblique_geometry(kExtent);
  put_image(root / "a.nii.gz");
  put_label(root / "a_label.nii.gz");
  const DatasetDescriptor descriptor = one_case_list("splits: [test]");
  const CaseFiles files = list_cases(descriptor, root.path()).at(0);
  const LabelVolume plain = read_case_label(descriptor, files);
  const AxisMap turn{{2, 0, 1}, {false, true, false}};
  write_label(root / "a_label.nii.gz", apply_axis_map(LabelVolume{grid, plain.voxels}, turn));
  EXPECT_EQ(read_case_label(descriptor, files).voxels, plain.voxels);
}

TEST(ListLayout, DeformsCtAAndReadsCtBFromItsDicomSeries) {
  NMSW_SHARED_OR_SKIP(root, "data");
  const DatasetDescriptor descriptor = load_descriptor("ct_b");
  const auto cases = list_cases(descriptor, root);
  EXPECT_EQ(ids(cases, Split::train), ids(list_cases(load_descriptor("ct_a"), root), Split::train));
  ASSERT_EQ(ids(cases, Split::test), Names{"ct_b"});
  const CaseFiles& b = *std::find_if(cases.begin(), cases.end(), [](const CaseFiles& files) {
    return files.split == Split::test;
  });
  const LabelVolume label = read_case_label(descriptor, b);
  std::array<int64_t, 17> count{};
  for (const uint8_t index : label.voxels) ++count[index];
  Names there;
  for (size_t c = 1; c < count.size(); ++c) {
    if (count[c] > 0) there.push_back(descriptor.classes[c - 1]);
  }
  EXPECT_EQ(there, (Names{"liver", "spleen", "stomach", "pancreas", "colon", "adrenal"}));
  // On the image's grid: the liver is as bright as the data's description says.
  const ImageVolume image = read_image(b.image);
  double sum = 0;
  for (size_t i = 0; i < label.voxels.size(); ++i)
    sum += label.voxels[i] == 1 ? image.voxels[i] : 0;
  EXPECT_NEAR(sum / static_cast<double>(count[1]), 89, 0.5);
  const PreparedCase prepared = load_case(descriptor, b, {{32, 32, 32}, {16, 16, 16}, {}}, nullptr);
  EXPECT_EQ(prepared.image.geometry.spacing_xyz_mm, (Real3{3, 3, 3}));
  EXPECT_EQ(prepared.image.geometry.extent_xyz[2], 32) << "20 slices of 2 mm, padded to a patch";
}

TEST(ListLayout, GivesCtATheClassesOfWord) {
  NMSW_SHARED_OR_SKIP(root, "data");
  const DatasetDescriptor descriptor = load_descriptor("ct_a");
  CaseFiles template_case = list_cases(descriptor, root).at(0);
  template_case.deformation.reset();
  const LabelVolume mapped = read_case_label(descriptor, template_case);
  const LabelVolume ids61 = read_label(root / "ct_a/seg61.nii.gz");
  std::array<int64_t, 17> count{};
  for (size_t i = 0; i < mapped.voxels.size(); ++i) {
    ++count[mapped.voxels[i]];
    EXPECT_EQ(mapped.voxels[i] == 1, ids61.voxels[i] == 5);
    EXPECT_EQ(mapped.voxels[i] == 12, ids61.voxels[i] == 8 || ids61.voxels[i] == 9);
  }
  EXPECT_EQ(std::count(count.begin() + 1, count.end(), 0), 2) << "oesophagus and rectum are absent";
  EXPECT_EQ(count[7], 0);
  EXPECT_EQ(count[13], 0);
}

}  // namespace
}  // namespace nmsw::datasets
