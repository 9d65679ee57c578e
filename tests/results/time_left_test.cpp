#include <gtest/gtest.h>

#include "tests/results/canned_store.h"

namespace nmsw::results {
namespace {

using testing::TestStore;
using testing::training;

TaskRecord predicted(const std::string& key, const std::string& backbone, double predicted_s) {
  TaskRecord task = training(key);
  task.backbone = backbone;
  task.predicted_s = predicted_s;
  return task;
}

/// Runs a task that takes so long.
void run_for(TestStore& store, const std::string& key, double seconds) {
  const auto claim = store->claim("host:1", 1e6, {key});
  store.pass_time(seconds);
  ASSERT_EQ(store->finish(*claim, {}, {}), Written::stored);
}

TEST(TimeLeft, IsWhatWasPredictedWhereNothingIsFinished) {
  TestStore store;
  store->add_tasks({predicted("a", "unet", 100), predicted("b", "unet", 20)});
  EXPECT_DOUBLE_EQ(store->status("demo").left_s, 120);
}

TEST(TimeLeft, LearnsFromTheClosestKinThatIsFinished) {
  TestStore store;
  store->add_tasks({predicted("a", "unet", 100), predicted("b", "mednext", 100),
                    predicted("c", "unet", 10), predicted("d", "mednext", 10),
                    predicted("e", "swin_unetr", 10)});
  run_for(store, "a", 200);
  run_for(store, "b", 600);
  EXPECT_DOUBLE_EQ(store->status(std::vector<std::string>{"c"}).left_s, 20);
  EXPECT_DOUBLE_EQ(store->status(std::vector<std::string>{"d"}).left_s, 60);
  EXPECT_DOUBLE_EQ(store->status(std::vector<std::string>{"e"}).left_s, 40);  // as all together
  EXPECT_DOUBLE_EQ(store->status("demo").left_s, 120);
}

TEST(TimeLeft, ARunningTaskTellsItsOwnRestAndRunningTasksShareTheWork) {
  TestStore store;
  store->add_tasks(
      {predicted("a", "unet", 100), predicted("b", "unet", 100), predicted("c", "unet", 60)});
  const auto a = store->claim("host:1", 1e6, {"a"});
  store.pass_time(90);
  ASSERT_EQ(store->report_progress(*a, 0.75, ""), Written::stored);
  EXPECT_DOUBLE_EQ(store->status("demo").left_s, 30 + 160);
  const auto b = store->claim("host:2", 1e6, {"b"});
  EXPECT_DOUBLE_EQ(store->status("demo").left_s, (30 + 160) / 2.0);
}

TEST(TimeLeft, AContinuedTaskSaysNothingOfItsPace) {
  TestStore store;
  store->add_tasks({predicted("a", "unet", 100)});
  const auto first = store->claim("host:1", 1e6, {"a"});
  store.pass_time(50);
  ASSERT_EQ(store->release(*first), Written::stored);
  const auto second = store->claim("host:1", 1e6, {"a"});
  store.pass_time(1);
  ASSERT_EQ(store->report_progress(*second, 0.5, ""), Written::stored);
  EXPECT_DOUBLE_EQ(store->status("demo").left_s, 50);
}

}  // namespace
}  // namespace nmsw::results
