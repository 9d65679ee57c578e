#include "nmsw/base/atomic_file.h"
#include "runners/planning/tasks/score_options.h"
#include "tests/runners/planning/experiment_text.h"
#include "tests/support/temporary_folder.h"

namespace nmsw::runners {
namespace {

using ::testing::AllOf;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::Pair;

const std::string kText =
    "experiment: x\ndatasets: [word]\nbackbones: [unet]\nmethods: [sliding_window]\n"
    "data: {source: phantom}\n";
const std::string kLiver = "dataset_settings.word.nsd_tolerances_mm.liver=1.5";

std::string train_key(const std::vector<std::string>& overrides) {
  return tasks_of(plan_of(kText, overrides), "train").at(0).key;
}

std::string evaluate_key(const std::vector<std::string>& overrides) {
  return tasks_of(plan_of(kText, overrides), "evaluate").at(0).key;
}

/// How the stored evaluation scores, as its executor reads it.
ScoreOptions scoring(const std::string& text, const std::vector<std::string>& overrides = {}) {
  const results::TaskRecord task = tasks_of(plan_of(text, overrides), "evaluate").at(0);
  return score_options(read_config<EvaluateSpec>(ConfigNode::parse(task.config_json, task.key)));
}

TEST(Tolerances, OfSingleClassesReachTheStoredEvaluation) {
  const ScoreOptions options = scoring(kText, {kLiver, "evaluation.absent_class=deepmind"});
  EXPECT_EQ(options.num_classes, 17);
  EXPECT_EQ(options.unit, SurfaceUnit::mm);
  EXPECT_EQ(options.absent, AbsentPolicy::deepmind);
  EXPECT_EQ(options.tolerance_of(1), 1.5) << "the liver";
  for (int64_t other = 2; other < 17; ++other) EXPECT_EQ(options.tolerance_of(other), 2);
  EXPECT_THAT(scoring(kText).class_tolerances, IsEmpty());
}

TEST(Tolerances, OfSingleClassesMoveEvaluationsAlone) {
  EXPECT_EQ(train_key({kLiver}), train_key({}));
  EXPECT_NE(evaluate_key({kLiver}), evaluate_key({}));
  EXPECT_NE(evaluate_key({kLiver}),
            evaluate_key({"dataset_settings.word.nsd_tolerances_mm.liver=1"}));
  EXPECT_EQ(evaluate_key({"dataset_settings.word.nsd_tolerances_mm.liver=2"}), evaluate_key({}))
      << "the data set's own number";
}

TEST(Tolerances, OfSingleClassesYieldToOneForAllAndToVoxels) {
  for (const char* for_all : {"evaluation.nsd_tolerance=3", "evaluation.nsd_unit=voxel"}) {
    EXPECT_EQ(evaluate_key({kLiver, for_all}), evaluate_key({for_all})) << for_all;
    EXPECT_THAT(scoring(kText, {kLiver, for_all}).class_tolerances, IsEmpty()) << for_all;
  }
  EXPECT_EQ(scoring(kText, {kLiver, "evaluation.nsd_tolerance=3"}).tolerance, 3);
  EXPECT_EQ(scoring(kText, {kLiver, "evaluation.nsd_unit=voxel"}).tolerance, 2);
}

/// A data set of the user's with its own tolerances, in a folder of files that no planning opens.
class OwnTolerances : public ::testing::Test {
 protected:
  void SetUp() override {
    for (const char* id : {"a", "b", "c"}) {
      for (const char* part : {"imagesTr/", "labelsTr/"})
        write_text_atomically(folder_ / (part + std::string(id) + ".nii.gz"),
                              part + std::string(id));
    }
    write_text_atomically(folder_ / "mine.yaml",
                          "name: mine\nlayout: nnunet\nclasses: [cord, stem, bone]\n"
                          "split: {train: 1, validation: 1, test: 1}\n"
                          "nsd_tolerance_mm: 3\nnsd_tolerances_mm: {cord: 2, bone: 1}\n");
  }
  std::string text(const std::string& settings) const {
    return "experiment: x\ndatasets: ['" + (folder_ / "mine.yaml").string() +
           "']\nbackbones: [unet]\nmethods: [sliding_window]\ndata: {source: real, roots: {mine: "
           "'" +
           folder_.path().string() + "'}}\ndataset_settings: {mine: " + settings + "}\n";
  }
  testing::TemporaryFolder folder_;
};

TEST_F(OwnTolerances, HoldUnlessTheExperimentHasOthers) {
  EXPECT_EQ(scoring(text("{}")).tolerance, 3);
  EXPECT_THAT(scoring(text("{}")).class_tolerances, ElementsAre(Pair(1, 2.0), Pair(3, 1.0)));
  EXPECT_THAT(scoring(text("{nsd_tolerances_mm: {bone: 1.5}}")).class_tolerances,
              ElementsAre(Pair(1, 2.0), Pair(3, 1.5)));
  const ScoreOptions one = scoring(text("{nsd_tolerance_mm: 4}"));
  EXPECT_EQ(one.tolerance, 4);
  EXPECT_THAT(one.class_tolerances, IsEmpty()) << "a number for the data set is one for all";
  EXPECT_THAT(scoring(text("{nsd_tolerance_mm: 4, nsd_tolerances_mm: {stem: 1}}")).class_tolerances,
              ElementsAre(Pair(2, 1.0)));
}

TEST_F(OwnTolerances, OfUnknownClassesAreRefusedWhereTheyStand) {
  EXPECT_THAT(fault_of(text("{nsd_tolerances_mm: {bonne: 1}}")),
              AllOf(HasSubstr("file.yaml:6:"), HasSubstr("nsd_tolerances_mm.bonne"),
                    HasSubstr("did you mean 'bone'?")));
  EXPECT_THAT(fault_of(text("{nsd_tolerances_mm: {bone: 0}}")),
              AllOf(HasSubstr("file.yaml:6:"), HasSubstr("must be above 0")));
}

}  // namespace
}  // namespace nmsw::runners
