#include "nmsw/base/atomic_file.h"
#include "runners/planning/cells/key_reference.h"
#include "tests/runners/planning/experiment_text.h"
#include "tests/support/build_paths.h"

namespace nmsw::runners {
namespace {

using ::testing::AllOf;
using ::testing::HasSubstr;
using ::testing::StartsWith;

TEST(Experiment, FillsEveryDefaultFromThePaper) {
  const ExperimentConfig config = parse_experiment(table_experiment(), "file.yaml");
  EXPECT_EQ(config.training.epochs, 300);
  EXPECT_EQ(config.training.iterations_per_epoch, 500);
  EXPECT_DOUBLE_EQ(config.training.dice_weight, 0.8);
  EXPECT_EQ(config.training.augmentation, Augmentation::paper);
  EXPECT_DOUBLE_EQ(config.model.entropy_multiplier, 1e-4);
  EXPECT_FALSE(config.evaluation.noise_at_test);
}

TEST(Experiment, TakesTheAuthorsValuesFromTheirPreset) {
  const ExperimentConfig config =
      parse_experiment(table_experiment("preset: authors\n"), "file.yaml");
  EXPECT_EQ(config.training.iterations_per_epoch, 400);
  EXPECT_DOUBLE_EQ(config.training.warmup_share, 0.1);
  EXPECT_DOUBLE_EQ(config.training.dice_weight, 1);
  EXPECT_DOUBLE_EQ(config.training.ce_weight, 1);
  EXPECT_EQ(config.training.local_patches, 5);
  EXPECT_EQ(config.training.top_k_patches, 4);
  EXPECT_EQ(config.training.augmentation, Augmentation::authors);
  EXPECT_DOUBLE_EQ(config.model.tau_start, 0.6666);
  EXPECT_DOUBLE_EQ(config.model.tau_end, 0.6666);
  EXPECT_DOUBLE_EQ(config.model.entropy_multiplier, 1e-5);
  EXPECT_EQ(config.model.mask, MaskRule::nearest);
  EXPECT_TRUE(config.evaluation.noise_at_test);
  EXPECT_EQ(config.evaluation.nsd_unit, NsdUnit::voxel);
  EXPECT_EQ(config.evaluation.geometry, ScoreGeometry::prepared);
  EXPECT_EQ(config.data.fixed_volume, FixedVolume::on);
}

TEST(Experiment, KeepsOneConfigurationForEachPresetOfAList) {
  const ExperimentConfig config = parse_experiment(
      table_experiment("preset: [paper, authors]\nmodel: {tau_start: 1.5}\n"), "f");
  EXPECT_EQ(config.training.local_patches, 4);
  EXPECT_EQ(config.variant, "");
  ASSERT_EQ(config.other_presets.size(), 1U);
  EXPECT_EQ(config.other_presets[0].training.local_patches, 5);
  EXPECT_DOUBLE_EQ(config.other_presets[0].model.tau_start, 1.5);
  EXPECT_EQ(config.other_presets[0].variant, "preset=authors");
}

TEST(Experiment, RefusesPresetsThatAreNoneOrGivenTwice) {
  EXPECT_THAT(fault_of(table_experiment("preset: []\n")),
              AllOf(StartsWith("file.yaml:8:"), HasSubstr("is empty")));
  EXPECT_THAT(fault_of(table_experiment("preset: [paper, paper]\n")),
              AllOf(StartsWith("file.yaml:8:17"), HasSubstr("given twice")));
  EXPECT_THAT(fault_of(table_experiment("preset: [paper, author]\n")),
              AllOf(StartsWith("file.yaml:8:17"), HasSubstr("paper, authors")));
}

TEST(Experiment, LetsTheFileWinOverThePresetAndTheCommandLineOverTheFile) {
  const std::string text =
      table_experiment("preset: authors\ntraining: {iterations_per_epoch: 7}\n");
  EXPECT_EQ(parse_experiment(text, "f").training.iterations_per_epoch, 7);
  EXPECT_EQ(parse_experiment(text, "f").training.local_patches, 5);
  EXPECT_EQ(parse_experiment(text, "f", {"training.iterations_per_epoch=9"})
                .training.iterations_per_epoch,
            9);
}

TEST(Experiment, NamesTheLineOfATypo) {
  EXPECT_THAT(
      fault_of(table_experiment("training:\n  epoch: 3\n")),
      AllOf(StartsWith("file.yaml:9:10: training.epoch"), HasSubstr("did you mean 'epochs'?")));
}

TEST(Experiment, NamesTheLineOfADuplicateKey) {
  EXPECT_THAT(fault_of(table_experiment("seeds: [1]\nseeds: [2]\n")),
              AllOf(StartsWith("file.yaml:9:1: "), HasSubstr("twice")));
}

TEST(Experiment, NamesTheLineOfAValueOutOfRange) {
  EXPECT_THAT(
      fault_of(table_experiment("training: {warmup_share: 1.5}\n")),
      AllOf(StartsWith("file.yaml:8:"), HasSubstr("training.warmup_share"), HasSubstr("0..1")));
}

TEST(Experiment, RefusesAFileWithoutAName) {
  EXPECT_THAT(fault_of("datasets: [word]\n"), HasSubstr("'experiment' is missing"));
}

TEST(KeyReference, EqualsTheReadmeOfTheExperiments) {
  EXPECT_EQ(read_file(testing::source_folder() / "experiments" / "README.md"), key_reference())
      << "write it again: nmsw describe > experiments/README.md";
}

}  // namespace
}  // namespace nmsw::runners
