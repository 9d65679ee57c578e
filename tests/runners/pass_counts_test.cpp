#include <gtest/gtest.h>

#include <nlohmann/json.hpp>

#include "results/query_format.h"
#include "results/store.h"
#include "tests/runners/built_program.h"
#include "tests/runners/planning/experiment_text.h"

namespace nmsw::runners {
namespace {

/// A volume that is a multiple of nothing: 58³ has 64 patches of 24³.
std::string odd_experiment() {
  return "experiment: odd\n"
         "datasets: [word]\n"
         "backbones: [unet]\n"
         "methods: [sliding_window, zoom_out, {random_foreground: {k: [2, full]}}, "
         "{nmsw: {k: [2, full]}}]\n"
         "networks: {unet: {channels: [4, 8, 8], strides: [2, 2, 1]}}\n"
         "global_network: {unet: {channels: [4, 8, 8], strides: [2, 2, 1]}}\n"
         "data:\n"
         "  source: phantom\n"
         "  phantom: {train_cases: 1, validation_cases: 1, test_cases: 1, extent_xyz: [58, 58, "
         "58]}\n"
         "training: {epochs: 1, iterations_per_epoch: 1, local_patches: 1, augmentation: none}\n"
         "dataset_settings:\n"
         "  word:\n"
         "    patch_xyz: [24, 24, 24]\n"
         "    downsize_rate_xyz: [2, 2, 2]\n"
         "    preprocessing: {spacing_xyz_mm: null, crop_foreground: false}\n";
}

nlohmann::json profile_of(const testing::TemporaryFolder& folder, const std::string& method,
                          const std::string& k) {
  const Outcome outcome = run_program_in(
      folder.path(),
      "profile --backbone unet --set channels=[4,8,8] --set strides=[2,2,1] --method " + method +
          (k.empty() ? "" : " --k " + k) +
          " --volume 58,58,58 --patch 24 --downsize-rate 2 --classes 17 --format json");
  EXPECT_EQ(outcome.code, 0) << outcome.err;
  return nlohmann::json::parse(outcome.out);
}

TEST(PassCounts, ProfilePlanAndStoredRunCountTheSamePass) {
  const testing::TemporaryFolder folder;
  write_text_atomically(folder / "odd.yaml", odd_experiment());
  const Outcome run = run_program_in(folder.path(), "run odd.yaml --db r.sqlite --quiet");
  ASSERT_EQ(run.code, 0) << run.err;
  const Outcome planned =
      run_program_in(folder.path(), "plan odd.yaml --db r.sqlite --format json");
  ASSERT_EQ(planned.code, 0) << planned.err;
  const nlohmann::json plan = nlohmann::json::parse(planned.out);
  const auto store = results::ResultStore::open_read_only(folder / "r.sqlite");
  const auto stored = store.query(
      "SELECT method, k, extent, patches_used, patches_total, macs, macs_paper FROM v_costs "
      "WHERE kind = 'evaluate'");
  size_t full = 0;
  for (const auto& row : stored.rows) {
    const std::string method = results::format_value(row[0]), k = results::format_value(row[1]);
    SCOPED_TRACE(method + " " + k);
    const nlohmann::json profile = profile_of(folder, method, k);
    EXPECT_EQ(results::format_value(row[2]), "58x58x58");
    EXPECT_EQ(std::get<int64_t>(row[3]), profile["patches_used"]);
    EXPECT_EQ(std::get<int64_t>(row[4]), 64);
    EXPECT_EQ(std::get<double>(row[5]), profile["macs"].get<double>());
    EXPECT_EQ(std::get<double>(row[6]), profile["macs_paper"].get<double>());
    if (method == "zoom_out") {
      EXPECT_EQ(profile["patches_used"], 16);
    }
    if (method == "zoom_out" || k == "2") continue;
    ++full;
    EXPECT_EQ(profile["patches_used"], 64);
    for (const auto& task : plan["tasks"]) {
      if (task["kind"] != "evaluate" || task["method"] != method) continue;
      EXPECT_EQ(task["patches_used"], 64);
      EXPECT_EQ(task["macs_paper"].get<double>(), std::get<double>(row[6]));
    }
  }
  EXPECT_EQ(full, 3U);
  const auto picks = store.query(
      "SELECT method, count(*) FROM patch_pick p JOIN run r ON r.id = p.run_id "
      "JOIN task t ON t.id = r.task_id WHERE method <> 'zoom_out' GROUP BY method ORDER BY method");
  ASSERT_EQ(picks.rows.size(), 2U);
  for (const auto& row : picks.rows) EXPECT_EQ(std::get<int64_t>(row[1]), 64);
}

TEST(PassCounts, AProfileCountsACropForEachForegroundClassAndHasItsStages) {
  const testing::TemporaryFolder folder;
  const Outcome outcome = run_program_in(
      folder.path(),
      "profile --backbone unet --set channels=[4,8,8] --set strides=[2,2,1] --method zoom_out "
      "--volume 48,48,48 --patch 24 --downsize-rate 2 --classes 5 --time --repeats 1 --format "
      "json");
  ASSERT_EQ(outcome.code, 0) << outcome.err;
  const nlohmann::json profile = nlohmann::json::parse(outcome.out);
  EXPECT_EQ(profile["patches_used"], 4);
  EXPECT_TRUE(profile["stage_s"]["local"].is_number());
}

TEST(EqualLocalSteps, GivesTheOtherMethodsNetworkAsManyStepsAsNmswsHas) {
  const std::string text =
      "experiment: x\ndatasets: [word]\nbackbones: [unet]\n"
      "methods: [sliding_window, zoom_out, {nmsw: {k: [5]}}, {sliding_window: {local_network: "
      "[nmsw]}}, {nmsw: {k: [5], order: [random_foreground]}}]\n"
      "data: {source: phantom}\n"
      "training: {epochs: 10, initialise_nmsw_from: trained, equal_local_steps: true, "
      "nmsw: {epochs: 3, learning_rate: 1.0e-4}}\n";
  const Plan plan = plan_of(text);
  std::map<std::string, TrainSpec> trainings;
  for (const results::TaskRecord& task : plan.tasks) {
    if (task.kind == "train")
      trainings[task.key] = read_config<TrainSpec>(ConfigNode::parse(task.config_json, task.key));
  }
  ASSERT_EQ(trainings.size(), 4U) << "local, its continuation, global, NMSW";
  const std::function<int64_t(const std::string&)> local_epochs = [&](const std::string& key) {
    const TrainSpec& spec = trainings.at(key);
    int64_t before = 0;
    for (const WeightsRef& ref : spec.weights) {
      if (ref.role == TrainingScheme::local) before = local_epochs(ref.task_key);
    }
    return before + spec.training.epochs;
  };
  size_t evaluations = 0;
  for (const results::TaskRecord& task : tasks_of(plan, "evaluate")) {
    const auto spec = read_config<EvaluateSpec>(ConfigNode::parse(task.config_json, task.key));
    for (const WeightsRef& ref : spec.weights) {
      if (ref.role != TrainingScheme::global) {
        EXPECT_EQ(local_epochs(ref.task_key), 13) << task.method << task.variant;
      }
    }
    if (task.variant == "local_network=nmsw") {
      EXPECT_EQ(task.method, "sliding_window");
      EXPECT_EQ(spec.weights.at(0).role, TrainingScheme::nmsw);
    }
    if (task.variant == "order=random_foreground") {
      EXPECT_EQ(spec.evaluation.order, PatchOrder::random_foreground);
    }
    ++evaluations;
  }
  EXPECT_EQ(evaluations, 5U);
  for (const auto& [key, spec] : trainings) {
    if (spec.scheme != TrainingScheme::local || spec.weights.empty()) continue;
    EXPECT_EQ(spec.training.learning_rate, 1e-4) << "at NMSW's rate";
  }
}

TEST(Profiles, NeedNoDataSet) {
  const Plan plan = plan_of(
      "experiment: speed\nbackbones: [unet]\nmethods: [sliding_window, {nmsw: {k: [5, full]}}]\n"
      "profile: {volume: [128, 128, 128], repeats: 0}\n");
  EXPECT_EQ(plan.tasks.size(), 2U);
  EXPECT_EQ(tasks_of(plan, "profile").size(), 2U);
  EXPECT_TRUE(plan.left_out.empty());
  EXPECT_THAT(fault_of("experiment: x\nbackbones: [unet]\nmethods: [sliding_window]\n"),
              ::testing::HasSubstr("'datasets' is missing"));
}

}  // namespace
}  // namespace nmsw::runners
