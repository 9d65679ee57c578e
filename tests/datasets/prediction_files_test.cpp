#include "datasets/prediction_files.h"

#include <gtest/gtest.h>

#include "datasets/image_io.h"
#include "nmsw/base/atomic_file.h"
#include "nmsw/base/error.h"
#include "tests/support/expect_error.h"
#include "tests/support/make_volume.h"
#include "tests/support/put_file.h"
#include "tests/support/temporary_folder.h"

namespace nmsw::datasets {
namespace {

namespace fs = std::filesystem;
using testing::expect_error;
using testing::TemporaryFolder;

TEST(PredictionFiles, AllThatIsAskedForIsWritten) {
  const TemporaryFolder folder;
  const Geometry grid = testing::oblique_geometry({9, 8, 7});
  const ImageVolume image = testing::random_image(grid, 5);
  const LabelVolume label = testing::random_label(grid, 3, 6);
  write_image(folder / "ct.nii.gz", image);
  PredictionFiles files{folder / "out" / "labels.nii.gz", true, folder / "v.csv",
                        folder / "p.mrk.json", folder / "p.png"};
  require_prediction_files(files, {folder / "ct.nii.gz"});
  int reads = 0;
  write_prediction(files,
                   {"ct.nii.gz",
                    label,
                    {"word", {"liver", "spleen"}},
                    {{0, 1, {0, 0, 0}, {4, 4, 4}}},
                    grid,
                    std::nullopt},
                   folder / "ct.nii.gz", [&] {
                     ++reads;
                     return read_image(folder / "ct.nii.gz");
                   });
  EXPECT_EQ(reads, 1);
  EXPECT_EQ(read_label(files.label).voxels, label.voxels);
  EXPECT_NE(read_file(folder / "out" / "labels.ctbl").find("1 liver "), std::string::npos);
  EXPECT_NE(read_file(folder / "out" / "labels.itksnap.txt").find("\"spleen\""), std::string::npos);
  EXPECT_NE(read_file(folder / "v.csv").find("\nct.nii.gz,2,spleen,"), std::string::npos);
  EXPECT_NE(read_file(folder / "p.mrk.json").find("\"patch 1\""), std::string::npos);
  EXPECT_EQ(read_file(folder / "p.png").substr(1, 3), "PNG");
}

TEST(PredictionFiles, TheImageIsNotReadAgainWithoutNeed) {
  const TemporaryFolder folder;
  const LabelVolume label = testing::random_label(testing::oblique_geometry({3, 3, 3}), 3, 6);
  write_prediction({folder / "labels.seg.nrrd", true, {}, folder / "p.mrk.json", {}},
                   {"ct", label, {"", {"a", "b"}}, {}, label.geometry, std::nullopt}, folder / "ct",
                   []() -> ImageVolume { throw DataError("read again"); });
  EXPECT_TRUE(fs::exists(folder / "labels.ctbl")) << "both endings are replaced";
  for (const char* name : {"a.b.nii", "A.B.NII.GZ", "c.nrrd", "d.seg.mha"}) {
    write_prediction({folder / name, true, {}, {}, {}},
                     {"ct", label, {"", {"a", "b"}}, {}, label.geometry, std::nullopt},
                     folder / "ct", []() -> ImageVolume { throw DataError("read again"); });
  }
  for (const char* table : {"a.b.ctbl", "A.B.ctbl", "c.itksnap.txt", "d.seg.ctbl"})
    EXPECT_TRUE(fs::exists(folder / table)) << table;
}

TEST(PredictionFiles, AnImageThatHasChangedMeanwhileIsRefused) {
  const TemporaryFolder folder;
  const LabelVolume label = testing::random_label(testing::oblique_geometry({3, 3, 3}), 3, 6);
  expect_error<DataError>(
      [&] {
        write_prediction({folder / "labels.mha", false, folder / "v.csv", {}, {}},
                         {"ct", label, {"", {"a", "b"}}, {}, label.geometry, std::nullopt},
                         folder / "ct", [] {
                           return testing::random_image(testing::oblique_geometry({3, 3, 4}), 1);
                         });
      },
      {"its prediction", "3 x 3 x 4"});
}

TEST(PredictionFiles, WhatCannotBeWrittenIsRefusedBeforehandAndLeavesNothing) {
  const TemporaryFolder folder;
  const fs::path input = folder / "ct.nii.gz";
  testing::put_file(input, "x");
  testing::put_file(folder / "file", "x");
  const auto refused = [&](const PredictionFiles& files, const std::vector<std::string>& parts) {
    SCOPED_TRACE(parts.front());
    expect_error<ConfigError>([&] { require_prediction_files(files, {input}); }, parts);
  };
  const fs::path label = folder / "l.nii.gz";
  refused({folder / "l.png", false, {}, {}, {}}, {"l.png", ".seg.nrrd"});
  refused({label, false, folder / "v.txt", {}, {}}, {"--volumes", "v.txt", ".csv"});
  refused({label, false, {}, folder / "p.json", {}}, {"--roi", ".mrk.json"});
  refused({label, false, {}, {}, folder / "p.jpg"}, {"--preview", ".png"});
  refused({label, false, {}, {}, folder / ".png"}, {"--preview", ".png"});
  refused({input, false, {}, {}, {}}, {"--output", "is the input itself"});
  refused({folder / "sub" / ".." / "ct.nii.gz", false, {}, {}, {}}, {"is the input itself"});
  refused({label, false, {}, {}, {}, {{"--trace", input}}}, {"--trace", "is the input itself"});
  refused({folder / "v.nii", true, folder / "a.csv", {}, folder / "sub" / ".." / "v.nii"},
          {"--preview", ".png"});
  for (const PredictionFiles& files :
       {PredictionFiles{folder / "file" / "l.nii", false, {}, {}, {}},
        PredictionFiles{label, false, folder / "file" / "v.csv", {}, {}},
        PredictionFiles{label, false, {}, {}, folder / "file" / "p.png"}})
    expect_error<DataError>([&] { require_prediction_files(files, {input}); }, {"file"});
  size_t left = 0;
  for ([[maybe_unused]] const auto& entry : fs::directory_iterator(folder.path())) ++left;
  EXPECT_EQ(left, 2u);
}

TEST(PredictionFiles, NoFileIsWrittenOverByAnother) {
  const TemporaryFolder folder;
  const auto twice = [&](const PredictionFiles& files) {
    expect_error<ConfigError>([&] { require_prediction_files(files, {folder / "ct.nii"}); },
                              {"is the file of"});
  };
  // A link leads to the same file under another name.
  testing::put_file(folder / "real.csv", "");
  fs::create_symlink(folder / "real.csv", folder / "link.mrk.json");
  twice({folder / "l.nii", false, folder / "real.csv", folder / "link.mrk.json", {}});
  twice({folder / "l.nii", false, folder / "real.csv", {}, {}, {{"--trace", folder / "real.csv"}}});
  twice({folder / "l.nii", true, {}, {}, {}, {{"--report", folder / "l.ctbl"}}});
}

}  // namespace
}  // namespace nmsw::datasets
