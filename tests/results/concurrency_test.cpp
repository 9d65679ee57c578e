#include <sys/wait.h>
#include <unistd.h>

#include <filesystem>
#include <thread>

#include <fmt/format.h>
#include <gtest/gtest.h>
#include <sqlite3.h>

#include "nmsw/base/error.h"
#include "results/sqlite.h"
#include "tests/results/canned_store.h"

namespace nmsw::results::testing {
namespace {

TEST(TaskQueueConcurrency, TwoConnectionsNeverGetTheSameTask) {
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

/// SQLite's shell, for one, takes the log away when it believes that nobody else has the file open.
TEST(ResultStoreConcurrency, KeepsItsLogWhenAnotherProgramHasLookedAtTheDatabase) {
  int go[2] = {-1, -1};
  ASSERT_EQ(pipe(go), 0);
  const pid_t child = fork();  // before anything is open here: SQLite allows no fork after
  if (child == 0) {
    std::string name(4096, '\0');
    const ssize_t length = read(go[0], name.data(), name.size());
    name.resize(static_cast<size_t>(std::max<ssize_t>(0, length)));
    sqlite3* handle = nullptr;
    const bool fine =
        sqlite3_open(name.c_str(), &handle) == SQLITE_OK &&
        sqlite3_exec(handle, "SELECT count(*) FROM task", nullptr, nullptr, nullptr) == SQLITE_OK &&
        sqlite3_close(handle) == SQLITE_OK;
    _exit(fine ? 0 : 1);
  }
  TestStore store;
  store->add_tasks({training("a")});
  const ResultStore second = store.connect();
  const std::string file = store->file().string();
  ASSERT_TRUE(std::filesystem::exists(file + "-wal"));
  ASSERT_EQ(write(go[1], file.data(), file.size()), static_cast<ssize_t>(file.size()));
  int status = 1;
  ASSERT_EQ(waitpid(child, &status, 0), child);
  close(go[0]);
  close(go[1]);
  EXPECT_EQ(status, 0);
  EXPECT_TRUE(std::filesystem::exists(file + "-wal"));
}

TEST(TaskQueueConcurrency, ALeaseThatIsOverLetsAnotherWorkerTakeTheTask) {
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

TEST(TaskQueueConcurrency, AnExtendedLeaseKeepsTheTask) {
  TestStore store;
  store->add_tasks({training("a")});
  const auto claim = store->claim("w1", 60, {"a"});
  store.pass_time(59);
  EXPECT_EQ(store->extend_lease(*claim, 60), Written::stored);
  store.pass_time(59);
  EXPECT_FALSE(store->claim("w2", 60, {"a"}));
}

TEST(TaskQueueConcurrency, ALateResultOfAnOldAttemptIsIgnored) {
  TestStore store;
  store->add_tasks({evaluation("e")});
  const auto old_claim = store->claim("w1", 60, {"e"});
  store.pass_time(61);
  const auto new_claim = store->claim("w2", 60, {"e"});
  TaskResult late;
  late.metrics = {score("c1", 1, "dsc", 0.1)};
  TaskResult valid;
  valid.metrics = {score("c1", 1, "dsc", 0.9)};
  EXPECT_EQ(store->finish(*old_claim, {}, late), Written::superseded)
      << "while the new attempt runs";
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

TEST(TaskQueueConcurrency, AnExpiredLeaseThatNobodyTookStillFinishes) {
  TestStore store;
  store->add_tasks({training("a")});
  const auto claim = store->claim("w1", 60, {"a"});
  store.pass_time(1000);
  EXPECT_EQ(store->finish(*claim, {}, {}), Written::stored);
}

TEST(TaskQueueConcurrency, AResultThatCannotBeStoredWholeIsNotStoredAtAll) {
  TestStore store;
  store->add_tasks({evaluation("e")});
  const auto claim = store->claim("w", 60, {"e"});
  TaskResult twice;
  twice.artifacts = {{"log", "a.txt", "00", 1}};
  twice.metrics = {score("c1", 1, "dsc", 0.5), score("c1", 2, "dsc", 0.5),
                   score("c1", 1, "dsc", 0.6)};
  EXPECT_THROW(static_cast<void>(store->finish(*claim, {}, twice)), DataError);
  EXPECT_EQ(count(*store, "metric_value"), 0);
  EXPECT_EQ(store->task("e")->state, "running");
  EXPECT_EQ(store->fail(*claim, {}, "duplicate"), Written::stored);
}

TEST(TaskQueueConcurrency, AProcessKilledWithinATransactionLeavesNothing) {
  TestStore store;
  store->add_tasks({evaluation("e")});
  const auto claim = store->claim("w", 60, {"e"});
  store.disconnect();
  const pid_t child = fork();
  if (child == 0) {
    Database own(store.file(), Access::create);
    own.execute("BEGIN IMMEDIATE");
    own.execute(
        fmt::format("INSERT INTO artifact VALUES ({}, 'log', 'a', '00', 1)", claim->run_id));
    own.execute("UPDATE task SET state = 'failed'");
    _exit(0);
  }
  ASSERT_EQ(waitpid(child, nullptr, 0), child);
  store.reconnect();
  EXPECT_EQ(count(*store, "artifact"), 0);
  EXPECT_EQ(store->task("e")->state, "running");
  EXPECT_EQ(store->finish(*claim, {}, {}), Written::stored);
}

TEST(TaskQueueConcurrency, ManyMayMakeTheSameDatabaseAtOnce) {
  const nmsw::testing::TemporaryFolder folder;
  const auto file = folder / "new.sqlite";
  constexpr int kOpeners = 6;
  const auto open_and_add = [&](int i) {
    ResultStore::open(file).add_experiment(fmt::format("e{}", i), "", "");
  };
  const pid_t child = fork();
  if (child == 0) {
    open_and_add(kOpeners);
    _exit(0);
  }
  std::vector<std::thread> threads;
  for (int i = 0; i < kOpeners; ++i) threads.emplace_back(open_and_add, i);
  for (std::thread& thread : threads) thread.join();
  int status = -1;
  ASSERT_EQ(waitpid(child, &status, 0), child);
  EXPECT_EQ(status, 0);
  EXPECT_EQ(ResultStore::open(file).experiments().size(), static_cast<size_t>(kOpeners + 1));
}

TEST(TaskQueueConcurrency, EveryTaskIsFinishedOnceByManyThreadsAndProcesses) {
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
      if (own.finish(*claim, {}, result) != Written::stored) std::abort();
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
