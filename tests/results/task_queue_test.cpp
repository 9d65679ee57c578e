#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "nmsw/base/error.h"
#include "tests/results/canned_store.h"

namespace nmsw::results::testing {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;

TEST(TaskQueue, ClaimsInTheOrderOfTheKeysAndOnlyThem) {
  TestStore store;
  store->add_tasks({training("a"), training("b"), training("c")});
  EXPECT_EQ(store->claim("w", 60, {"c", "a"})->task.key, "c");
  EXPECT_EQ(store->claim("w", 60, {"c", "a"})->task.key, "a");
  EXPECT_FALSE(store->claim("w", 60, {"c", "a"}));
  EXPECT_FALSE(store->claim("w", 60, {}));
}

TEST(TaskQueue, AClaimCarriesTheWholeTask) {
  TestStore store;
  TaskRecord task = evaluation("e", "nmsw", "5,30,full", 7);
  task.config_json = R"({"overlap":0.5})";
  task.class_weight = "off";
  task.variant = "v";
  task.macs_paper = 3e12;
  task.predicted_s = 1.5;
  task.predicted_peak_bytes = 2e9;
  store->add_tasks({training("t"), task});
  run_task(*store, "t");
  const auto claim = store->claim("w", 60, {"e"});
  ASSERT_TRUE(claim);
  EXPECT_EQ(claim->attempt, 1);
  EXPECT_EQ(claim->task.k, "5,30,full");
  EXPECT_EQ(claim->task.seed, 7);
  EXPECT_EQ(claim->task.config_json, task.config_json);
  EXPECT_EQ(claim->task.class_weight, "off");
  EXPECT_EQ(claim->task.variant, "v");
  EXPECT_EQ(claim->task.experiment, "demo");
  EXPECT_EQ(claim->task.cases_expected, 2);
  EXPECT_EQ(claim->task.macs_paper, 3e12);
  EXPECT_EQ(claim->task.predicted_s, 1.5);
  EXPECT_EQ(claim->task.predicted_peak_bytes, 2e9);
}

TEST(TaskQueue, WaitsForEveryDependency) {
  TestStore store;
  TaskRecord task = evaluation("e");
  task.depends_on = {"t1", "t2"};
  store->add_tasks({task, training("t1"), training("t2", "global")});
  EXPECT_FALSE(store->claim("w", 60, {"e"}));
  run_task(*store, "t1");
  EXPECT_FALSE(store->claim("w", 60, {"e"}));
  run_task(*store, "t2");
  const auto claim = store->claim("w", 60, {"e"});
  ASSERT_TRUE(claim);
  EXPECT_THAT(claim->task.depends_on, ElementsAre("t1", "t2"));
}

TEST(TaskQueue, AnUnknownDependencyOrExperimentIsRefused) {
  TestStore store;
  TaskRecord task = evaluation("e");
  task.depends_on = {"nowhere"};
  EXPECT_THROW(store->add_tasks({task}), ConfigError);
  TaskRecord stray = evaluation("f");
  stray.experiment = "other";
  EXPECT_THROW(store->add_tasks({training("t"), stray}), ConfigError);
  EXPECT_TRUE(store->tasks().empty()) << "a refused list leaves nothing";
}

TEST(TaskQueue, AReleasedTaskIsFreeAtOnce) {
  TestStore store;
  store->add_tasks({training("a")});
  const auto claim = store->claim("w1", 60, {"a"});
  EXPECT_EQ(store->release(*claim), Written::stored);
  EXPECT_EQ(store->task("a")->state, "pending");
  EXPECT_EQ(store->finish(*claim, {}, {}), Written::superseded);
  EXPECT_EQ(store->claim("w2", 60, {"a"})->attempt, 2);
}

TEST(TaskQueue, TasksOfAGoneWorkerAreFreeAtOnce) {
  TestStore store;
  store->add_tasks({training("a"), training("b")});
  store->claim("gone", 60, {"a"});
  store->claim("alive", 60, {"b"});
  EXPECT_EQ(store->release_lost([](const std::string& worker) { return worker == "gone"; }), 1);
  EXPECT_EQ(store->claim("w2", 60, {"a", "b"})->task.key, "a");
  EXPECT_FALSE(store->claim("w2", 60, {"a", "b"}));
}

TEST(TaskQueue, TasksWhoseLeaseIsOverAreGivenBackWhereverTheirWorkerWas) {
  TestStore store;
  store->add_tasks({training("a"), training("b")});
  store->claim("elsewhere:1", 60, {"a"});
  store.pass_time(50);
  store->claim("elsewhere:2", 60, {"b"});
  store.pass_time(20);
  EXPECT_EQ(store->release_lost([](const std::string&) { return false; }), 1);
  EXPECT_EQ(store->task("a")->state, "pending");
  EXPECT_EQ(store->task("b")->state, "running");
}

TEST(TaskQueue, AFailureBlocksWhatNeedsItAndRetryFreesIt) {
  TestStore store;
  TaskRecord middle = training("m", "nmsw");
  middle.depends_on = {"t"};
  TaskRecord last = evaluation("e");
  last.depends_on = {"m"};
  store->add_tasks({training("t"), middle, last, evaluation("free", "zoom_out")});
  const auto claim = store->claim("w", 60, {"t"});
  EXPECT_EQ(store->fail(*claim, {}, "out of memory"), Written::stored);
  EXPECT_EQ(store->task("t")->state, "failed");
  EXPECT_EQ(store->task("t")->last_error, "out of memory");
  EXPECT_EQ(store->task("m")->state, "blocked");
  EXPECT_EQ(store->task("e")->state, "blocked");
  EXPECT_EQ(store->task("free")->state, "pending");
  EXPECT_FALSE(store->claim("w", 60, {"t"})) << "a failed task is not tried again by itself";
  EXPECT_EQ(count(*store, "v_incomplete"), 4);
  EXPECT_EQ(store->retry_failed("another"), 0);
  EXPECT_EQ(store->retry_failed("demo"), 1);
  EXPECT_EQ(store->task("e")->state, "pending");
  EXPECT_EQ(store->claim("w", 60, {"t"})->attempt, 2);
}

TEST(TaskQueue, ProgressIsSeenByAnotherConnection) {
  TestStore store;
  TaskRecord task = training("a");
  task.predicted_s = 100;
  store->add_tasks({task, training("b")});
  const auto claim = store->claim("host:1", 60, {"a"});
  EXPECT_EQ(store->report_progress(*claim, 0.25, "epoch 3 of 12"), Written::stored);
  const auto reader = ResultStore::open_read_only(store.file());
  const StatusSummary status = reader.status("demo");
  EXPECT_EQ(status.total, 2);
  EXPECT_EQ(status.states.at("running"), 1);
  EXPECT_EQ(status.states.at("pending"), 1);
  EXPECT_EQ(status.states.at("blocked"), 0);
  ASSERT_EQ(status.running.size(), 1u);
  EXPECT_EQ(status.running[0].worker, "host:1");
  EXPECT_EQ(status.running[0].progress_text, "epoch 3 of 12");
  EXPECT_DOUBLE_EQ(status.running[0].progress, 0.25);
}

TEST(TaskQueue, ATaskSharedByTwoExperimentsIsStoredAndRunOnce) {
  TestStore store;
  store->add_experiment("second", "", "sha");
  TaskRecord shared = training("t");
  store->add_tasks({shared});
  run_task(*store, "t");
  shared.experiment = "second";
  store->add_tasks({shared});
  EXPECT_EQ(store->tasks().size(), 1u);
  EXPECT_EQ(store->tasks("second").at(0).state, "done");
  EXPECT_FALSE(store->claim("w", 60, {"t"}));
}

TEST(TaskQueue, AChangedPlanReplacesTheOldOneButKeepsItsResults) {
  TestStore store;
  store->add_tasks({evaluation("old"), training("t")});
  run_task(*store, "old");
  store->add_experiment("demo", "experiment: demo", "sha-1");
  EXPECT_EQ(store->tasks("demo").size(), 2u) << "the same plan again changes nothing";
  store->add_experiment("demo", "experiment: demo, longer", "sha-2");
  store->add_tasks({evaluation("new")});
  EXPECT_EQ(store->tasks("demo").size(), 1u);
  EXPECT_EQ(store->task("old")->state, "done");
  EXPECT_EQ(count(*store, "v_comparison"), 1);
}

TEST(TaskQueue, ANewerEvaluationOfTheSamePlaceTakesIt) {
  TestStore store;
  store->add_tasks({evaluation("before")});
  store->add_tasks({evaluation("after")});
  const auto tasks = store->tasks("demo");
  ASSERT_EQ(tasks.size(), 1u);
  EXPECT_EQ(tasks[0].task.key, "after");
}

TEST(TaskQueue, TwoEvaluationsForOnePlaceInOnePlanAreRefused) {
  TestStore store;
  try {
    store->add_tasks({evaluation("x", "nmsw", "5,30"), evaluation("y", "nmsw", "30,full")});
    FAIL() << "must be refused";
  } catch (const ConfigError& error) {
    EXPECT_THAT(error.what(), HasSubstr("k '30'"));
    EXPECT_THAT(error.what(), HasSubstr("variant"));
  }
}

}  // namespace
}  // namespace nmsw::results::testing
