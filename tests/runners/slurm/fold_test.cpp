#include "runners/slurm/fold.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>

#include "nmsw/base/atomic_file.h"
#include "nmsw/base/error.h"
#include "runners/slurm/history.h"
#include "runners/slurm/submit.h"
#include "tests/results/canned_store.h"

namespace nmsw::runners {
namespace {

namespace fs = std::filesystem;
using results::testing::TestStore;
using ::testing::HasSubstr;

/// The evaluation "e" after the training "t", as a plan and in a database.
std::vector<results::TaskRecord> two_tasks() {
  results::TaskRecord evaluation = results::testing::evaluation("e");
  evaluation.depends_on = {"t"};
  return {results::testing::training("t"), evaluation};
}

results::TaskResult dsc_of(double value, const fs::path& model = {}) {
  results::TaskResult result;
  result.metrics = {results::testing::score("c1", 1, "dsc", value)};
  if (!model.empty()) result.artifacts = {{"checkpoint", model.string(), "00", 3}};
  return result;
}

/// What a job does: its own database, then its result in an attempt of the shared folder.
Attempt attempt_at(const ClusterFolder& folder, const std::string& key, double value,
                   const std::string& failure = "") {
  Attempt attempt = folder.begin(key);
  TestStore own;
  auto tasks = two_tasks();
  tasks[1].depends_on.clear();
  own->add_tasks(tasks);
  if (failure.empty()) {
    const fs::path model = attempt.folder / "files" / "model";
    write_text_atomically(model, "net");
    results::testing::run_task(*own, key, dsc_of(value, model));
    attempt.result = own->publish(key, attempt.folder).value();
  } else {
    const auto claim = own->claim("node", 60, {key});
    EXPECT_EQ(own->fail(*claim, {}, failure), results::Written::stored);
    attempt.failure = own->publish(key, attempt.failure_folder()).value();
  }
  return attempt;
}

int64_t count(const results::ResultStore& store, const std::string& from) {
  return std::get<int64_t>(store.query("SELECT count(*) FROM " + from).rows.at(0).at(0));
}

class SlurmFold : public ::testing::Test {
 protected:
  SlurmFold() : folder_(ClusterFolder::of(store_.file())) { store_->add_tasks(two_tasks()); }

