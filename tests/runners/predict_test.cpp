#include <algorithm>
#include <set>
#include <sstream>

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include "datasets/grid/geometry.h"
#include "datasets/grid/orientation.h"
#include "datasets/image_io.h"
#include "tests/runners/built_program.h"
#include "tests/support/make_volume.h"
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

/// An image of several rows of patches for the tiny checkpoint.
fs::path several_patches(const testing::TemporaryFolder& folder) {
  datasets::write_image(folder / "a.nii",
                        testing::random_image(testing::oblique_geometry({60, 72, 56}), 1));
  return folder / "a.nii";
}

nlohmann::json report_of(const fs::path& file) { return nlohmann::json::parse(read_file(file)); }

TEST(Predict, ReportsOfFilesWhoseNamesAreNoText) {
  const testing::TemporaryFolder folder;
  const fs::path input = folder / "M\xfcller.nii";
  fs::rename(several_patches(folder), input);
  predicted(input, folder / "label\xfc.nii", "--k 1 --report r.json");
  const nlohmann::json report = report_of(folder / "r.json");
  EXPECT_THAT(report.at("input").get<std::string>(), ::testing::HasSubstr("M\\xfcller.nii"));
  EXPECT_THAT(report.at("output").get<std::string>(), ::testing::HasSubstr("label\\xfc.nii"));
}

TEST(Predict, GivesTheSameLabelsAtEveryMemoryLimitAndNamesTheLowestOne) {
  const testing::TemporaryFolder folder;
  const fs::path input = several_patches(folder);
  for (const std::string method : {"nmsw", "sliding_window"}) {
    SCOPED_TRACE(method);
    const std::string words = "--method " + method + " --report r.json ";
    const LabelVolume free = predicted(input, folder / "free.nii", words);
    const nlohmann::json before = report_of(folder / "r.json");
    EXPECT_EQ(before["bands"], 1);
    const Outcome refused = run_program_in(
        folder.path(), "predict --checkpoint '" + tiny_checkpoints().nmsw().string() +
                           "' --input '" + input.string() +
                           "' --output no.nii --memory-limit 1KiB " + words);
    expect_message(refused, 2, "--memory-limit", {"at least", "raise it"});
    EXPECT_FALSE(fs::exists(folder / "no.nii"));
    const std::string floor = refused.err.substr(
        refused.err.find('(') + 1, refused.err.find(" bytes)") - refused.err.find('(') - 1);
    EXPECT_EQ(predicted(input, folder / "least.nii", words + "--memory-limit " + floor).voxels,
              free.voxels);
    const nlohmann::json after = report_of(folder / "r.json");
    EXPECT_GT(after["bands"], 1);
    EXPECT_EQ(after["peak_bytes_predicted"].dump(), floor);
    EXPECT_LT(after["peak_bytes_predicted"], before["peak_bytes_predicted"]);
  }
}

