#include <cmath>
#include <sstream>
#include <tuple>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/results/canned_store.h"

namespace nmsw::results::testing {
namespace {

using ::testing::Contains;

bool is_null(const ResultStore& store, const std::string& sql) {
  return single(store, sql).index() == 0;
}

/// Seed 0: class 1 means (0.8 + 0.6) / 2 = 0.7, class 2 has one defined value 0.4, so DSC is 0.55
/// (pooled 1.8 / 3). Seed 1: class 1 is 0.9, class 2 is (0.5 + 0.7) / 2 = 0.6, so DSC is 0.75
/// (pooled 3.0 / 4).
TaskResult scores_of_seed(int64_t seed) {
  TaskResult result;
  if (seed == 0) {
    result.metrics = {score("c1", 1, "dsc", 0.8), score("c2", 1, "dsc", 0.6),
                      score("c1", 2, "dsc", 0.4), score("c2", 2, "dsc", std::nullopt),
                      score("c1", 0, "dsc", 0.99)};
  } else {
    result.metrics = {score("c1", 1, "dsc", 0.9), score("c2", 1, "dsc", 0.9),
                      score("c1", 2, "dsc", 0.5), score("c2", 2, "dsc", 0.7)};
  }
  MetricValue voxel = score("c1", 1, "nsd", 0.1);
  voxel.unit = "voxel";
  MetricValue prepared = score("c1", 1, "nsd", 0.2);
  prepared.geometry = "prepared";
  result.metrics.insert(result.metrics.end(), {score("c1", 1, "nsd", 0.5), voxel, prepared});
  return result;
}

TEST(Comparison, AveragesOverCasesThenClassesThenSeeds) {
  TestStore store;
  store->add_tasks({evaluation("e0"), evaluation("e1", "sliding_window", "", 1)});
  run_task(*store, "e0", scores_of_seed(0));
  run_task(*store, "e1", scores_of_seed(1));
  ASSERT_EQ(count(*store, "v_comparison"), 1);
  EXPECT_NEAR(real(*store, "SELECT dsc FROM v_comparison"), 0.65, 1e-12);
  EXPECT_NEAR(real(*store, "SELECT dsc_sd FROM v_comparison"), 0.2 / std::sqrt(2.0), 1e-12);
  EXPECT_NEAR(real(*store, "SELECT dsc_pooled FROM v_comparison"), (0.6 + 0.75) / 2, 1e-12);
  EXPECT_EQ(
      count(*store,
            "v_comparison WHERE seeds = 2 AND cases = 2 AND cases_expected = 2 AND complete = 1"),
      1);
}

TEST(Comparison, AveragesOverFoldsAsOverSeeds) {
  TestStore store;
  std::vector<TaskRecord> folds{evaluation("f0"), evaluation("f1")};
  for (size_t i = 0; i < 2; ++i) folds[i].fold = static_cast<int64_t>(i);
  store->add_tasks(folds);
  run_task(*store, "f0", scores_of_seed(0));
  EXPECT_EQ(count(*store, "v_comparison WHERE folds = 1 AND folds_expected = 2 AND complete = 0"),
            1);
  TaskResult second;
  second.metrics = {score("c3", 1, "dsc", 0.9), score("c4", 1, "dsc", 0.9),
                    score("c3", 2, "dsc", 0.5), score("c4", 2, "dsc", 0.7)};
  run_task(*store, "f1", second);
  ASSERT_EQ(count(*store, "v_comparison"), 1);
  EXPECT_NEAR(real(*store, "SELECT dsc FROM v_comparison"), 0.65, 1e-12);
  EXPECT_EQ(count(*store,
                  "v_comparison WHERE seeds = 1 AND folds = 2 AND cases = 4 AND cases_expected = 4 "
                  "AND complete = 1"),
            1);
}

TEST(Comparison, ShowsNsdOnTheOriginalGridInMillimetresFirst) {
  TestStore store;
  store->add_tasks({evaluation("e0")});
  run_task(*store, "e0", scores_of_seed(0));
  EXPECT_DOUBLE_EQ(real(*store, "SELECT nsd FROM v_comparison"), 0.5);
  EXPECT_EQ(count(*store, "v_comparison WHERE nsd_unit = 'mm' AND nsd_tolerance = 2"), 1);
  EXPECT_EQ(count(*store, "v_cases WHERE metric = 'nsd'"), 3);
  EXPECT_EQ(count(*store, "v_cases WHERE metric = 'dsc' AND tolerance IS NULL"), 5);
}

/// Class 1 within 1 mm: 0.5 and 0.7; class 2 within 3 mm: 0.9.
TEST(Comparison, AveragesNsdOverClassesThatHaveTheirOwnTolerances) {
  TestStore store;
  store->add_tasks({evaluation("e0"), evaluation("one", "zoom_out")});
  TaskResult result, one_tolerance;
  for (const auto& [case_id, index, tolerance, value] :
       {std::tuple("c1", 1, 1.0, 0.5), std::tuple("c2", 1, 1.0, 0.7),
        std::tuple("c1", 2, 3.0, 0.9)}) {
    MetricValue row = score(case_id, index, "nsd", value);
    one_tolerance.metrics.push_back(row);
    row.tolerance = tolerance;
    result.metrics.push_back(row);
  }
  // What was stored within more, beside it, is another way.
  result.metrics.push_back(score("c1", 1, "nsd", 0.99));
  run_task(*store, "e0", result);
  run_task(*store, "one", one_tolerance);
  const std::string own = " FROM v_comparison WHERE method = 'sliding_window'";
  EXPECT_NEAR(real(*store, "SELECT nsd" + own), (0.6 + 0.9) / 2, 1e-12);
  EXPECT_NEAR(real(*store, "SELECT nsd_pooled" + own), (0.5 + 0.7 + 0.9) / 3, 1e-12);
  EXPECT_TRUE(is_null(*store, "SELECT nsd_tolerance" + own)) << "there is no one number";
  EXPECT_EQ(count(*store, "v_comparison WHERE method = 'zoom_out' AND nsd_tolerance = 2"), 1);
  EXPECT_EQ(
      count(*store,
            "v_class_scores s JOIN v_finished f ON f.run = s.run WHERE f.method = "
            "'sliding_window' AND (s.class_index, s.tolerance, s.defined) IN (VALUES (1, 1, 2), "
            "(2, 3, 1))"),
      2);
}

TEST(Comparison, OneSeedHasNoSpread) {
  TestStore store;
  store->add_tasks({evaluation("e0")});
  run_task(*store, "e0", scores_of_seed(0));
  EXPECT_NEAR(real(*store, "SELECT dsc FROM v_comparison"), 0.55, 1e-12);
  EXPECT_TRUE(is_null(*store, "SELECT dsc_sd FROM v_comparison"));
}

TEST(Comparison, ShowsWhatIsMissing) {
  TestStore store;
  TaskRecord partial = evaluation("partial", "zoom_out");
  partial.cases_expected = 3;
  store->add_tasks({partial, evaluation("absent"), evaluation("e0", "random_foreground", "5"),
                    evaluation("e1", "random_foreground", "5", 1)});
  run_task(*store, "partial", scores_of_seed(1));
  run_task(*store, "e0", scores_of_seed(0));
  EXPECT_EQ(count(*store,
                  "v_comparison WHERE method = 'zoom_out' AND cases = 2 AND cases_expected = 3 AND "
                  "NOT complete"),
            1);
  EXPECT_EQ(count(*store,
                  "v_comparison WHERE method = 'sliding_window' AND cases = 0 AND seeds = 0 AND "
                  "dsc IS NULL "
                  "AND cases_expected = 2 AND NOT complete"),
            1);
  EXPECT_EQ(
      count(*store,
            "v_comparison WHERE method = 'random_foreground' AND seeds = 1 AND seeds_expected = 2 "
            "AND NOT complete"),
      1);
}

TEST(Comparison, ARankedPassHasOneRowForEveryK) {
  TestStore store;
  store->add_tasks({evaluation("e", "nmsw", "5, 30,full")});
  EXPECT_EQ(count(*store, "v_comparison WHERE cases = 0 AND k IN ('5', '30', 'full')"), 3)
      << "before it ran";
  TaskResult result;
  for (const auto& [k, dsc] :
       {std::pair("5", 0.5), std::pair("30", 0.7), std::pair("full", 0.75)}) {
    result.metrics.push_back(score("c1", 1, "dsc", dsc));
    result.metrics.back().k = k;
    MacCount macs;
    macs.macs_paper = dsc * 1e12;
    macs.k = k;
    result.mac_counts.push_back(macs);
    StageTime time;
    time.device = "cpu";
    time.stage = "total";
    time.case_id = "c1";
    time.k = k;
    time.seconds_median = 10 * dsc;
    result.stage_times.push_back(time);
  }
  run_task(*store, "e", result);
  EXPECT_EQ(count(*store, "v_comparison"), 3);
  EXPECT_DOUBLE_EQ(real(*store, "SELECT dsc FROM v_comparison WHERE k = '30'"), 0.7);
  EXPECT_DOUBLE_EQ(real(*store, "SELECT macs_paper_t FROM v_comparison WHERE k = '30'"), 0.7);
  EXPECT_DOUBLE_EQ(real(*store, "SELECT seconds FROM v_top_k WHERE k = 'full'"), 7.5);
  EXPECT_EQ(count(*store, "v_top_k WHERE class_weight = 'on'"), 3);
  EXPECT_EQ(count(*store, "v_speed"), 0) << "times of single cases are no profile";
}

TEST(Comparison, TheClassWeightAblationHasItsOwnRow) {
  TestStore store;
  TaskRecord off = evaluation("off", "nmsw", "5");
  off.class_weight = "off";
  store->add_tasks({evaluation("on", "nmsw", "5"), off});
  run_task(*store, "on", scores_of_seed(0));
  run_task(*store, "off", scores_of_seed(1));
  EXPECT_NEAR(real(*store, "SELECT dsc FROM v_top_k WHERE class_weight = 'off'"), 0.75, 1e-12);
  EXPECT_NEAR(real(*store, "SELECT dsc FROM v_top_k WHERE class_weight = 'on'"), 0.55, 1e-12);
}

/// A profile of the sliding window for every dataset, on one device.
TaskRecord profile(const std::string& key, const std::string& device) {
  TaskRecord task = evaluation(key);
  task.kind = "profile";
  task.dataset = "";
  task.variant = device;
  return task;
}

TEST(Comparison, TakesCostTimeAndMemoryFromTheProfiles) {
  TestStore store;
  TaskRecord global = profile("other", "cpu");
  global.backbone = "mednext";
  store->add_tasks({evaluation("e"), profile("cpu", "cpu"), profile("cuda", "cuda"), global});
  for (const auto& [device, seconds] : {std::pair("cpu", 12.0), std::pair("cuda", 3.0)}) {
    TaskResult result;
    result.mac_counts = {{2e12, 63.2e12, 26.4e6, 26.5e6, ""}};
    StageTime total;
    total.device = device;
    total.stage = "total";
    total.seconds_median = seconds;
    StageTime local = total;
    local.stage = "local";
    local.seconds_median = 99;
    result.stage_times = {local, total};
    result.peak_memory = {{"host", 5'000'000'000, 6'000'000'000, ""}};
    if (device == std::string("cuda")) result.peak_memory.push_back({"cuda", 1'500'000'000, 0, ""});
    run_task(*store, device, result);
  }
  TaskResult other;
  other.mac_counts = {{1, 1, 1, 1, ""}};
  run_task(*store, "other", other);
  TaskResult own = scores_of_seed(0);
  own.mac_counts = {{7e12, 7e12, 7e6, 7e6, ""}};
  run_task(*store, "e", own);
  EXPECT_DOUBLE_EQ(real(*store, "SELECT macs_t FROM v_comparison"), 2);
  EXPECT_DOUBLE_EQ(real(*store, "SELECT macs_paper_t FROM v_comparison"), 63.2);
  EXPECT_DOUBLE_EQ(real(*store, "SELECT params_m FROM v_comparison"), 26.4);
  EXPECT_DOUBLE_EQ(real(*store, "SELECT params_paper_m FROM v_comparison"), 26.5);
  EXPECT_DOUBLE_EQ(real(*store, "SELECT cpu_s FROM v_comparison"), 12);
  EXPECT_DOUBLE_EQ(real(*store, "SELECT gpu_s FROM v_comparison"), 3);
  EXPECT_DOUBLE_EQ(real(*store, "SELECT memory_gb FROM v_comparison"), 1.5);
}

TEST(Comparison, WithoutAProfileTimesAreUnknownAndCostsTheEvaluationsOwn) {
  TestStore store;
  store->add_tasks({evaluation("e")});
  TaskResult own = scores_of_seed(0);
  own.mac_counts = {{7e12, 8e12, 7e6, 8e6, ""}};
  own.peak_memory = {{"host", 2'000'000'000, 0, ""}};
  run_task(*store, "e", own);
  EXPECT_DOUBLE_EQ(real(*store, "SELECT macs_t FROM v_comparison"), 7);
  EXPECT_DOUBLE_EQ(real(*store, "SELECT memory_gb FROM v_comparison"), 2);
  EXPECT_TRUE(is_null(*store, "SELECT gpu_s FROM v_comparison"));
  EXPECT_TRUE(is_null(*store, "SELECT cpu_s FROM v_comparison"));
}

TEST(Views, OnlyTheAttemptThatFinishedCounts) {
  TestStore store;
  store->add_tasks({evaluation("e"), evaluation("f", "zoom_out")});
  const auto lost = store->claim("w", 60, {"e"});
  store.pass_time(61);
  run_task(*store, "e", scores_of_seed(0));
  EXPECT_EQ(store->fail(*store->claim("w", 60, {"f"}), {}, "no"), Written::stored);
  EXPECT_EQ(store->finish(*lost, {}, scores_of_seed(1)), Written::superseded);
  EXPECT_EQ(count(*store, "run"), 3);
  EXPECT_EQ(count(*store, "v_provenance"), 1);
  EXPECT_EQ(count(*store, "v_cases WHERE metric = 'dsc'"), 5);
  EXPECT_EQ(count(*store,
                  "v_incomplete WHERE task_key = 'f' AND state = 'failed' AND attempts = 1 AND "
                  "last_error = 'no'"),
            1);
  EXPECT_EQ(count(*store, "v_incomplete"), 1);
}

TEST(Views, HaveThePromisedColumns) {
  TestStore store;
  const std::vector<std::pair<std::string, std::string>> promised{
      {"v_comparison",
       "experiment dataset backbone method k seeds cases cases_expected dsc dsc_sd nsd nsd_sd "
       "nsd_unit nsd_tolerance "
       "macs_t macs_paper_t params_m params_paper_m gpu_s cpu_s memory_gb"},
      {"v_cases",
       "run experiment dataset backbone method k seed case_id class_index class_name metric value "
       "unit tolerance geometry"},
      {"v_class_scores", "run k metric class_index class_name value unit tolerance geometry"},
      {"v_top_k", "dataset backbone method class_weight k dsc nsd seconds"},
      {"v_class_weights", "dataset backbone seed class_index class_name weight"},
      {"v_speed",
       "device hardware backbone method k extent stage seconds_median seconds_iqr repeats"},
      {"v_incomplete", "experiment task_key state attempts last_error"},
      {"v_provenance",
       "run commit dirty config_sha data_sha host cpu gpu threads torch started finished"},
  };
  for (const auto& [view, names] : promised) {
    const QueryTable table = store->query("SELECT * FROM " + view);
    std::istringstream words(names);
    for (std::string name; words >> name;) EXPECT_THAT(table.columns, Contains(name)) << view;
  }
}

MetricValue distance(const std::string& case_id, int64_t class_index, std::optional<double> value) {
  return score(case_id, class_index, "hd95", value);
}

/// Class 1 is found in c1 and missed in c2; class 2 is absent from c2.
std::vector<MetricValue> dsc_of_a_missed_class() {
  return {score("c1", 1, "dsc", 0.8), score("c2", 1, "dsc", 0.0), score("c1", 2, "dsc", 0.6),
          score("c2", 2, "dsc", std::nullopt)};
}

TEST(Hd95, CountsAMissedClassAndLeavesAnAbsentOneOut) {
  TestStore store;
  store->add_tasks({evaluation("e")});
  TaskResult result;
  result.metrics = dsc_of_a_missed_class();
  for (const auto& [case_id, index, value, missed] :
       {std::tuple("c1", 1, 4.0, 0.0), std::tuple("c2", 1, 100.0, 1.0),
        std::tuple("c1", 2, 6.0, 0.0)}) {
    result.metrics.push_back(distance(case_id, index, value));
    result.metrics.push_back(score(case_id, index, "missed", missed));
  }
  result.metrics.push_back(distance("c2", 2, std::nullopt));
  result.metrics.push_back(score("c2", 2, "missed", std::nullopt));
  run_task(*store, "e", result);
  EXPECT_DOUBLE_EQ(real(*store, "SELECT hd95 FROM v_comparison"), (52.0 + 6.0) / 2);
  EXPECT_DOUBLE_EQ(real(*store, "SELECT missed FROM v_comparison"), 1);
}

TEST(Hd95, IsUndefinedWhereAMissIsNotCounted) {
  TestStore store;
  store->add_tasks({evaluation("e")});
  TaskResult result;
  result.metrics = dsc_of_a_missed_class();
  for (const auto& [case_id, index, value] :
       {std::tuple("c1", 1, std::optional(4.0)), std::tuple("c2", 1, std::optional<double>()),
        std::tuple("c1", 2, std::optional(6.0)), std::tuple("c2", 2, std::optional<double>())}) {
    result.metrics.push_back(distance(case_id, index, value));
  }
  run_task(*store, "e", result);
  EXPECT_TRUE(is_null(*store, "SELECT hd95 FROM v_comparison")) << "a file of an older version";
  EXPECT_DOUBLE_EQ(real(*store, "SELECT missed FROM v_comparison"), 1);
}

/// A training of so many epochs of ten steps.
TaskRecord trained(const std::string& key, const std::string& scheme, int epochs,
                   std::vector<std::string> needs = {}) {
  TaskRecord task = training(key, scheme);
  task.config_json =
      "{\"training\":{\"epochs\":" + std::to_string(epochs) + ",\"iterations_per_epoch\":10}}";
  task.depends_on = std::move(needs);
  return task;
}

TaskRecord evaluated(const std::string& key, const std::string& method,
                     std::vector<std::string> needs) {
  TaskRecord task = evaluation(key, method);
  task.depends_on = std::move(needs);
  return task;
}

TEST(LocalSteps, AddUpTheTrainingsThatALocalNetworkStartedFrom) {
  TestStore store;
  store->add_tasks({trained("l", "local", 14), trained("g", "global", 6),
                    trained("n", "nmsw", 5, {"l", "g"}), trained("scratch", "nmsw", 3),
                    evaluated("sw", "sliding_window", {"l"}),
                    evaluated("rf", "random_foreground", {"l", "g"}),
                    evaluated("nmsw", "nmsw", {"n"}), evaluated("z", "zoom_out", {"scratch"})});
  const auto steps = [&](const std::string& key) {
    return std::get<int64_t>(
        single(*store, "SELECT steps FROM v_local_steps WHERE task_key = '" + key + "'"));
  };
  EXPECT_EQ(steps("sw"), 140);
  EXPECT_EQ(steps("rf"), 140) << "the global network's steps are not the local one's";
  EXPECT_EQ(steps("nmsw"), 190);
  EXPECT_EQ(steps("z"), 30);
}

TEST(NmswTraining, IsFoundBehindItsEvaluation) {
  TestStore store;
  store->add_tasks(
      {trained("l", "local", 14), trained("n", "nmsw", 2, {"l"}), evaluated("e", "nmsw", {"n"})});
  run_task(*store, "l");
  TaskResult result;
  for (const double rate : {0.25, 0.5}) {
    EpochLog log;
    log.epoch = static_cast<int64_t>(result.epochs.size());
    log.learning_rate = rate;
    result.epochs.push_back(log);
  }
  run_task(*store, "n", result);
  run_task(*store, "e");
  EXPECT_EQ(count(*store, "v_nmsw_training WHERE training_key = 'n' AND rate_sum = 0.75"), 2)
      << "of the evaluation and of the training itself";
  EXPECT_EQ(count(*store, "v_nmsw_training"), 2);
}

}  // namespace
}  // namespace nmsw::results::testing
