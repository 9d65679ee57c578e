#include "tests/reporting/score_database.h"

#include <stdexcept>

#include <fmt/format.h>

namespace nmsw::reporting::testing {

using namespace nmsw::results;

ScoreDatabase::ScoreDatabase(int cases, int classes)
    : store_(ResultStore::open(folder_ / "r.sqlite")), cases_(cases), classes_(classes) {
  store_.add_experiment("made", "experiment: made\n", "cc00");
}

void ScoreDatabase::finish(TaskRecord task, const TaskResult& result, const std::string& experiment,
                           const RunRecord& run) {
  task.key = fmt::format("task-{}", tasks_++);
  task.experiment = experiment;
  store_.add_experiment(experiment, "experiment: " + experiment + "\n", "cc00");
  store_.add_tasks({task});
  if (store_.finish(store_.claim("worker", 60, {task.key}).value(), run, result) != Written::stored)
    throw std::runtime_error("a canned result was superseded");
}

TaskRecord ScoreDatabase::evaluation(const ScoreCell& cell, int64_t seed,
                                     const std::string& config_json) const {
  TaskRecord task;
  task.kind = "evaluate";
  task.dataset = cell.dataset;
  task.backbone = cell.backbone;
  task.method = cell.key.method;
  task.k = cell.key.k;
  task.class_weight = cell.key.class_weight;
  task.variant = cell.key.variant;
  task.seed = seed;
  task.cases_expected = cases_;
  task.config_json = config_json;
  return task;
}

void ScoreDatabase::plan(const ScoreCell& cell, int64_t seed, const std::string& config_json) {
  TaskRecord task = evaluation(cell, seed, config_json);
  task.key = fmt::format("task-{}", tasks_++);
  task.experiment = "made";
  store_.add_tasks({task});
}

void ScoreDatabase::evaluate(const ScoreCell& cell, const Scores& scores, int64_t seed,
                             const std::string& config_json, const std::string& data_sha,
                             double macs) {
  TaskResult result;
  if (macs > 0) result.mac_counts.push_back({macs, macs, 1e6, 1e6, cell.key.k});
  for (int i = 0; i < cases_; ++i) {
    for (int c = 1; c <= classes_; ++c) {
      MetricValue value;
      value.case_id = fmt::format("case_{:02d}", i);
      value.class_index = c;
      value.class_name = fmt::format("organ {}", c);
      value.metric = "dsc";
      value.value = scores(i, c);
      value.policy = "monai";
      value.geometry = "original";
      value.k = cell.key.k;
      result.metrics.push_back(value);
    }
  }
  RunRecord run;
  run.data_sha = data_sha;
  finish(evaluation(cell, seed, config_json), result, "made", run);
}

void ScoreDatabase::train(const ScoreCell& cell, const std::vector<double>& class_weights,
                          int64_t seed, const std::string& config_json,
                          const std::vector<double>& rates) {
  TaskRecord task;
  task.kind = "train";
  task.seed = seed;
  task.scheme = "nmsw";
  task.dataset = cell.dataset;
  task.backbone = cell.backbone;
  task.class_weight = cell.key.class_weight;
  task.variant = cell.key.variant;
  task.config_json = config_json;
  TaskResult result;
  for (size_t c = 0; c < class_weights.size(); ++c) {
    result.class_weights.push_back(
        {static_cast<int64_t>(c) + 1, fmt::format("organ {}", c + 1), class_weights[c]});
  }
  for (const double rate : rates) {
    EpochLog log;
    log.epoch = static_cast<int64_t>(result.epochs.size());
    log.learning_rate = rate;
    result.epochs.push_back(log);
  }
  finish(task, result);
}

void ScoreDatabase::profile(const Profile& profile) {
  TaskRecord task;
  task.kind = "profile";
  task.backbone = profile.backbone;
  task.method = profile.method;
  task.k = profile.k;
  task.config_json = fmt::format(R"({{"volume_xyz":[{0},{0},{0}],"device":"{1}"{2}}})",
                                 profile.extent, profile.device, profile.settings);
  TaskResult result;
  if (profile.macs_paper > 0)
    result.mac_counts.push_back({profile.macs_paper, profile.macs_paper, 1e6, 1e6, profile.k});
  if (profile.seconds > 0) {
    for (const auto& [stage, share] :
         {std::pair("local", 0.75), std::pair("aggregate", 0.25), std::pair("total", 1.0)}) {
      StageTime time;
      time.device = profile.device;
      time.hardware = profile.hardware;
      time.extent = fmt::format("{0}x{0}x{0}", profile.extent);
      time.k = profile.k;
      time.stage = stage;
      time.seconds_median = share * profile.seconds;
      time.seconds_iqr = profile.iqr_s;
      time.repeats = profile.repeats;
      result.stage_times.push_back(time);
    }
    result.peak_memory.push_back({profile.device == "cpu" ? "host" : "cuda", 9300000000, 0, ""});
  }
  RunRecord run;
  run.threads = profile.threads;
  run.notes = profile.notes;
  finish(task, result, profile.experiment, run);
}

ScoreCell word_unet(const std::string& method, const std::string& k,
                    const std::string& class_weight, const std::string& variant) {
  return {"word", "unet", {method, k, class_weight, variant}};
}

}  // namespace nmsw::reporting::testing
