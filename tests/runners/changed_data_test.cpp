#include <filesystem>

#include "datasets/image_io.h"
#include "tests/runners/built_program.h"

namespace nmsw::runners {
namespace {

namespace fs = std::filesystem;
using ::testing::HasSubstr;
using ::testing::Not;

/// Real files of layout word, which happen to show phantoms, and a tiny experiment on them.
class ChangedData : public ::testing::Test {
 protected:
  void SetUp() override {
    const Outcome made =
        run_program_in(folder_.path(), "phantom --layout word --out data --cases 4 --extent 48");
    ASSERT_EQ(made.code, 0) << made.err;
  }
  Outcome program(const std::string& verb, const std::string& more = "") const {
    return run_program_in(
        folder_.path(),
        verb + " '" + (testing::source_folder() / "experiments/smoke.yaml").string() +
            "' --set data.source=auto --set data.roots.word=data --set training.epochs=1 --set "
            "training.iterations_per_epoch=1 " +
            more);
  }
  Outcome run(const std::string& more = "") const {
    return program("run", "--db r.sqlite --quiet " + more);
  }
  void correct_label(const std::string& folder) {
    const fs::path file = fs::directory_iterator(folder_ / ("data/" + folder))->path();
    LabelVolume label = datasets::read_label(file);
    for (size_t i = 0; i < label.voxels.size() / 2; ++i) label.voxels[i] = 0;
    datasets::write_label(file, label);
  }
  testing::TemporaryFolder folder_;
};

TEST_F(ChangedData, MakesNewEvaluationsAndTrainsAgainWhereItTrained) {
  Outcome outcome = run();
  ASSERT_EQ(outcome.code, 0) << outcome.err;
  EXPECT_THAT(outcome.out, HasSubstr("7 of 7 tasks done (7 in this run)"));
  EXPECT_THAT(outcome.err, HasSubstr("data of 'word': the files in data (data.roots.word"));
  EXPECT_THAT(run().out, HasSubstr("(0 in this run)"));
  correct_label("labelsTs");
  EXPECT_THAT(program("plan", "--db r.sqlite").out, HasSubstr("their data have changed"));
  outcome = run();
  EXPECT_THAT(outcome.out, HasSubstr("(2 in this run)")) << "the evaluations";
  EXPECT_THAT(outcome.err, HasSubstr("their data have changed"));
  EXPECT_THAT(run().err, Not(HasSubstr("their data have changed"))) << "said once";
  correct_label("labelsTr");
  EXPECT_THAT(run().out, HasSubstr("(5 in this run)")) << "all but the profiles";
}

TEST_F(ChangedData, IsCheckedAndNamed) {
  const Outcome outcome = program("check");
  EXPECT_EQ(outcome.code, 0) << outcome.err;
  EXPECT_THAT(outcome.out, HasSubstr("note: data of 'word': the files in data"));
}

TEST_F(ChangedData, OrFilesThatAreNotThereAreRefused) {
  for (const char* verb : {"plan", "run", "check"}) {
    expect_message(program(verb, "--set data.roots.word=/no/such/folder"), 3, "/no/such/folder",
                   {"'word'", "data.roots.word"});
  }
}

TEST_F(ChangedData, OfAPartOfAnExperimentLeavesTheRestListed) {
  const std::string both = "--set 'datasets=[word, totalsegmentator_organ]' --only kind=profile ";
  ASSERT_EQ(run(both).code, 0);
  const auto listed = [this] {
    return run_program_in(folder_.path(),
                          "query --db r.sqlite --format csv --sql \"SELECT count(*) FROM v_tasks "
                          "WHERE dataset = 'totalsegmentator_organ'\"")
        .out;
  };
  const std::string before = listed();
  EXPECT_THAT(before, Not(HasSubstr("\n0\n")));
  const Outcome part = run(
      "--set 'datasets=[word, totalsegmentator_organ]' --set "
      "data.roots.totalsegmentator_organ=/no/such/folder --only dataset=word --only kind=train");
  EXPECT_EQ(part.code, 0) << part.err;
  EXPECT_EQ(listed(), before);
}

}  // namespace
}  // namespace nmsw::runners
