#include "runners/planning/setup/setup.h"

#include <gmock/gmock.h>

#include "nmsw/base/atomic_file.h"
#include "runners/planning/setup/yaml_words.h"
#include "tests/datasets/survey/made_up_data.h"
#include "tests/runners/planning/experiment_text.h"
#include "tests/support/expect_error.h"
#include "tests/support/shared_data.h"

namespace nmsw::runners {
namespace {

namespace fs = std::filesystem;
namespace made_up = datasets::made_up;
using ::testing::Contains;
using ::testing::ElementsAre;
using testing::expect_error;
using ::testing::HasSubstr;
using testing::put_file;
using testing::TemporaryFolder;

PlanOptions two_threads() {
  PlanOptions machine;
  machine.threads = 2;
  machine.memory_bytes = int64_t{16} << 30;
  machine.device = "cpu";
  return machine;
}

DatasetSetup setup_of(const fs::path& root, const fs::path& out, double budget_s = 4 * 3600) {
  return make_setup({root, out, budget_s, two_threads()});
}

/// Both files written and planned, as the user would.
Plan plan_of_setup(const DatasetSetup& setup) {
  const fs::path& out = setup.request.out;
  write_text_atomically(out / kDescriptorFile, descriptor_text(setup));
  write_text_atomically(out / kExperimentFile, experiment_text(setup));
  return make_plan(load_experiment(out / kExperimentFile), setup.request.machine);
}

double seconds_of(const Plan& plan) {
  double sum = 0;
  for (const results::TaskRecord& task : plan.tasks) sum += task.predicted_s;
  return sum;
}

class MadeUpSetup : public ::testing::Test {
 protected:
  void put(int64_t cases, const made_up::MadeUpScan& scan, const char* json) {
    made_up::put_scans(root(), cases, scan);
    put_file(root() / "dataset.json", json);
  }
  fs::path root() const { return folder_ / "data"; }
  fs::path out() const { return folder_ / "out"; }
  TemporaryFolder folder_;
};

TEST_F(MadeUpSetup, PlansWhatItWroteWithinTheBudget) {
  put(10, made_up::two_organs(), made_up::kJsonOfV2);
  for (const double budget : {1800.0, 14'400.0}) {
    const DatasetSetup setup = setup_of(root(), out(), budget);
    const Plan plan = plan_of_setup(setup);
    EXPECT_THAT(tasks_of(plan, "train"), ::testing::SizeIs(3));
    EXPECT_THAT(tasks_of(plan, "evaluate"), ::testing::SizeIs(2));
    EXPECT_EQ(plan.tasks.back().cases_expected, 2);
    EXPECT_LE(seconds_of(plan), budget);
    EXPECT_GE(seconds_of(plan), budget / 2) << budget;
  }
}

TEST_F(MadeUpSetup, SaysThatABudgetIsMoreThanItTakes) {
  put(10, made_up::two_organs(), made_up::kJsonOfV2);
  const DatasetSetup setup = setup_of(root(), out(), 30 * 86'400);
  EXPECT_EQ(setup.schedule.local_steps(), 150'000);
  EXPECT_THAT(setup.notes, Contains(HasSubstr("the rest of the budget is not used")));
  EXPECT_LE(seconds_of(plan_of_setup(setup)), 30 * 86'400);
}

TEST_F(MadeUpSetup, OfCtTakesTheForegroundsWindow) {
  put(10, made_up::two_organs(), made_up::kJsonOfV2);
  const DatasetSetup setup = setup_of(root(), out());
  const datasets::PreprocessConfig& config = setup.preparation.preprocessing;
  EXPECT_EQ(config.intensity, datasets::IntensityRule::window);
  EXPECT_EQ(config.window, (std::array<double, 2>{40, 90})) << "widened to 50 HU";
  EXPECT_FALSE(config.spacing_xyz_mm) << "all scans are alike";
  const auto descriptor = datasets::parse_descriptor(descriptor_text(setup), "dataset.yaml");
  EXPECT_THAT(descriptor.classes, ElementsAre("organ_left", "organ_right"));
  EXPECT_EQ(descriptor.left_right_pairs.size(), 1u);
  EXPECT_EQ(descriptor.preprocessing.window, config.window);
  EXPECT_EQ(descriptor.patch_xyz, setup.preparation.patch_xyz);
  EXPECT_THAT(experiment_text(setup), HasSubstr("turn left classes into right ones"));
}

TEST_F(MadeUpSetup, OfMrScalesEachScanAndCutsWhatIsEmpty) {
  made_up::MadeUpScan scan = made_up::two_organs();
  scan.background = 0;
  put(10, scan, made_up::kJsonOfV1);
  const DatasetSetup setup = setup_of(root(), out());
  EXPECT_EQ(setup.preparation.preprocessing.intensity, datasets::IntensityRule::zscore);
  EXPECT_TRUE(setup.preparation.preprocessing.crop_foreground);
  EXPECT_EQ(plan_of_setup(setup).tasks.size(), 5u);
}

TEST_F(MadeUpSetup, KeepsThickSlicesAndMakesThemLessSmaller) {
  made_up::MadeUpScan scan = made_up::two_organs();
  scan.spacing_xyz_mm = {0.8, 0.8, 5};
  put(6, scan, made_up::kJsonOfV2);
  scan.spacing_xyz_mm = {0.9, 0.9, 5};
  for (const char* id : {"d0", "d1", "d2"}) made_up::put_scan(root(), id, id, scan);
  const DatasetSetup setup = setup_of(root(), out());
  ASSERT_TRUE(setup.preparation.preprocessing.spacing_xyz_mm);
  EXPECT_NEAR((*setup.preparation.preprocessing.spacing_xyz_mm)[2], 5, 1e-6);
  EXPECT_THAT(setup.preparation.why_spacing, HasSubstr("Not made isotropic"));
  EXPECT_EQ(setup.preparation.downsize_rate_xyz[2], 1);
  EXPECT_GE(setup.preparation.downsize_rate_xyz[0], 2);
  EXPECT_EQ(plan_of_setup(setup).tasks.size(), 5u);
}

TEST_F(MadeUpSetup, CoarsensScansThatAreTooLargeForACpu) {
  datasets::DatasetSurvey survey;
  for (size_t a = 0; a < 3; ++a) {
    survey.spacing_xyz_mm[a] = {0.7, 0.8, 0.9};
    survey.extent_xyz[a] = {512, 512, 512};
  }
  survey.spacing_xyz_mm[2] = {5, 5, 5};
  survey.extent_xyz[2] = {80, 100, 120};
  survey.foreground = {-100, 40, 200};
  survey.classes = {{"organ", 5, 1000, 100, {60, 60, 60}, {-100, 40, 200}}};
  const NetworkTier& narrow = network_tiers()[2];
  const PreparationChoice cpu = choose_preparation(survey, "CT", narrow, volume_limits(false));
  ASSERT_TRUE(cpu.preprocessing.spacing_xyz_mm);
  const Real3 spacing = *cpu.preprocessing.spacing_xyz_mm;
  EXPECT_EQ(spacing[2], 5) << "the axis that is coarse already stays";
  EXPECT_EQ(spacing[0], spacing[1]);
  const double side = 512 * 0.8 / spacing[0];
  EXPECT_LE(side * side * 100, 4.05e6);
  EXPECT_GE(side * side * 100, 3.5e6);
  survey.classes[0].median_box_mm = {3, 30, 30};
  const PreparationChoice thin = choose_preparation(survey, "CT", narrow, volume_limits(false));
  EXPECT_LE(thin.spacing_xyz_mm[0], 1.01) << "three voxels of the thinnest class";
  const PreparationChoice gpu = choose_preparation(survey, "CT", narrow, volume_limits(true));
  EXPECT_DOUBLE_EQ(gpu.spacing_xyz_mm[0], 0.8);
}

TEST_F(MadeUpSetup, NotesAClassThatNobodyHas) {
  put(10, made_up::two_organs(),
      R"({"channel_names": {"0": "CT"}, "labels": {"background": 0, "a": 1, "b": 2, "none": 3}})");
  const DatasetSetup setup = setup_of(root(), out());
  EXPECT_THAT(setup.notes, Contains(HasSubstr("class 'none' is in none of the 8 cases read")));
  EXPECT_THAT(descriptor_text(setup), HasSubstr("in none of them"));
  EXPECT_EQ(plan_of_setup(setup).tasks.size(), 5u);
}

TEST_F(MadeUpSetup, WithoutDatasetJsonSaysWhatItTookThingsFor) {
  made_up::put_scans(root(), 10, made_up::two_organs());
  const DatasetSetup setup = setup_of(root(), out());
  EXPECT_THAT(setup.notes, Contains(HasSubstr("rename label_1")));
  EXPECT_THAT(setup.notes, Contains(HasSubstr("taken for CT")));
  EXPECT_EQ(plan_of_setup(setup).tasks.size(), 5u);
}

TEST_F(MadeUpSetup, IsTheSameEveryTime) {
  put(10, made_up::two_organs(), made_up::kJsonOfV2);
  const DatasetSetup first = setup_of(root(), out()), second = setup_of(root(), out());
  EXPECT_EQ(descriptor_text(first), descriptor_text(second));
  EXPECT_EQ(experiment_text(first), experiment_text(second));
}

TEST_F(MadeUpSetup, TakesMeasuredStepsForItsEpochs) {
  put(10, made_up::two_organs(), made_up::kJsonOfV2);
  const DatasetSetup estimated = setup_of(root(), out());
  EXPECT_THAT(experiment_text(estimated), HasSubstr("AN ESTIMATE"));
  const StepSeconds& step = estimated.step;
  const DatasetSetup measured =
      rescheduled(estimated, {2 * step.local, 2 * step.global, 2 * step.nmsw, true});
  EXPECT_THAT(experiment_text(measured), HasSubstr("measured here"));
  EXPECT_NEAR(static_cast<double>(measured.schedule.local_steps()),
              static_cast<double>(estimated.schedule.local_steps()) / 2,
              static_cast<double>(estimated.schedule.local_steps()) * 0.05);
}

TEST_F(MadeUpSetup, TakesANarrowerNetworkWhereMeasuredStepsAreTooFew) {
  put(10, made_up::two_organs(), made_up::kJsonOfV2);
  const DatasetSetup wide = setup_of(root(), out());
  EXPECT_FALSE(narrowed(wide));
  const StepSeconds& step = wide.step;
  const double slower =
      3 * static_cast<double>(wide.schedule.local_steps()) / wide.tier->least_steps;
  const auto next = narrowed(
      rescheduled(wide, {slower * step.local, slower * step.global, slower * step.nmsw, true}));
  ASSERT_TRUE(next);
  EXPECT_EQ(next->tier, wide.tier + 1);
  EXPECT_FALSE(next->step.measured);
  EXPECT_EQ(plan_of_setup(*next).tasks.size(), 5u);
}

/// One class of soft tissue and one of bone.
TEST_F(MadeUpSetup, EndsTheWindowWhereBoneWouldTakeMostOfIt) {
  made_up::MadeUpScan scan;
  scan.boxes = {{1, {2, 2, 2}, {10, 10, 10}, -60}, {2, {20, 20, 20}, {8, 8, 8}, 600}};
  put(10, scan, made_up::kJsonOfV2);
  made_up::MadeUpScan brighter = scan;
  brighter.boxes[1].value = 1500;
  for (const char* id : {"d0", "d1", "d2", "d3"}) made_up::put_scan(root(), id, id, brighter);
  const DatasetSetup setup = setup_of(root(), out());
  EXPECT_EQ(setup.survey.foreground.high, 1500);
  EXPECT_EQ(setup.preparation.preprocessing.window, (std::array<double, 2>{-60, 600}));
  EXPECT_THAT(setup.preparation.why_intensity, HasSubstr("the median of organ_right"));
}

TEST_F(MadeUpSetup, NamesTheDataRelativelyWhereItWasNamedSo) {
  put(10, made_up::two_organs(), made_up::kJsonOfV2);
  DatasetSetup setup = setup_of(root(), out());
  const fs::path before = fs::current_path();
  fs::current_path(folder_.path());
  setup.request.root = "data";
  setup.request.out = "out";
  EXPECT_THAT(experiment_text(setup), HasSubstr("\"../data\""));
  EXPECT_EQ(plan_of_setup(setup).tasks.size(), 5u);
  fs::current_path(before);
  EXPECT_EQ(make_plan(load_experiment(out() / kExperimentFile), two_threads()).tasks.size(), 5u)
      << "from any folder";
}

TEST(YamlWords, QuotesWhatYamlTakesForSomethingElse) {
  EXPECT_EQ(yaml_word("liver_left-2.b"), "liver_left-2.b");
  for (const char* word : {"no", "Yes", "null", "1", "", "a: b", "a, b", "#", "[x", "~", "Off"}) {
    const auto node = ConfigNode::parse("key: [" + yaml_word(word) + "]\n", "file.yaml");
    EXPECT_EQ(node.at("key").items().at(0).scalar(), word);
    EXPECT_EQ(yaml_word(word).front(), '"');
  }
}

TEST(YamlWords, WrapsCommentsAndLists) {
  const std::string comment = yaml_comment(std::string(60, 'a') + " " + std::string(60, 'b'), 2);
  EXPECT_EQ(comment, "  # " + std::string(60, 'a') + "\n  # " + std::string(60, 'b') + "\n");
  std::vector<std::string> names(40, "class_name");
  const std::string list = yaml_list(names, 10);
  EXPECT_THAT(list, HasSubstr("\n          class_name"));
  EXPECT_EQ(ConfigNode::parse("classes: " + list, "f.yaml").at("classes").items().size(), 40u);
}

TEST(SetupOfRealData, FitsTheHippocampus) {
  NMSW_SHARED_OR_SKIP(data, "data/hippocampus");
  const TemporaryFolder folder;
  const DatasetSetup setup = setup_of(data, folder / "out", 1800);
  EXPECT_EQ(setup.preparation.patch_xyz, (Int3{32, 32, 32}));
  EXPECT_EQ(setup.preparation.downsize_rate_xyz, (Int3{2, 2, 2}));
  EXPECT_EQ(setup.preparation.preprocessing.intensity, datasets::IntensityRule::zscore);
  EXPECT_FALSE(setup.preparation.preprocessing.crop_foreground);
  EXPECT_FALSE(setup.preparation.preprocessing.spacing_xyz_mm);
  EXPECT_THAT(setup.found.descriptor.classes, ElementsAre("label_1", "label_2"));
  const double planned = seconds_of(plan_of_setup(setup));
  EXPECT_LE(planned, 1800);
  EXPECT_GE(planned, 900);
}

TEST(SetupOfRealData, FitsOpenKbp) {
  NMSW_SHARED_OR_SKIP(data, "data/openkbp");
  const TemporaryFolder folder;
  const DatasetSetup setup = setup_of(data, folder / "out");
  EXPECT_EQ(setup.preparation.patch_xyz, (Int3{48, 48, 48}));
  EXPECT_EQ(setup.preparation.downsize_rate_xyz, (Int3{2, 2, 2}));
  EXPECT_EQ(setup.preparation.preprocessing.intensity, datasets::IntensityRule::window);
  EXPECT_LT(setup.survey.foreground_share, 0.01);
  const double planned = seconds_of(plan_of_setup(setup));
  EXPECT_LE(planned, 4 * 3600);
  EXPECT_GE(planned, 2 * 3600);
}

}  // namespace
}  // namespace nmsw::runners