  TestStore store_;
  ClusterFolder folder_;
};

TEST_F(SlurmFold, LiesBesideTheDatabase) {
  EXPECT_EQ(folder_.path(), store_.folder() / "r.slurm");
  EXPECT_TRUE(folder_.keys().empty());
  EXPECT_FALSE(folder_.winner("t"));
}

TEST_F(SlurmFold, WhatIsPublishedCountsOnce) {
  const Attempt attempt = attempt_at(folder_, "t", 0.5);
  ASSERT_TRUE(folder_.win("t", attempt));
  EXPECT_EQ(unfolded(*store_, folder_), 1);
  const FoldReport first = fold(*store_, folder_);
  EXPECT_EQ(first.results, 1);
  EXPECT_EQ(first.attempts, 1);
  EXPECT_EQ(store_->task("t")->state, "done");
  ASSERT_EQ(store_->artifacts("t").size(), 1u);
  EXPECT_EQ(read_file(store_->artifacts("t")[0].path), "net");
  EXPECT_EQ(unfolded(*store_, folder_), 0);
  const FoldReport again = fold(*store_, folder_);
  EXPECT_EQ(again.results + again.attempts, 0);
  EXPECT_EQ(count(*store_, "metric_value"), 1);
  EXPECT_EQ(count(*store_, "run"), 1);
}

TEST_F(SlurmFold, OfTwoAttemptsTheFirstPublishedWinsAndTheOtherIsKept) {
  const Attempt one = attempt_at(folder_, "t", 0.25), two = attempt_at(folder_, "t", 0.75);
  ASSERT_TRUE(folder_.win("t", two));
  EXPECT_FALSE(folder_.win("t", one));
  EXPECT_TRUE(folder_.win("t", two)) << "asked again it is still the first";
  const FoldReport report = fold(*store_, folder_);
  EXPECT_EQ(report.results, 1);
  EXPECT_EQ(report.attempts, 2);
  ASSERT_EQ(report.notes.size(), 1u);
  EXPECT_THAT(report.notes[0], HasSubstr("differ"));
  EXPECT_EQ(count(*store_, "metric_value WHERE value = 0.75"), 1);
  EXPECT_EQ(count(*store_, "metric_value"), 1);
  EXPECT_EQ(count(*store_, "run WHERE state = 'superseded'"), 1);
  EXPECT_TRUE(fs::exists(one.result)) << "nothing stored is lost";
}

TEST_F(SlurmFold, AnAttemptThatDiedBeforeItCouldSaySoCounts) {
  const Attempt attempt = attempt_at(folder_, "t", 0.5);
  EXPECT_EQ(folder_.winner("t"), attempt.result);
  EXPECT_EQ(fold(*store_, folder_).results, 1);
}

TEST_F(SlurmFold, AFailureFailsTheTaskAndALaterResultMendsIt) {
  const Attempt failed = attempt_at(folder_, "t", 0, "the label has no class 3");
  folder_.write_end(failed, {"failed", "", 1, 1});
  EXPECT_FALSE(folder_.winner("t"));
  EXPECT_EQ(fold(*store_, folder_).results, 0);
  EXPECT_EQ(store_->task("t")->state, "failed");
  EXPECT_EQ(store_->task("t")->last_error, "the label has no class 3");
  EXPECT_EQ(store_->retry_failed(), 1);
  fold(*store_, folder_);
  EXPECT_EQ(store_->task("t")->state, "pending") << "the old failure is known already";
  folder_.win("t", attempt_at(folder_, "t", 0.5));
  EXPECT_EQ(fold(*store_, folder_).results, 1);
  EXPECT_EQ(store_->task("t")->state, "done");
}

TEST_F(SlurmFold, ADamagedFileIsToldAndTheRestTakenIn) {
  const Attempt bad = folder_.begin("e");
  std::ofstream(bad.folder / results::published_name("00ff")) << "no database at all, but long";
  folder_.win("t", attempt_at(folder_, "t", 0.5));
  const FoldReport report = fold(*store_, folder_);
  EXPECT_EQ(report.damaged, 1);
  EXPECT_EQ(report.results, 1);
  EXPECT_THAT(report.notes.at(0), HasSubstr("result-00ff.sqlite"));
}

TEST_F(SlurmFold, ATaskThatWasGivenUpFailsOnce) {
  const Attempt last = folder_.begin("t");
  folder_.write_end(last, {"given_up", "3 attempts were lost", 0, 0});
  EXPECT_EQ(fold(*store_, folder_).failed, 1);
  EXPECT_EQ(store_->task("t")->state, "failed");
  EXPECT_EQ(store_->task("t")->last_error, "3 attempts were lost");
  store_->retry_failed();
  EXPECT_EQ(fold(*store_, folder_).failed, 0);
  EXPECT_EQ(store_->task("t")->state, "pending");
}

/// Attempts that ended one way or another, by numbers.
void end_attempt(const ClusterFolder& folder, const std::string& key, const std::string& how,
                 const std::string& node = "n1") {
  Attempt attempt = folder.begin(key);
  attempt.node = node;
  folder.write_start(attempt);
  if (!how.empty()) folder.write_end(attempt, {how, "words", 1, 1});
}

TEST_F(SlurmFold, HistoryCountsWhatWasLost) {
  for (const char* how : {"timeout", "out_of_memory", "saved", "error"})
    end_attempt(folder_, "t", how);
  end_attempt(folder_, "t", "", "n4");
  const History history = history_of(folder_, "t");
  EXPECT_EQ(history.timeouts, 1);
  EXPECT_EQ(history.out_of_memory, 1);
  EXPECT_EQ(history.errors, 1);
  EXPECT_EQ(history.nodes, 1);
  EXPECT_EQ(history.losses(), 4);
  EXPECT_EQ(history.bad_nodes, std::set<std::string>{"n4"});
  EXPECT_THAT(history.text(), HasSubstr("4 attempts were lost: 1 ran out of time"));
  EXPECT_EQ(history_of(folder_, "t", 5).nodes, 0) << "but the caller's own";
  end_attempt(folder_, "t", "given_up");
  EXPECT_EQ(history_of(folder_, "t").losses(), 0) << "after nmsw retry it begins anew";
}

TEST_F(SlurmFold, AThirdLossIsTheLast) {
  Plan plan;
  plan.tasks = two_tasks();
  const std::vector<std::string> keys{"t", "e"};
  const auto missing = [&](bool lost_only) {
    return missing_tasks(plan, keys, {}, {}, folder_, lost_only);
  };
  EXPECT_EQ(missing(false).tasks.size(), 2u);
  EXPECT_EQ(missing(true).tasks.size(), 0u) << "nothing was lost";
  end_attempt(folder_, "t", "timeout");
  EXPECT_EQ(missing(true).tasks.size(), 2u) << "the lost one and what waits for it";
  end_attempt(folder_, "t", "", "n2");
  EXPECT_EQ(missing(true).excluded, std::vector<std::string>{"n2"});
  end_attempt(folder_, "t", "out_of_memory");
  const Missing third = missing(true);
  EXPECT_TRUE(third.tasks.empty());
  EXPECT_EQ(third.given_up.count("t"), 1u);
  EXPECT_EQ(third.blocked, 1);
}

TEST_F(SlurmFold, WhatIsDoneFailedOrQueuedIsNotSubmitted) {
  Plan plan;
  plan.tasks = two_tasks();
  const std::vector<std::string> keys{"t", "e"};
  const Missing queued = missing_tasks(plan, keys, {}, {{"t", "7_0"}}, folder_, false);
  ASSERT_EQ(queued.tasks.size(), 1u);
  EXPECT_EQ(queued.tasks[0]->key, "e");
  EXPECT_EQ(queued.active.at("t"), "7_0");
  const Missing failed = missing_tasks(plan, keys, {{"t", "failed"}}, {}, folder_, false);
  EXPECT_TRUE(failed.tasks.empty());
  EXPECT_EQ(failed.blocked, 1);
  folder_.win("t", attempt_at(folder_, "t", 0.5));
  const Missing published = missing_tasks(plan, keys, {}, {}, folder_, false);
  EXPECT_EQ(published.done, 1) << "published, though not folded";
  EXPECT_EQ(published.tasks.size(), 1u);
}

TEST(SlurmLog, TellsWhyAnAttemptIsGone) {
  const std::string log =
      attempt_mark("k", 1) +
      " on n1\nslurmstepd: error: *** JOB 3 ON n1 CANCELLED AT 2026-11-30T22:34 "
      "DUE TO TIME LIMIT ***\n" +
      attempt_mark("k", 2) + " on n2\nsaved\n" + attempt_mark("k", 3) +
      " on n2\nslurmstepd: error: *** JOB 3 ON n2 CANCELLED AT 2026 ***\n";
  EXPECT_EQ(cause_in_log(log_of_attempt(log, "k", 1)), "timeout");
  EXPECT_EQ(cause_in_log(log_of_attempt(log, "k", 2)), "node");
  EXPECT_EQ(cause_in_log(log_of_attempt(log, "k", 3)), "cancelled");
  EXPECT_EQ(log_of_attempt(log, "k", 4), "");
  EXPECT_EQ(cause_in_log("*** JOB 3 CANCELLED AT 2026 DUE TO PREEMPTION ***"), "preempted");
  EXPECT_EQ(cause_in_log("Detected 1 oom-kill event(s) in StepId=3.batch"), "out_of_memory");
}

}  // namespace
}  // namespace nmsw::runners
