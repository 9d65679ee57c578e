#include <gmock/gmock.h>

#include "tests/results/canned_store.h"

namespace nmsw::results::testing {
namespace {

using ::testing::ElementsAre;

std::string state_of(const ResultStore& store, const std::string& key) {
  const auto state = store.task(key);
  return state ? state->state : "absent";
}

/// "e" is evaluated with the weights of "t"; both are done.
class NewKeys : public ::testing::Test {
 protected:
  void SetUp() override {
    TaskRecord needing = evaluation("e");
    needing.depends_on = {"t"};
    store_->add_tasks({training("t"), needing});
    TaskResult weights;
    weights.artifacts = {{"checkpoint", "runs/t/model.pt", "sha", 3}};
    run_task(*store_, "t", weights);
    TaskResult result;
    result.metrics = {score("c1", 1, "dsc", 0.5)};
    run_task(*store_, "e", result);
  }
  TestStore store_;
};

TEST_F(NewKeys, KeepResultsFilesDependenciesAndExperiments) {
  EXPECT_EQ(store_->change_keys({{"t", "T", "{\"new\": 1}"}, {"e", "E", "{}"}}), 2);
  EXPECT_EQ(state_of(*store_, "t"), "absent");
  EXPECT_EQ(state_of(*store_, "T"), "done");
  EXPECT_EQ(store_->task("T")->task.config_json, "{\"new\": 1}");
  EXPECT_THAT(store_->task("E")->task.depends_on, ElementsAre("T"));
  EXPECT_EQ(store_->artifacts("T").at(0).path, std::filesystem::absolute("runs/t/model.pt"));
  EXPECT_EQ(count(*store_, "v_cases WHERE value = 0.5 AND experiment = 'demo'"), 1);
}

TEST_F(NewKeys, OfATaskOfSeveralExperimentsLeaveItInAllOfThem) {
  store_->add_experiment("other", "text", "sha");
  TaskRecord shared = training("t");
  shared.experiment = "other";
  store_->add_tasks({shared});
  EXPECT_EQ(store_->change_keys({{"t", "T", "{}"}, {"t", "T", "{}"}}), 1);
  EXPECT_EQ(count(*store_, "v_tasks WHERE task_key = 'T' AND experiment IN ('demo', 'other')"), 2);
}

TEST_F(NewKeys, AreGivenOnce) {
  const std::vector<NewKey> changes{{"t", "T", "{}"}, {"e", "E", "{}"}};
  EXPECT_EQ(store_->change_keys(changes), 2);
  EXPECT_EQ(store_->change_keys(changes), 0) << "another program was first";
  EXPECT_EQ(count(*store_, "task"), 2);
}

TEST_F(NewKeys, GoToTheFinishedOneOfTasksThatAreTheSameNow) {
  TaskRecord other = evaluation("e2", "sliding_window", "", 1);
  other.depends_on = {"t2"};
  store_->add_tasks({training("t2"), other});
  EXPECT_EQ(store_->change_keys({{"t2", "T", "{}"}, {"t", "T", "{}"}}), 1);
  EXPECT_EQ(state_of(*store_, "T"), "done");
  EXPECT_EQ(store_->artifacts("T").size(), 1U);
  EXPECT_EQ(state_of(*store_, "t2"), "pending") << "nothing is deleted";
  EXPECT_THAT(store_->task("e2")->task.depends_on, ElementsAre("T")) << "it need not wait";
  EXPECT_EQ(count(*store_, "v_tasks WHERE task_key = 't2' AND experiment IS NOT NULL"), 0);
}

TEST_F(NewKeys, AreTakenFromAPendingTaskByAFinishedOne) {
  store_->add_tasks({training("T")});
  EXPECT_EQ(store_->change_keys({{"t", "T", "{}"}}), 1);
  EXPECT_EQ(state_of(*store_, "T"), "done");
  EXPECT_EQ(state_of(*store_, "t"), "pending");
}

TEST_F(NewKeys, OfAPartLeaveTheOtherDataSetsListed) {
  TaskRecord elsewhere = evaluation("other");
  elsewhere.dataset = "organ";
  store_->add_tasks({elsewhere, evaluation("old", "zoom_out")});
  store_->add_part_of_experiment("demo", "text", {{"e", "t"}, {"organ"}});
  store_->add_tasks({training("t"), evaluation("e")});
  std::vector<std::string> keys;
  for (const TaskState& state : store_->tasks("demo")) keys.push_back(state.task.key);
  EXPECT_THAT(keys, ::testing::UnorderedElementsAre("t", "e", "other"));
  store_->add_experiment("demo", "text", "sha-1");
  EXPECT_TRUE(store_->tasks("demo").empty()) << "the whole plan lists everything anew";
}

TEST_F(NewKeys, ConfigureATaskThatNobodyHasBegunAnew) {
  TaskRecord moved = evaluation("later", "zoom_out");
  moved.config_json = "{\"root\": \"old\"}";
  TaskRecord done = training("t");
  done.config_json = "{\"root\": \"new\"}";
  store_->add_tasks({moved});
  moved.config_json = "{\"root\": \"new\"}";
  store_->add_tasks({moved, done});
  EXPECT_EQ(store_->task("later")->task.config_json, "{\"root\": \"new\"}");
  EXPECT_EQ(store_->task("t")->task.config_json, "{}") << "what it was done with";
}

}  // namespace
}  // namespace nmsw::results::testing
