#include <gtest/gtest.h>

#include "tests/results/canned_store.h"

// What can be seen of a task before it is done: the curve of a training and the file of its lines.

namespace nmsw::results::testing {
namespace {

EpochLog epoch(int64_t number, double loss, double validation = kUndefined) {
  EpochLog log;
  log.epoch = number;
  log.train_loss = loss;
  log.validation_loss = validation;
  return log;
}

constexpr const char* kCurve = "SELECT group_concat(train_loss, ' ') FROM v_learning_curves";

TEST(LiveCurve, IsThereWhileTheTrainingRuns) {
  TestStore store;
  store->add_tasks({training("t")});
  const auto claim = store->claim("host:1", 60, {"t"});
  ASSERT_TRUE(claim);
  for (const EpochLog& log : {epoch(0, 0.5, 0.75), epoch(1, 0.25, 0.875), epoch(2, 0.125)})
    EXPECT_EQ(store->log_epoch(*claim, log), Written::stored);
  EXPECT_EQ(std::get<std::string>(single(*store, kCurve)), "0.5 0.25 0.125");
  const StatusSummary status = store->status();
  ASSERT_EQ(status.running.size(), 1u);
  const CurveEnd& curve = status.running.front().curve;
  EXPECT_EQ(curve.epoch, 2);
  EXPECT_EQ(curve.train_loss, 0.125);
  EXPECT_EQ(curve.validation_epoch, 1);
  EXPECT_EQ(curve.validation_loss, 0.875);
  EXPECT_EQ(curve.best_epoch, 0);
  EXPECT_EQ(curve.best_validation_loss, 0.75);
  EXPECT_FALSE(status.running.front().started.empty());
}

TEST(LiveCurve, HasTheDiceOfEachClassOnTheValidationCases) {
  TestStore store;
  store->add_tasks({training("t")});
  const auto claim = store->claim("host:1", 60, {"t"});
  EpochLog validated = epoch(0, 0.5, 0.75), plain = epoch(1, 0.25);
  validated.loss_terms = {
      {"dice", 0.5}, {"validation_dice", {{"Liver", 0.5}, {"Spleen", 0.75}, {"None", nullptr}}}};
  for (const EpochLog& log : {validated, plain})
    EXPECT_EQ(store->log_epoch(*claim, log), Written::stored);
  EXPECT_EQ(store->status().running.front().curve.validation_dice, 0.625) << "of those defined";
  EXPECT_EQ(
      std::get<std::string>(single(
          *store,
          "SELECT group_concat(class_name || ' ' || coalesce(dice, '-'), ', ') FROM (SELECT * "
          "FROM v_validation_dice ORDER BY class_name)")),
      "Liver 0.5, None -, Spleen 0.75");
}

TEST(LiveCurve, IsReplacedByTheResult) {
  TestStore store;
  store->add_tasks({training("t")});
  const auto claim = store->claim("host:1", 60, {"t"});
  EXPECT_EQ(store->log_epoch(*claim, epoch(0, 0.5)), Written::stored);
  EXPECT_EQ(store->log_epoch(*claim, epoch(7, 0.5)), Written::stored);
  TaskResult result;
  result.epochs = {epoch(0, 0.5), epoch(1, 0.25)};
  EXPECT_EQ(store->finish(*claim, {}, result), Written::stored);
  EXPECT_EQ(std::get<std::string>(single(*store, kCurve)), "0.5 0.25");
}

TEST(LiveCurve, IsThatOfTheAttemptThatHasTheTask) {
  TestStore store;
  store->add_tasks({training("t")});
  const auto first = store->claim("host:1", 60, {"t"});
  EXPECT_EQ(store->log_epoch(*first, epoch(0, 0.5)), Written::stored);
  store.pass_time(61);
  const auto second = store->claim("host:2", 60, {"t"});
  ASSERT_TRUE(second);
  EXPECT_EQ(store->log_epoch(*first, epoch(1, 0.5)), Written::superseded);
  EXPECT_EQ(store->log_epoch(*second, epoch(0, 0.75)), Written::stored);
  EXPECT_EQ(std::get<std::string>(single(*store, kCurve)), "0.75");
}

TEST(TaskLogPath, IsAbsoluteToTheCallerAndStaysWithTheAttempt) {
  TestStore store;
  store->add_tasks({training("t")});
  const auto claim = store->claim("host:1", 60, {"t"});
  const auto log = store.folder() / "runs" / "t" / "1" / "log.txt";
  EXPECT_EQ(store->note_log(*claim, log), Written::stored);
  EXPECT_EQ(store->fail(*claim, {}, "no room"), Written::stored);
  EXPECT_EQ(store->status().failed.at(0).log, log.string());
  EXPECT_EQ(std::get<std::string>(single(*store, "SELECT log FROM v_incomplete")),
            "runs/t/1/log.txt");
  store->retry_failed();
  const auto second = store->claim("host:1", 60, {"t"});
  EXPECT_EQ(store->status().running.at(0).log, "") << "the second attempt has none yet";
  EXPECT_EQ(store->note_log(*claim, log), Written::superseded);
  const auto next = store.folder() / "elsewhere" / "t" / "2" / "log.txt";
  EXPECT_EQ(store->note_log(*second, next), Written::stored);
  EXPECT_EQ(store->logs("t"), (std::vector<std::filesystem::path>{next, log}));
  EXPECT_TRUE(store->logs("u").empty());
}

TEST(TaskLogPath, IsKeptByAMerge) {
  TestStore from;
  from->add_tasks({training("t")});
  const auto claim = from->claim("host:1", 60, {"t"});
  const auto log = from.folder() / "runs" / "log.txt";
  EXPECT_EQ(from->note_log(*claim, log), Written::stored);
  EXPECT_EQ(from->fail(*claim, {}, "no room"), Written::stored);
  TestStore into;
  for (int twice = 0; twice < 2; ++twice) into->merge({from.file()});
  EXPECT_EQ(count(*into, "run_log"), 1);
  EXPECT_EQ(into->status().failed.at(0).log, std::filesystem::weakly_canonical(log).string());
}

}  // namespace
}  // namespace nmsw::results::testing
