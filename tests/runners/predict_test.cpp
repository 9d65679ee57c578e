#include <set>

#include "datasets/geometry.h"
#include "datasets/image_io.h"
#include "datasets/orientation.h"
#include "tests/runners/built_program.h"
#include "tests/support/shared_data.h"

namespace nmsw::runners {
namespace {

namespace fs = std::filesystem;

/// `nmsw predict` with the tiny checkpoint; the label map it wrote.
LabelVolume predicted(const fs::path& input, const fs::path& output, const std::string& more) {
  const Outcome outcome = run_program_in(
      output.parent_path(), "predict --checkpoint '" + tiny_checkpoints().nmsw().string() +
                                "' --input '" + input.string() + "' --output '" + output.string() +
                                "' --threads 1 " + more);
  EXPECT_EQ(outcome.code, 0) << outcome.err;
  return datasets::read_label(output);
}

TEST(Predict, GivesOneAnatomyForEveryOrientationOnTheInputsOwnGrid) {
  NMSW_SHARED_OR_SKIP(data, "data/orientation");
  const testing::TemporaryFolder folder;
  std::vector<uint8_t> ras;
  int files = 0;
  for (const auto& entry : fs::directory_iterator(data)) {
    const std::string name = entry.path().filename().string();
    SCOPED_TRACE(name);
    const LabelVolume label = predicted(entry.path(), folder / name, "--k 4");
    const Geometry grid = datasets::read_geometry(entry.path());
    EXPECT_EQ(label.geometry.extent_xyz, grid.extent_xyz);
    EXPECT_EQ(label.geometry.spacing_xyz_mm, grid.spacing_xyz_mm);
    EXPECT_EQ(label.geometry.origin_lps_mm, grid.origin_lps_mm);
    EXPECT_EQ(label.geometry.direction_lps, grid.direction_lps);
    const std::vector<uint8_t> turned = datasets::to_ras(label).voxels;
    if (ras.empty()) ras = turned;
    EXPECT_EQ(turned, ras);
    ++files;
  }
  EXPECT_EQ(files, 8);
  // Equal maps say something only where they are not the same class everywhere.
  EXPECT_GT((std::set<uint8_t>(ras.begin(), ras.end()).size()), 1U);
}

TEST(Predict, SegmentsAFolderOfDicomSlicesOnTheGridOfItsLabel) {
  NMSW_SHARED_OR_SKIP(data, "data/ct_b");
  const testing::TemporaryFolder folder;
  const LabelVolume label = predicted(data / "dicom", folder / "out.nii.gz", "--k 1");
  const Geometry grid = datasets::read_geometry(data / "seg31.nii.gz");
  EXPECT_NO_THROW(datasets::require_same_grid(
      datasets::apply_axis_map(label.geometry, datasets::ras_axis_map(label.geometry)), "output",
      datasets::apply_axis_map(grid, datasets::ras_axis_map(grid)), "label"));
  const Outcome wrong = run_program_in(
      folder.path(), "predict --checkpoint '" + tiny_checkpoints().nmsw().string() + "' --input '" +
                         (data / "dicom").string() + "' --series 1.2 --output wrong.nii.gz");
  expect_message(wrong, 3, "dicom", {"none of them 1.2", "choose one with --series"});
  EXPECT_FALSE(fs::exists(folder / "wrong.nii.gz"));
}

}  // namespace
}  // namespace nmsw::runners
