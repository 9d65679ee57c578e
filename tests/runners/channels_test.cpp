#include <gmock/gmock.h>

#include "datasets/image_io.h"
#include "nmsw/base/atomic_file.h"
#include "tests/datasets/survey/made_up_data.h"
#include "tests/runners/built_program.h"

namespace nmsw::runners {
namespace {

namespace fs = std::filesystem;
namespace made_up = datasets::made_up;
using ::testing::HasSubstr;

constexpr const char* kDescriptor =
    "name: pair\nlayout: nnunet\nclasses: [left, right]\n"
    "channels: [{name: CT, window: [-100, 100]}, {name: T2, intensity: zscore}]\n"
    "patch_xyz: [16, 16, 16]\ndownsize_rate_xyz: [2, 2, 2]\n"
    "split: {train: 3, validation: 1, test: 2}\n";
constexpr const char* kExperiment =
    "experiment: pair\ndatasets: [pair.yaml]\nbackbones: [unet]\n"
    "methods: [sliding_window, {nmsw: {k: [2]}}]\n"
    "networks: {unet: {channels: [4, 8, 8], strides: [2, 2, 1]}}\n"
    "global_network: {unet: {channels: [4, 8, 8], strides: [2, 2, 1]}}\n"
    "data: {source: real, roots: {pair: data}}\n"
    "training: {epochs: 1, iterations_per_epoch: 2, augmentation: paper}\n";

/// Six cases of two channels, whose second one is brighter, and an experiment on them.
class Channels : public ::testing::Test {
 protected:
  void SetUp() override {
    made_up::MadeUpScan second = made_up::two_organs();
    second.background = 3;
    for (int i = 0; i < 6; ++i) {
      const std::string id = "c" + std::to_string(i);
      made_up::put_scan(folder_ / "data", id + "_0000", id, made_up::two_organs());
      made_up::put_scan(folder_ / "data", id + "_0001", id, second);
    }
    write_text_atomically(folder_ / "pair.yaml", kDescriptor);
    write_text_atomically(folder_ / "exp.yaml", kExperiment);
  }
  Outcome run(const std::string& words) const { return run_program_in(folder_.path(), words); }
  testing::TemporaryFolder folder_;
};

TEST_F(Channels, GoThroughTrainingEvaluationAndPrediction) {
  const Outcome trained = run("run exp.yaml --db r.sqlite --quiet --threads 1");
  ASSERT_EQ(trained.code, 0) << trained.err;
  EXPECT_EQ(run("query --db r.sqlite --format csv --sql \"SELECT count(*) AS n FROM v_comparison "
                "WHERE complete = 1 AND cases = 2\"")
                .out,
            "n\n2\n");
  const Outcome path =
      run("query --db r.sqlite --format csv --sql \"SELECT path FROM v_artifacts WHERE kind = "
          "'checkpoint' AND scheme = 'nmsw'\"");
  std::string checkpoint = path.out.substr(path.out.find('\n') + 1);
  checkpoint = checkpoint.substr(0, checkpoint.find_first_of("\r\n"));
  const std::string predict = "predict --checkpoint " + checkpoint + " --threads 1 --k 2 --input ";
  const Outcome both =
      run(predict + "data/imagesTr/c0_0000.nii data/imagesTr/c0_0001.nii --output a.nii");
  ASSERT_EQ(both.code, 0) << both.err;
  EXPECT_EQ(datasets::read_label(folder_ / "a.nii").geometry.extent_xyz, (Int3{64, 48, 40}));
  const Outcome folder = run(predict + "data/imagesTr --output all");
  ASSERT_EQ(folder.code, 0) << folder.err;
  EXPECT_EQ(datasets::read_label(folder_ / "all/c0.nii.gz").voxels,
            datasets::read_label(folder_ / "a.nii").voxels);
  EXPECT_TRUE(fs::exists(folder_ / "all/c5.nii.gz"));
  expect_message(run(predict + "data/imagesTr/c0_0000.nii --output b.nii"), 2, "c0_0000.nii",
                 {"has 1 channel", "takes 2"});
}

TEST_F(Channels, OfOneCaseThatLacksOneAreAFault) {
  fs::remove(folder_ / "data/imagesTr/c3_0001.nii");
  expect_message(run("plan exp.yaml"), 3, "imagesTr", {"'c3' lacks its channel 1"});
}

TEST_F(Channels, OfSeveralFilesAreNotGivenToANetworkOfOne) {
  expect_message(run("predict --checkpoint '" + tiny_checkpoints().nmsw().string() +
                     "' --input data/imagesTr --output out"),
                 2, "c0_0000.nii", {"2 channels", "the network takes one"});
}

}  // namespace
}  // namespace nmsw::runners
