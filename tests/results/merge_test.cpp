#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "nmsw/base/atomic_file.h"
#include "nmsw/base/digest.h"
#include "nmsw/base/error.h"
#include "tests/results/canned_store.h"

namespace nmsw::results::testing {
namespace {

using ::testing::HasSubstr;

TaskResult dsc_of(double value) {
  TaskResult result;
  result.metrics = {score("c1", 1, "dsc", value), score("c2", 1, "dsc", value)};
  result.artifacts = {{"log", "a.txt", "00", 1}};
  StageTime time;
  time.stage = "total";
  result.stage_times = {time};
  return result;
}

std::vector<TaskRecord> plan() {
  TaskRecord task = evaluation("e");
  task.depends_on = {"t"};
  return {training("t"), task, evaluation("z", "zoom_out")};
}

TEST(Merge, FoldsWhatTheMachinesDidAndASecondTimeNothing) {
  TestStore first;
  TestStore second;
  TestStore out;
  first->add_tasks(plan());
  second->add_tasks(plan());
  run_task(*first, "t");
  run_task(*first, "e", dsc_of(0.5));
  run_task(*second, "z", dsc_of(0.25));
  const MergeReport report = out->merge({first.file(), second.file()});
  EXPECT_EQ(report.tasks_added, 3);
  EXPECT_EQ(report.results_added, 3);
  EXPECT_TRUE(report.conflicts.empty());
  EXPECT_EQ(out->status("demo").states.at("done"), 3);
  EXPECT_EQ(count(*out, "v_comparison WHERE method = 'sliding_window' AND dsc = 0.5"), 1);
  EXPECT_EQ(count(*out, "v_comparison WHERE method = 'zoom_out' AND dsc = 0.25"), 1);
  EXPECT_EQ(out->task("e")->task.depends_on, std::vector<std::string>{"t"});
  EXPECT_EQ(out->artifacts("e").size(), 1u);
  const MergeReport again = out->merge({first.file(), second.file()});
  EXPECT_EQ(again.tasks_added + again.results_added, 0);
  EXPECT_TRUE(again.conflicts.empty());
  EXPECT_EQ(count(*out, "metric_value"), 4);
  EXPECT_EQ(count(*out, "stage_time"), 2);
  EXPECT_EQ(count(*out, "run"), 3);
}

/// The machines had different versions of the data, so that one place has two evaluations.
TEST(Merge, MixesNoTwoEvaluationsOfOnePlace) {
  TestStore first;
  TestStore second;
  TestStore out;
  first->add_tasks({evaluation("of older data")});
  second->add_tasks({evaluation("of newer data")});
  run_task(*first, "of older data", dsc_of(0.5));
  second.pass_time(3600);
  run_task(*second, "of newer data", dsc_of(0.7));
  out->merge({second.file(), first.file()});
  EXPECT_EQ(count(*out, "v_comparison WHERE dsc = 0.7 AND seeds = 1 AND seeds_expected = 1"), 1);
  EXPECT_EQ(count(*out, "v_comparison"), 1);
  EXPECT_EQ(count(*out, "v_cases WHERE value <> 0.7"), 0);
  EXPECT_EQ(count(*out, "v_provenance"), 2) << "nothing is lost";
}

TEST(Merge, BringsWhatTheFiguresShow) {
  TestStore input;
  TestStore out;
  input->add_tasks(plan());
  TaskResult result;
  SelectionMap map;
  map.epoch = 1;
  map.case_id = "c1";
  map.counts_xyz = {1, 1, 1};
  map.log_probability = {0};
  map.picks = {{"c1", 0, 0, 0.0, {0, 0, 0}, {4, 4, 4}}};
  result.selection_maps = {map};
  result.slices = {{"c1", "axial", 0, {1, 1, 1}, {1, 1, 1}, 1, 1, {9}, {0}, {}, ""}};
  run_task(*input, "t", result);
  out->merge({input.file()});
  for (const char* table : {"v_selection_maps", "v_selection_picks", "v_case_slices"}) {
    EXPECT_EQ(count(*out, table), 1) << table;
  }
  EXPECT_EQ(count(*out, "v_case_slices WHERE grey = x'09'"), 1);
}

TEST(Merge, LeavesTheInputAsItIs) {
  TestStore input;
  TestStore out;
  input->add_tasks(plan());
  run_task(*input, "t");
  input.disconnect();
  const std::string before = sha256_file(input.file());
  out->merge({input.file()});
  EXPECT_EQ(sha256_file(input.file()), before);
}

TEST(Merge, KeepsTheFirstResultAndNamesTheDifference) {
  TestStore first;
  TestStore second;
  TestStore same;
  for (TestStore* store : {&first, &second, &same}) (*store)->add_tasks({evaluation("e")});
  run_task(*first, "e", dsc_of(0.5));
  run_task(*second, "e", dsc_of(0.75));
  run_task(*same, "e", dsc_of(0.5));
  TestStore out;
  const MergeReport report = out->merge({first.file(), second.file(), same.file()});
  ASSERT_EQ(report.conflicts.size(), 1u);
  EXPECT_THAT(report.conflicts[0], HasSubstr("task e: 2 of its scores differ"));
  EXPECT_THAT(report.conflicts[0], HasSubstr("0.5 here, 0.75 there"));
  EXPECT_EQ(count(*out, "metric_value"), 2);
  EXPECT_EQ(count(*out, "v_comparison WHERE dsc = 0.5"), 1);
  EXPECT_EQ(count(*out, "run"), 3) << "all attempts are kept";
}

TEST(Merge, FencesAWorkerThatIsStillAtTheTask) {
  TestStore input;
  TestStore out;
  input->add_tasks({evaluation("e")});
  out->add_tasks({evaluation("e")});
  run_task(*input, "e", dsc_of(0.5));
  const auto claim = out->claim("w", 60, {"e"});
  EXPECT_EQ(out->merge({input.file()}).results_added, 1);
  EXPECT_EQ(out->finish(*claim, {}, dsc_of(0.75)), Written::superseded);
  EXPECT_EQ(count(*out, "v_comparison WHERE dsc = 0.5"), 1);
}

TEST(Merge, ATaskThatRunsHereCanBeTakenAgainAfterAttemptsOfAnotherMachineCameIn) {
  TestStore input;
  TestStore out;
  input->add_tasks({training("t")});
  out->add_tasks({training("t")});
  EXPECT_EQ(input->fail(*input->claim("w1", 60, {"t"}), {}, "no"), Written::stored);
  const auto claim = out->claim("w2", 60, {"t"});
  out->merge({input.file()});
  EXPECT_EQ(out->extend_lease(*claim, 60), Written::stored) << "the running attempt goes on";
  EXPECT_EQ(out->release(*claim), Written::stored);
  EXPECT_EQ(out->claim("w3", 60, {"t"})->attempt, 3);
}

TEST(Merge, BringsFailuresOnceAndLeavesRunningTasksFree) {
  TestStore input;
  TestStore out;
  input->add_tasks({training("t"), evaluation("e")});
  EXPECT_EQ(input->fail(*input->claim("w", 60, {"t"}), {}, "disk full"), Written::stored);
  input->claim("w", 60, {"e"});
  out->merge({input.file()});
  EXPECT_EQ(out->task("t")->state, "failed");
  EXPECT_EQ(out->task("t")->last_error, "disk full");
  EXPECT_EQ(out->task("e")->state, "pending");
  out->retry_failed();
  out->merge({input.file()});
  EXPECT_EQ(out->task("t")->state, "pending") << "an old failure does not come back";
}

TEST(Merge, RefusesItselfAndWhatIsNoResultDatabase) {
  TestStore out;
  EXPECT_THROW(out->merge({out.file()}), ConfigError);
  EXPECT_THROW(out->merge({out.folder() / "absent.sqlite"}), DataError);
  write_text_atomically(out.folder() / "note.txt", "no database");
  EXPECT_THROW(out->merge({out.folder() / "note.txt"}), DataError);
}

}  // namespace
}  // namespace nmsw::results::testing
