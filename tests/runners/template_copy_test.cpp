#include <cmath>

#include "datasets/case_source.h"
#include "datasets/image_io.h"
#include "tests/runners/built_program.h"
#include "tests/support/make_volume.h"

namespace nmsw::runners {
namespace {

using datasets::CaseFiles;

/// Two boxes, one a class, in air.
LabelVolume two_boxes() {
  Geometry grid;
  grid.extent_xyz = {40, 36, 32};
  grid.spacing_xyz_mm = {3, 3, 3};
  LabelVolume label{grid, std::vector<uint8_t>(static_cast<size_t>(grid.voxel_count()))};
  for (int64_t z = 8; z < 24; ++z) {
    for (int64_t y = 8; y < 28; ++y) {
      for (int64_t x = 6; x < 34; ++x)
        label.voxels[static_cast<size_t>(label.index(x, y, z))] = x < 20 ? 1 : 2;
    }
  }
  return label;
}

double dice_of(const LabelVolume& a, const LabelVolume& b, uint8_t index) {
  double sizes = 0, common = 0;
  for (size_t i = 0; i < a.voxels.size(); ++i) {
    sizes += (a.voxels[i] == index ? 1 : 0) + (b.voxels[i] == index ? 1 : 0);
    common += a.voxels[i] == index && b.voxels[i] == index ? 1 : 0;
  }
  return 2 * common / sizes;
}

TEST(TemplateCopy, IsScoredBesideTheMethodsOnTheDeformedCases) {
  const testing::TemporaryFolder folder;
  const LabelVolume label = two_boxes();
  ImageVolume image{label.geometry, {}};
  for (const uint8_t index : label.voxels)
    image.voxels.push_back(index == 0 ? -1000.0F : 50.0F * index);
  datasets::write_image(folder / "a.nii.gz", image);
  datasets::write_label(folder / "a_label.nii.gz", label);
  const std::string list =
      "name: toy\nlayout: list\nclasses: [one, two]\npatch_xyz: [16, 16, 16]\n"
      "downsize_rate_xyz: [2, 2, 2]\npreprocessing: {crop_foreground: false}\ndefault_root: '.'\n"
      "cases:\n  - {id: a, splits: [test], image: a.nii.gz, label: a_label.nii.gz, deformations: "
      "{train: 1, validation: 1, test: 2, rms_mm: 4, grid_mm: 32}}\n";
  write_text_atomically(folder / "toy.yaml", list);
  write_text_atomically(folder / "x.yaml",
                        "experiment: x\ndatasets: [toy.yaml]\nbackbones: [unet]\n"
                        "methods: [sliding_window, template_copy]\n"
                        "networks: {unet: {channels: [4, 8], strides: [2, 1]}}\n"
                        "global_network: {unet: {channels: [4, 8], strides: [2, 1]}}\n"
                        "training: {epochs: 1, iterations_per_epoch: 1, augmentation: none}\n");
  const Outcome run = run_program_in(folder.path(), "run x.yaml --db r.sqlite --quiet");
  ASSERT_EQ(run.code, 0) << run.err;
  const auto query = [&](const std::string& sql) {
    const Outcome outcome =
        run_program_in(folder.path(), "query --db r.sqlite --format csv --sql \"" + sql + "\"");
    EXPECT_EQ(outcome.code, 0) << outcome.err;
    return outcome.out.substr(outcome.out.find('\n') + 1);
  };
  std::string expected;
  const datasets::DatasetDescriptor descriptor = datasets::parse_descriptor(list, "toy.yaml");
  for (const CaseFiles& files : datasets::list_cases(descriptor, folder.path())) {
    if (files.split != datasets::Split::test || !files.deformation) continue;
    const LabelVolume moved = datasets::read_case_label(descriptor, files);
    for (const uint8_t index : {1, 2})
      expected += fmt::format("{},{},{:.9f}\n", files.case_id, index, dice_of(label, moved, index));
  }
  EXPECT_THAT(expected, ::testing::HasSubstr("a_test_d001,2,"));
  EXPECT_EQ(query("SELECT case_id, class_index, printf('%.9f', value) FROM v_cases WHERE method = "
                  "'template_copy' AND metric = 'dsc' ORDER BY case_id, class_index"),
            expected);
  EXPECT_EQ(query("SELECT method, cases, complete FROM v_comparison ORDER BY method"),
            "sliding_window,3,1\ntemplate_copy,2,1\n")
      << "the case itself is no deformation";
  EXPECT_EQ(query("SELECT count(*) FROM v_case_slices WHERE method = 'template_copy'"), "2\n");
  EXPECT_EQ(run_program_in(folder.path(), "report --db r.sqlite --out report").code, 0);
  EXPECT_THAT(read_file(folder / "report/report.md"), ::testing::HasSubstr("Template copy"));
}

}  // namespace
}  // namespace nmsw::runners