TEST(Predict, AveragesTheProbabilitiesOfSeveralCheckpoints) {
  const testing::TemporaryFolder folder;
  const fs::path input = several_patches(folder);
  const std::string nmsw = " '" + tiny_checkpoints().nmsw().string() + "'";
  const std::string local = " '" + tiny_checkpoints().local().string() + "'";
  const auto ensemble = [&](const std::string& checkpoints, const std::string& more) {
    return run_program_in(folder.path(),
                          "predict --input a.nii --output o.nii --threads 1 --report "
                          "r.json --checkpoint" +
                              checkpoints + " " + more);
  };
  const auto different = [&](const LabelVolume& other) {
    const LabelVolume label = datasets::read_label(folder / "o.nii");
    size_t count = 0;
    for (size_t i = 0; i < label.voxels.size(); ++i) count += label.voxels[i] != other.voxels[i];
    return count;
  };
  for (const std::string method : {"sliding_window", "nmsw --k 2"}) {
    SCOPED_TRACE(method);
    const LabelVolume alone = predicted(input, folder / "alone.nii", "--method " + method);
    const Outcome twice = ensemble(nmsw + nmsw, "--method " + method);
    ASSERT_EQ(twice.code, 0) << twice.err;
    EXPECT_LE(different(alone), 3U) << "a network averaged with itself";
    EXPECT_EQ(report_of(folder / "r.json")["networks"], 2);
  }
  const Outcome both = ensemble(nmsw + local, "--method sliding_window");
  ASSERT_EQ(both.code, 0) << both.err;
  const LabelVolume free = datasets::read_label(folder / "o.nii");
  const Outcome refused = ensemble(nmsw + local, "--method sliding_window --memory-limit 1KiB");
  expect_message(refused, 2, "--memory-limit", {"at least"});
  const std::string floor = refused.err.substr(
      refused.err.find('(') + 1, refused.err.find(" bytes)") - refused.err.find('(') - 1);
  ASSERT_EQ(ensemble(nmsw + local, "--method sliding_window --memory-limit " + floor).code, 0);
  EXPECT_EQ(different(free), 0U);
  expect_message(ensemble(nmsw + local, ""), 2, "local network alone", {"sliding_window"});
  expect_message(ensemble(nmsw + nmsw, "--time-budget 5s"), 2, "--time-budget", {"one"});
}

TEST(Predict, ComputesInBfloat16WhereAskedAndRefusesWhatTheDeviceLacks) {
  const testing::TemporaryFolder folder;
  const fs::path input = several_patches(folder);
  const LabelVolume exact = predicted(input, folder / "exact.nii", "--device cpu");
  const LabelVolume reduced =
      predicted(input, folder / "reduced.nii", "--device cpu --precision bf16 --report r.json");
  const nlohmann::json report = report_of(folder / "r.json");
  EXPECT_EQ(report["precision"], "bf16");
  EXPECT_GE(report["labels_changed_in_first_patch"], 0.0);
  EXPECT_LT(report["labels_changed_in_first_patch"], 0.05);
  size_t equal = 0;
  for (size_t i = 0; i < exact.voxels.size(); ++i) equal += exact.voxels[i] == reduced.voxels[i];
  EXPECT_GT(equal * 20, exact.voxels.size() * 19);
  const Outcome refused = run_program_in(
      folder.path(), "predict --checkpoint '" + tiny_checkpoints().nmsw().string() + "' --input '" +
                         input.string() + "' --output no.nii --device cpu --precision fp16");
  expect_message(refused, 2, "--precision fp16", {"cpu", "bf16"});
}

TEST(Predict, SaysItsPeakMemoryBeforeAndAfterAndTimesEveryStage) {
  const testing::TemporaryFolder folder;
  const Outcome outcome =
      run_program_in(folder.path(), "predict --checkpoint '" + tiny_checkpoints().nmsw().string() +
                                        "' --input '" + several_patches(folder).string() +
                                        "' --output o.nii --k 3 --report r.json");
  EXPECT_EQ(outcome.code, 0) << outcome.err;
  const size_t predicted_at = outcome.err.find("predicted peak memory ");
  EXPECT_LT(predicted_at, outcome.err.find("measured peak memory "));
  const nlohmann::json report = report_of(folder / "r.json");
  for (const char* stage : {"load", "global", "select", "local", "aggregate", "argmax"}) {
    EXPECT_TRUE(report["stage_s"][stage].is_number()) << stage;
  }
}

