#include "runners/planning/cells/grid.h"

#include "tests/runners/planning/experiment_text.h"

namespace nmsw::runners {
namespace {

using ::testing::AllOf;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::StartsWith;

constexpr const char* kHead =
    "experiment: grid\ndata: {source: phantom}\nbackbones: unet\ndatasets: word\n";

std::vector<Cell> cells_of(const std::string& text) {
  return expand_grid(parse_experiment(kHead + text, "file.yaml")).cells;
}

TEST(Grid, TakesASingleValueForAListOfOne) {
  const auto cells = cells_of("methods: sliding_window\nseeds: 3\n");
  ASSERT_EQ(cells.size(), 1U);
  EXPECT_EQ(cells[0].dataset, "word");
  EXPECT_EQ(cells[0].seed, 3);
}

TEST(Grid, MultipliesEveryList) {
  const auto cells = cells_of(
      "methods: [sliding_window, {nmsw: {class_weight: [on, off], estimator: [paper, authors]}}]\n"
      "seeds: [0, 1]\n");
  EXPECT_EQ(cells.size(), 2U * (1 + 2 * 2));
}

TEST(Grid, KeepsVariedParametersApartInTheTables) {
  const auto cells =
      cells_of("methods: {nmsw: {class_weight: [on, off], estimator: [paper, authors]}}\n");
  ASSERT_EQ(cells.size(), 4U);
  EXPECT_EQ(cells[3].method.class_weight, "off");
  EXPECT_EQ(cells[3].method.variant, "estimator=authors");
  EXPECT_EQ(cells[3].method.model.aggregation, AggregationKind::paste);
  EXPECT_EQ(cells[3].method.model.estimator, Estimator::authors);
}

TEST(Grid, SortsPatchCountsWithFullLast) {
  EXPECT_THAT(cells_of("methods: {nmsw: {k: [full, 30, 5]}}\n").at(0).method.k,
              ElementsAre("5", "30", "full"));
}

TEST(Grid, MergesAnIncludedPatchCountIntoItsCell) {
  const auto cells =
      cells_of("methods: {nmsw: {k: [5, full]}}\ninclude: [{methods: {nmsw: {k: 50}}}]\n");
  ASSERT_EQ(cells.size(), 1U);
  EXPECT_THAT(cells[0].method.k, ElementsAre("5", "50", "full"));
}

TEST(Grid, AddsWhatIsIncluded) {
  const auto cells =
      cells_of("methods: sliding_window\ninclude: [{methods: nmsw, seeds: [4, 5]}]\n");
  ASSERT_EQ(cells.size(), 3U);
  EXPECT_EQ(cells[2].method.name, "nmsw");
  EXPECT_EQ(cells[2].seed, 5);
}

TEST(Grid, TakesOutWhatIsExcluded) {
  const auto cells = cells_of(
      "methods: [sliding_window, {nmsw: {k: [5, 30]}}]\nseeds: [0, 1]\n"
      "exclude: [{method: nmsw, seed: 1}, {method: nmsw, k: 30}]\n");
  ASSERT_EQ(cells.size(), 3U);
  EXPECT_EQ(cells[2].seed, 0);
  EXPECT_THAT(cells[2].method.k, ElementsAre("5"));
}

TEST(Grid, RefusesAnExcludeThatMatchesNothing) {
  EXPECT_THAT(fault_of(std::string(kHead) + "methods: sliding_window\nexclude: [{method: nmsw}]\n"),
              AllOf(StartsWith("file.yaml:6:"), HasSubstr("matches no cell")));
}

TEST(Grid, ListsTheKnownNamesForAnUnknownOne) {
  EXPECT_THAT(fault_of(std::string(kHead) + "methods: [sliding_windw]\n"),
              AllOf(StartsWith("file.yaml:5:11: methods[0]"),
                    HasSubstr("did you mean 'sliding_window'?"), HasSubstr("nmsw")));
  EXPECT_THAT(fault_of("experiment: x\ndatasets: [word]\nbackbones: [unett]\nmethods: nmsw\ndata: "
                       "{source: phantom}\n"),
              AllOf(StartsWith("file.yaml:3:13: backbones[0]"), HasSubstr("unet")));
  EXPECT_THAT(fault_of("experiment: x\ndatasets: [wrd]\nbackbones: [unet]\nmethods: nmsw\n"),
              AllOf(StartsWith("file.yaml:2:12: datasets[0]"), HasSubstr("did you mean 'word'?")));
}

TEST(Grid, RefusesAParameterThatAMethodDoesNotTake) {
  EXPECT_THAT(fault_of(std::string(kHead) + "methods: [{sliding_window: {k: 5}}]\n"),
              AllOf(StartsWith("file.yaml:5:"), HasSubstr("takes no 'k'")));
}

TEST(Grid, RefusesPatchCountsThatAreNone) {
  for (const char* k : {"0", "-1", "5.5", "all", "[]", "[5, 5]"}) {
    EXPECT_THAT(fault_of(std::string(kHead) + "methods: {nmsw: {k: " + k + "}}\n"),
                StartsWith("file.yaml:5:"))
        << k;
  }
}

/// "[0, 1, …]".
std::string numbers(int count) {
  std::string list = "[0";
  for (int i = 1; i < count; ++i) list += ", " + std::to_string(i);
  return list + "]";
}

TEST(Grid, RefusesNumbersThatNoMachineCanMeet) {
  EXPECT_THAT(
      fault_of(table_experiment("seeds: " + numbers(200'000) + "\n")),
      ::testing::AllOf(HasSubstr("file.yaml:8:"), HasSubstr("200000 values, at most 1000")));
  EXPECT_THAT(fault_of(table_experiment("seeds: " + numbers(1000) +
                                        "\nevaluation: {orders: [entropy, foreground]}\n")),
              HasSubstr("12000 cells"));
  EXPECT_THAT(fault_of("experiment: x\ndatasets: word\nbackbones: unet\ndata: {source: phantom}\n"
                       "methods: [{nmsw: {tau_start: " +
                       numbers(2000) + "}}]\n"),
              HasSubstr("2000 values, at most 1000"));
  for (const char* line :
       {"dataset_settings: {word: {patch_xyz: [1000000000, 1, 1]}}",
        "dataset_settings: {word: {downsize_rate_xyz: [1, 1, 1000000000]}}",
        "dataset_settings: {word: {fixed_volume_xyz: [1000000000, 1, 1]}}",
        "training: {epochs: 1000000000000000000}", "training: {local_patches: 1000000000}",
        "training: {global: {epochs: 0}}", "model: {perturbation_samples: 1000000000}",
        "profile: {volume: [1000000000, 1, 1]}", "profile: {classes: 1000000000}",
        "profile: {repeats: 1000000000000000000}"})
    EXPECT_THAT(fault_of(table_experiment(std::string(line) + "\n")),
                ::testing::AllOf(HasSubstr("file.yaml:8:"), HasSubstr("must lie in")))
        << line;
  for (const char* set :
       {"data.phantom.extent_xyz=[1000000000, 1, 1]", "data.phantom.train_cases=1000000000"})
    EXPECT_THAT(fault_of(table_experiment(), {set}),
                ::testing::AllOf(HasSubstr("--set data.phantom."), HasSubstr("must lie in")));
}

TEST(Grid, RefusesVolumesThatNoMachineHolds) {
  EXPECT_THAT(
      fault_of(table_experiment("dataset_settings: {word: {preprocessing: {spacing_xyz_mm: [0.05, "
                                "0.05, 0.05]}}}\n")),
      AllOf(HasSubstr("file.yaml:2:"), HasSubstr("'word'"), HasSubstr("more than 2^32")));
}

TEST(Grid, RefusesTwoCellsForOnePlaceOfATable) {
  EXPECT_THAT(fault_of(std::string(kHead) + "methods: [nmsw, {nmsw: {estimator: authors}}]\n"),
              HasSubstr("other parameters"));
}

TEST(Grid, RefusesADataSetGivenTwice) {
  EXPECT_THAT(fault_of("experiment: x\ndatasets: [word, word]\nbackbones: unet\nmethods: "
                       "nmsw\ndata: {source: phantom}\n"),
              AllOf(StartsWith("file.yaml:2:18"), HasSubstr("twice")));
}

TEST(Grid, RefusesListsThatAreEmpty) {
  for (const char* line : {"seeds: []", "include: [{seeds: []}]", "include: [{methods: }]"})
    EXPECT_THAT(fault_of(std::string(kHead) + "methods: nmsw\n" + line + "\n"),
                AllOf(StartsWith("file.yaml:6:"), HasSubstr("is empty; name at least one")))
        << line;
  EXPECT_THAT(fault_of("experiment: x\ndatasets: []\nbackbones: unet\nmethods: nmsw\n"),
              AllOf(StartsWith("file.yaml:2:11: datasets"), HasSubstr("is empty")));
}

TEST(Grid, RefusesSettingsOfADataSetThatIsNone) {
  EXPECT_THAT(fault_of(std::string(kHead) +
                       "methods: nmsw\ndataset_settings: {wordd: {patch_xyz: [64, 64, 64]}}\n"),
              AllOf(StartsWith("file.yaml:6:"), HasSubstr("did you mean 'word'?")));
}

TEST(Grid, SaysWhereToPutFilesThatAreNotThere) {
  EXPECT_THAT(fault_of(std::string(kHead) + "methods: nmsw\n",
                       {"data.source=real", "data.roots.word=no/such/folder"}),
              AllOf(HasSubstr("no/such/folder"), HasSubstr("data.roots.word")));
}

TEST(Grid, PutsADataSetsOwnSettingsOverTheCommonOnes) {
  const ExperimentConfig config = parse_experiment(
      std::string(kHead) +
          "methods: nmsw\ntraining: {epochs: 9, learning_rate: 0.5}\n"
          "dataset_settings: {word: {patch_xyz: [64, 64, 32], training: {epochs: 2}}}\n",
      "file.yaml");
  const Grid grid = expand_grid(config);
  EXPECT_EQ(grid.dataset("word").data.descriptor.patch_xyz, (Int3{64, 64, 32}));
  EXPECT_EQ(grid.dataset("word").training.epochs, 2);
  EXPECT_DOUBLE_EQ(grid.dataset("word").training.learning_rate, 0.5);
}

TEST(Grid, RefusesAPatchThatTheNetworkCannotTake) {
  EXPECT_THAT(fault_of(std::string(kHead) +
                       "methods: nmsw\ndataset_settings: {word: {patch_xyz: [48, 48, 48]}}\n"),
              AllOf(HasSubstr("48 voxels"), HasSubstr("multiple of 32")));
}

TEST(Grid, TrainsOnceAFold) {
  const Grid grid = expand_grid(parse_experiment(
      std::string(kHead) + "methods: sliding_window\nfolds: [0, 2]\n", "file.yaml"));
  ASSERT_EQ(grid.cells.size(), 2U);
  EXPECT_EQ(grid.cells[1].fold, 2);
  const DatasetCell& held_out = grid.dataset(grid.cells[1]);
  ASSERT_TRUE(held_out.data.descriptor.fold);
  EXPECT_EQ(held_out.data.descriptor.fold->index, 2);
}

TEST(Grid, IncludesAndExcludesFolds) {
  const std::string text = "methods: sliding_window\nfolds: [0, 1]\n";
  EXPECT_EQ(cells_of(text + "exclude: [{fold: 1}]\n").size(), 1U);
  EXPECT_EQ(cells_of(text + "include: [{methods: nmsw, folds: 1}]\n").size(), 3U);
  EXPECT_THAT(fault_of(kHead + text + "include: [{folds: 3}]\n"), HasSubstr("fold 3"));
}

}  // namespace
}  // namespace nmsw::runners
