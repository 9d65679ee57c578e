#include <sys/wait.h>
#include <unistd.h>

#include <thread>

#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "nmsw/base/error.h"
#include "results/sqlite.h"
#include "tests/results/canned_store.h"

namespace nmsw::results::testing {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;

TEST(TaskQueue, TwoConnectionsNeverGetTheSameTask) {
  TestStore store;
  store->add_tasks({training("a"), training("b")});
  ResultStore other = store.connect();
  const auto first = store->claim("w1", 60, {"a", "b"});
  const auto second = other.claim("w2", 60, {"a", "b"});
  ASSERT_TRUE(first && second);
  EXPECT_EQ(first->task.key, "a");
  EXPECT_EQ(second->task.key, "b");
  EXPECT_FALSE(store->claim("w1", 60, {"a", "b"}));
}

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

TEST(TaskQueue, ALeaseThatIsOverLetsAnotherWorkerTakeTheTask) {
  TestStore store;
  store->add_tasks({training("a")});
  const auto first = store->claim("w1", 60, {"a"});
  store.pass_time(59);
  EXPECT_FALSE(store->claim("w2", 60, {"a"}));
  store.pass_time(1);
  const auto second = store->claim("w2", 60, {"a"});
  ASSERT_TRUE(second);
  EXPECT_EQ(second->attempt, 2);
  EXPECT_EQ(count(*store, "run WHERE state = 'superseded' AND worker = 'w1'"), 1);
}

TEST(TaskQueue, AnExtendedLeaseKeepsTheTask) {
  TestStore store;
  store->add_tasks({training("a")});
  const auto claim = store->claim("w1", 60, {"a"});
  store.pass_time(59);
  EXPECT_EQ(store->extend_lease(*claim, 60), Written::stored);
  store.pass_time(59);
  EXPECT_FALSE(store->claim("w2", 60, {"a"}));
}

TEST(TaskQueue, ALateResultOfAnOldAttemptIsIgnored) {
  TestStore store;
  store->add_tasks({evaluation("e")});
  const auto old_claim = store->claim("w1", 60, {"e"});
  store.pass_time(61);
  const auto new_claim = store->claim("w2", 60, {"e"});
  TaskResult late;
  late.metrics = {score("c1", 1, "dsc", 0.1)};
  TaskResult valid;
  valid.metrics = {score("c1", 1, "dsc", 0.9)};
  EXPECT_EQ(store->finish(*old_claim, {}, late), Written::superseded) << "while the new attempt runs";
  EXPECT_EQ(store->fail(*old_claim, {}, "late"), Written::superseded);
  EXPECT_EQ(store->release(*old_claim), Written::superseded);
  EXPECT_EQ(store->extend_lease(*old_claim, 60), Written::superseded);
  EXPECT_EQ(store->report_progress(*old_claim, 0.5, "late"), Written::superseded);
  EXPECT_EQ(store->finish(*new_claim, {}, valid), Written::stored);
  EXPECT_EQ(store->finish(*old_claim, {}, late), Written::superseded) << "after the task is done";
  EXPECT_EQ(store->finish(*new_claim, {}, valid), Written::superseded) << "twice";
  EXPECT_EQ(count(*store, "metric_value"), 1);
  EXPECT_DOUBLE_EQ(std::get<double>(single(*store, "SELECT value FROM v_cases")), 0.9);
}

TEST(TaskQueue, AnExpiredLeaseThatNobodyTookStillFinishes) {
  TestStore store;
  store->add_tasks({training("a")});
  const auto claim = store->claim("w1", 60, {"a"});
  store.pass_time(1000);
  EXPECT_EQ(store->finish(*claim, {}, {}), Written::stored);
}

TEST(TaskQueue, AResultThatCannotBeStoredWholeIsNotStoredAtAll) {
  TestStore store;
  store->add_tasks({evaluation("e")});
  const auto claim = store->claim("w", 60, {"e"});
  TaskResult twice;
  twice.artifacts = {{"log", "a.txt", "00", 1}};
  twice.metrics = {score("c1", 1, "dsc", 0.5), score("c1", 2, "dsc", 0.5), score("c1", 1, "dsc", 0.6)};
  EXPECT_THROW(store->finish(*claim, {}, twice), DataError);
  EXPECT_EQ(count(*store, "metric_value"), 0);
  EXPECT_EQ(store->task("e")->state, "running");
  EXPECT_EQ(store->fail(*claim, {}, "duplicate"), Written::stored);
}

TEST(TaskQueue, AProcessKilledWithinATransactionLeavesNothing) {
  TestStore store;
  store->add_tasks({evaluation("e")});
  const auto claim = store->claim("w", 60, {"e"});
  store.disconnect();
  const pid_t child = fork();
  if (child == 0) {
    ResultStore own = store.connect();
    own.database().execute("BEGIN IMMEDIATE");
    own.database().execute(fmt::format("INSERT INTO artifact VALUES ({}, 'log', 'a', '00', 1)", claim->run_id));
    own.database().execute("UPDATE task SET state = 'failed'");
    _exit(0);
  }
  ASSERT_EQ(waitpid(child, nullptr, 0), child);
  store.reconnect();
  EXPECT_EQ(count(*store, "artifact"), 0);
  EXPECT_EQ(store->task("e")->state, "running");
  EXPECT_EQ(store->finish(*claim, {}, {}), Written::stored);
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
  EXPECT_DOUBLE_EQ(status.predicted_left_s, 75);
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

TEST(TaskQueue, EveryTaskIsFinishedOnceByManyThreadsAndProcesses) {
  TestStore store;
  constexpr int kTasks = 40;
  constexpr int kWorkers = 4;
  std::vector<std::string> keys;
  std::vector<TaskRecord> tasks;
  for (int i = 0; i < kTasks; ++i) {
    keys.push_back(fmt::format("task-{:02d}", i));
    tasks.push_back(evaluation(keys.back(), "sliding_window", "", i));
  }
  store->add_tasks(tasks);
  const auto work = [&](const std::string& name) {
    ResultStore own = store.connect();
    while (const auto claim = own.claim(name, 60, keys)) {
      TaskResult result;
      result.metrics = {score("c1", 1, "dsc", 0.5)};
      own.finish(*claim, {}, result);
    }
  };
  store.disconnect();
  const pid_t child = fork();
  if (child == 0) {
    work("process");
    _exit(0);
  }
  std::vector<std::thread> threads;
  for (int i = 0; i < kWorkers; ++i) threads.emplace_back(work, fmt::format("thread-{}", i));
  for (std::thread& thread : threads) thread.join();
  int status = -1;
  ASSERT_EQ(waitpid(child, &status, 0), child);
  EXPECT_EQ(status, 0);
  store.reconnect();
  EXPECT_EQ(count(*store, "task WHERE state = 'done' AND attempt = 1"), kTasks);
  EXPECT_EQ(count(*store, "run"), kTasks);
  EXPECT_EQ(count(*store, "metric_value"), kTasks);
}

}  // namespace
}  // namespace nmsw::results::testing
