#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/results/canned_store.h"

namespace nmsw::results::testing {
namespace {

using ::testing::AllOf;
using ::testing::HasSubstr;

constexpr double kLease = 60;

/// Claims "bad" or what comes behind it, and vanishes.
void vanish(TestStore& store, const std::string& worker, double progress = 0,
            const std::string& text = "") {
  const auto claim = store->claim(worker, kLease, {"bad", "behind"});
  ASSERT_TRUE(claim);
  ASSERT_EQ(claim->task.key, "bad");
  if (progress > 0) {
    EXPECT_EQ(store->report_progress(*claim, progress, text), Written::stored);
  }
  store.pass_time(kLease + 1);
}

/// A file that ends every worker that reads it held up everything behind it, for ever.
TEST(LostWorker, AThirdOneFailsTheTaskAndFreesWhatIsBehindIt) {
  TestStore store;
  store->add_tasks({training("bad"), training("behind")});
  for (const char* worker : {"one:1", "two:2", "three:33"}) vanish(store, worker, 0.25, "case 7");
  const auto next = store->claim("four:4", kLease, {"bad", "behind"});
  ASSERT_TRUE(next);
  EXPECT_EQ(next->task.key, "behind");
  const auto state = store->task("bad");
  EXPECT_EQ(state->state, "failed");
  EXPECT_THAT(state->last_error, AllOf(HasSubstr("vanished 3 times"), HasSubstr("case 7 (25 %)"),
                                       HasSubstr("three (process 33)"),
                                       HasSubstr("its lease ran out"), HasSubstr("nmsw retry")));
  EXPECT_EQ(count(*store, "run WHERE state = 'superseded'"), 2) << "every attempt is kept";
  EXPECT_EQ(count(*store, "run WHERE state = 'failed' AND worker = 'three:33'"), 1);
  EXPECT_FALSE(store->claim("four:4", kLease, {"bad"}));
}

TEST(LostWorker, IsForgottenByRetry) {
  TestStore store;
  store->add_tasks({training("bad"), training("behind")});
  for (int round = 0; round < 2; ++round) {
    for (int i = 0; i < 3; ++i) vanish(store, "w:1");
    EXPECT_FALSE(store->claim("x:1", kLease, {"bad"}));
    EXPECT_EQ(store->task("bad")->state, "failed");
    EXPECT_EQ(store->retry_failed(), 1);
    EXPECT_EQ(store->task("bad")->state, "pending");
  }
}

/// A long training whose machine is taken away again and again still ends.
TEST(LostWorker, DoesNotCountWhereTheTaskGetsFurtherEachTime) {
  TestStore store;
  store->add_tasks({training("bad"), training("behind")});
  for (int i = 1; i < 10; ++i) vanish(store, "w:1", 0.1 * i, "epoch");
  for (int i = 0; i < 2; ++i) vanish(store, "w:1", 0.5, "epoch");
  EXPECT_FALSE(store->claim("w:1", kLease, {"bad"})) << "twice more, and no further than 0.9";
  EXPECT_EQ(store->task("bad")->state, "failed");
}

TEST(LostWorker, CountsTheSameWhoeverFindsItGone) {
  TestStore store;
  store->add_tasks({training("bad"), training("other")});
  const auto nobody = [](const std::string&) { return false; };
  ASSERT_TRUE(store->claim("a:1", kLease, {"bad"}));
  EXPECT_EQ(store->release_lost([](const std::string& worker) { return worker == "a:1"; }), 1);
  ASSERT_TRUE(store->claim("b:2", kLease, {"bad"}));
  store.pass_time(kLease + 1);
  EXPECT_EQ(store->release_lost(nobody), 1);
  ASSERT_TRUE(store->claim("c:3", kLease, {"bad"}));
  ASSERT_TRUE(store->claim("d:4", kLease, {"other"}));
  EXPECT_EQ(store->worker_died("c:3", "ended by signal 9"), 1);
  EXPECT_EQ(store->worker_died("c:3", "ended by signal 9"), 0);
  EXPECT_EQ(store->task("bad")->state, "failed");
  EXPECT_THAT(store->task("bad")->last_error, HasSubstr("c (process 3), ended by signal 9"));
  EXPECT_EQ(store->task("other")->state, "running") << "of a worker that lives";
}

TEST(LostWorker, IsReplacedAtOnceWhenItsParentSawItDie) {
  TestStore store;
  store->add_tasks({training("bad")});
  const auto claim = store->claim("w:1", kLease, {"bad"});
  EXPECT_EQ(store->worker_died("w:1", "ended by signal 11"), 1);
  EXPECT_EQ(store->finish(*claim, {}, {}), Written::superseded);
  EXPECT_EQ(count(*store, "run WHERE error LIKE '%signal 11%'"), 1);
  EXPECT_TRUE(store->claim("w:2", kLease, {"bad"}));
}

TEST(LostWorker, BlocksWhatNeedsItsTask) {
  TestStore store;
  TaskRecord needing = evaluation("e");
  needing.depends_on = {"bad"};
  store->add_tasks({training("bad"), training("behind"), needing});
  for (int i = 0; i < 3; ++i) vanish(store, "w:1");
  EXPECT_FALSE(store->claim("w:1", kLease, {"bad", "e"}));
  EXPECT_EQ(store->task("e")->state, "blocked");
}

/// Two workers that do what workers do, and a clock that runs past their leases.
class StoppedWorkers {
 public:
  StoppedWorkers(TestStore& store, std::string key) : store_(store), key_(std::move(key)) {}