TEST(Predict, TakesAsManyPatchesAsATimeBudgetAllows) {
  const testing::TemporaryFolder folder;
  const fs::path input = several_patches(folder);
  const LabelVolume three = predicted(input, folder / "three.nii", "--k 3");
  const std::string report = " --report r.json";
  EXPECT_EQ(predicted(input, folder / "ample.nii", "--k 3 --time-budget 1000min" + report).voxels,
            three.voxels);
  EXPECT_EQ(report_of(folder / "r.json")["patches_used"], 3);
  predicted(input, folder / "short.nii", "--time-budget 0.001ms" + report);
  EXPECT_EQ(report_of(folder / "r.json")["patches_used"], 0);
  const Outcome refused = run_program_in(
      folder.path(), "predict --checkpoint '" + tiny_checkpoints().nmsw().string() + "' --input '" +
                         input.string() +
                         "' --output no.nii --method sliding_window --time-budget 5s");
  expect_message(refused, 2, "--time-budget", {"sliding_window", "--method nmsw"});
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

TEST(Predict, WritesNamesVolumesPatchesAndAPreviewBesideTheLabels) {
  const testing::TemporaryFolder folder;
  const fs::path input = several_patches(folder);
  const LabelVolume label = predicted(
      input, folder / "out.seg.nrrd",
      "--k 3 --label-tables --volumes v.csv --roi p.mrk.json --preview p.png --page p.html --trace "
      "t.json");
  const std::string segmentation = read_file(folder / "out.seg.nrrd");
  EXPECT_NE(segmentation.find("\nSegment0_Name:="), std::string::npos);
  EXPECT_TRUE(fs::exists(folder / "out.ctbl"));
  EXPECT_TRUE(fs::exists(folder / "out.itksnap.txt"));
  EXPECT_EQ(read_file(folder / "p.png").substr(1, 3), "PNG");
  const auto roi = report_of(folder / "p.mrk.json"), trace = report_of(folder / "t.json");
  EXPECT_EQ(roi.at("markups").size(), trace.at("patches").size());
  EXPECT_EQ(roi.at("markups").size(), 3u);
  const std::string page = read_file(folder / "p.html");
  EXPECT_NE(page.find("3 patches went through the local network."), std::string::npos);
  EXPECT_NE(page.find("\"kind\":\"prediction\""), std::string::npos);
  // Each line is: case, index, class, voxels, ml, mean.
  std::istringstream lines(read_file(folder / "v.csv"));
  int64_t counted = 0, classes = 0;
  std::string line;
  std::getline(lines, line);
  for (; std::getline(lines, line); ++classes) {
    std::istringstream cells(line);
    std::string cell;
    for (int i = 0; i < 4; ++i) std::getline(cells, cell, ',');
    counted += std::stoll(cell);
  }
  EXPECT_GT(classes, 0);
  const auto foreground = std::count_if(label.voxels.begin(), label.voxels.end(),
                                        [](uint8_t index) { return index != 0; });
  EXPECT_EQ(counted, foreground);
  EXPECT_NE(segmentation.find(fmt::format("\nSegment{}_Name:=", classes - 1)), std::string::npos);
}

TEST(Predict, RefusesFilesOfUnknownEndingBeforeTheNetworkRuns) {
  const testing::TemporaryFolder folder;
  const fs::path input = several_patches(folder);
  for (const char* words :
       {"--volumes v.xls", "--roi p.json", "--preview p.jpg", "--page p.htm", "--trace o.nii"}) {
    const Outcome outcome =
        run_program_in(folder.path(), "predict --checkpoint absent --input '" + input.string() +
                                          "' --output o.nii " + words);
    EXPECT_EQ(outcome.code, 2) << words << outcome.err;
  }
}

/// `nmsw predict` with the tiny checkpoint, run in a folder.
Outcome predict_in(const testing::TemporaryFolder& folder, const std::string& words) {
  return run_program_in(folder / "", "predict --checkpoint '" + tiny_checkpoints().nmsw().string() +
                                         "' --threads 1 --k 2 " + words);
}

/// Three scans in a folder, one of them damaged.
void write_three_scans(const testing::TemporaryFolder& folder) {
  fs::create_directories(folder / "in");
  for (int i = 1; i <= 2; ++i) {
    datasets::write_image(folder / ("in/" + std::to_string(i) + "_0000.nii.gz"),
                          testing::random_image(testing::oblique_geometry({30 + i, 36, 28}),
                                                static_cast<uint64_t>(i)));
  }
  write_text_atomically(folder / "in/3.nii.gz", "no image");
}

TEST(PredictMany, SegmentsEveryScanOfAFolderAsItWouldAlone) {
  const testing::TemporaryFolder folder;
  write_three_scans(folder);
  const Outcome many = predict_in(
      folder, "--input in --output out --volumes volumes --trace traces --report reports");
  EXPECT_EQ(many.code, 4) << many.err;
  EXPECT_THAT(many.err, ::testing::HasSubstr("1 of 3 scans"));
  EXPECT_THAT(many.err, ::testing::HasSubstr("in/3.nii.gz"));
  EXPECT_FALSE(fs::exists(folder / "out/3.nii.gz"));
  for (const char* id : {"1", "2"}) {
    const std::string name = std::string(id) + ".nii.gz";
    ASSERT_EQ(
        predict_in(folder, "--input in/" + std::string(id) + "_0000.nii.gz --output " + name).code,
        0);
    EXPECT_EQ(read_file(folder / ("out/" + name)), read_file(folder / name));
    EXPECT_TRUE(fs::exists(folder / ("volumes/" + std::string(id) + ".csv")));
    EXPECT_TRUE(fs::exists(folder / ("traces/" + std::string(id) + ".json")));
    EXPECT_TRUE(fs::exists(folder / ("reports/" + std::string(id) + ".json")));
  }
}

TEST(PredictMany, RefusesAFileNameWhereFoldersAreMeant) {
  const testing::TemporaryFolder folder;
  write_three_scans(folder);
  for (const char* option :
       {"--volumes v.csv", "--preview p.png", "--page p.html", "--trace t.json"}) {
    expect_message(predict_in(folder, "--input in --output out " + std::string(option)), 2,
                   std::string(option).substr(0, 5), {"name a folder"});
  }
}

TEST(PredictMany, ContinuesWithWhatIsMissing) {
  const testing::TemporaryFolder folder;
  write_three_scans(folder);
  fs::create_directories(folder / "out");
  write_text_atomically(folder / "out/1.nii.gz", "done before");
  datasets::write_image(folder / "in/3.nii.gz",
                        testing::random_image(testing::oblique_geometry({32, 30, 28}), 3));
  const Outcome outcome = predict_in(folder, "--input in --output out --continue");
  EXPECT_EQ(outcome.code, 0) << outcome.err;
  EXPECT_EQ(read_file(folder / "out/1.nii.gz"), "done before");
  EXPECT_TRUE(fs::exists(folder / "out/2.nii.gz"));
  EXPECT_TRUE(fs::exists(folder / "out/3.nii.gz"));
  const Outcome again = predict_in(folder, "--input in --output out --continue");
  EXPECT_EQ(again.code, 0);
  EXPECT_THAT(again.err, ::testing::HasSubstr("every scan has its label map already"));
}

TEST(PredictMany, TheSameUnderAMemoryLimitAndInParts) {
  const testing::TemporaryFolder folder;
  write_three_scans(folder);
  fs::remove(folder / "in/3.nii.gz");
  ASSERT_EQ(predict_in(folder, "--input in --output out").code, 0);
  ASSERT_EQ(predict_in(folder, "--input in --output limited --memory-limit 4GiB").code, 0);
  ASSERT_EQ(predict_in(folder, "--input in --output parts --part 1/2").code, 0);
  EXPECT_FALSE(fs::exists(folder / "parts/2.nii.gz"));
  ASSERT_EQ(predict_in(folder, "--input in --output parts --part 2/2").code, 0);
  for (const char* name : {"1.nii.gz", "2.nii.gz"}) {
    const std::string expected = read_file(folder / (std::string("out/") + name));
    EXPECT_EQ(read_file(folder / (std::string("limited/") + name)), expected);
    EXPECT_EQ(read_file(folder / (std::string("parts/") + name)), expected);
  }
}

}  // namespace
}  // namespace nmsw::runners