  /// step: 0 or 1, a step of that worker; 2: the leases run out while both are stopped.
  void step(int step) {
    if (step == 2) {
      store_.pass_time(kLease + 1);
    } else {
      step_of(workers_[step], step);
    }
  }

  /// The value that counts: of the one attempt whose finish was stored.
  std::optional<double> stored() const { return stored_; }
  int stored_times() const { return stored_times_; }

 private:
  struct StoppedWorker {
    std::optional<Claim> claim;
    int done = 0;
    bool superseded = false;
  };

  void step_of(StoppedWorker& worker, int number) {
    if (!worker.claim) {
      worker = {store_->claim("w:" + std::to_string(number), kLease, {key_}), 0, false};
    } else if (worker.done++ == 0) {
      worker.superseded = store_->extend_lease(*worker.claim, kLease) == Written::superseded;
    } else {
      TaskResult result;
      const double value = 0.1 * worker.claim->attempt + 0.01 * number;
      result.metrics = {score("c1", 1, "dsc", value), score("c2", 1, "dsc", value)};
      const Written written = store_->finish(*worker.claim, {}, result);
      if (worker.superseded) {
        EXPECT_EQ(written, Written::superseded) << "it never comes back";
      }
      if (written == Written::stored) {
        stored_ = value;
        ++stored_times_;
      }
      worker.claim.reset();
    }
  }

  TestStore& store_;
  std::string key_;
  StoppedWorker workers_[2];
  std::optional<double> stored_;
  int stored_times_ = 0;
};

/// Processes may be stopped (a laptop that sleeps) and go on at any time. All orders of six steps.
TEST(LostWorker, StopsOfAnyLengthNeverDoubleAResult) {
  constexpr int kSteps = 6;
  constexpr int kOrders = 729;  // 3^6
  TestStore store;
  std::vector<TaskRecord> tasks;
  for (int order = 0; order < kOrders; ++order)
    tasks.push_back(evaluation(std::to_string(order), "sliding_window", "", order));
  store->add_tasks(tasks);
  int finished = 0;
  for (int order = 0; order < kOrders && !::testing::Test::HasFailure(); ++order) {
    const std::string key = std::to_string(order);
    StoppedWorkers workers(store, key);
    for (int i = 0, rest = order; i < kSteps; ++i, rest /= 3) workers.step(rest % 3);
    const std::string rows =
        "metric_value m JOIN run r ON r.id = m.run_id JOIN task t ON t.id = "
        "r.task_id WHERE t.key = '" +
        key + "'";
    EXPECT_LE(workers.stored_times(), 1) << order;
    EXPECT_EQ(count(*store, rows), workers.stored() ? 2 : 0) << order;
    if (!workers.stored()) continue;
    ++finished;
    EXPECT_EQ(count(*store, rows + " AND r.id = t.done_run AND abs(m.value - " +
                                std::to_string(*workers.stored()) + ") < 1e-6"),
              2)
        << order;
  }
  EXPECT_GT(finished, 150) << "few orders end with a result";
}

}  // namespace
}  // namespace nmsw::results::testing
