#include "tests/reporting/canned_database.h"

#include <stdexcept>
#include <vector>

namespace nmsw::reporting::testing {
namespace {

using namespace nmsw::results;

TaskRecord make_task(const std::string& key, const std::string& kind, const std::string& method,
                     const std::string& k) {
  TaskRecord task;
  task.key = key;
  task.kind = kind;
  task.experiment = "reproduce";
  task.dataset = kind == "profile" ? "" : "word";
  task.backbone = "unet";
  task.method = kind == "train" ? "" : method;
  task.k = k;
  task.scheme = kind == "train" ? method : "";
  task.config_json = R"({"data":{"descriptor":{"name":"word"},"source":"phantom"}})";
  task.cases_expected = kind == "evaluate" ? 2 : 0;
  return task;
}

void add_scores(TaskResult& result, const std::string& k, const std::vector<std::string>& cases,
                double liver, double spleen) {
  for (const std::string& case_id : cases) {
    for (const auto& [index, name, dsc] :
         {std::make_tuple(1, "liver", liver), std::make_tuple(2, "spleen", spleen)}) {
      MetricValue value;
      value.case_id = case_id;
      value.class_index = index;
      value.class_name = name;
      value.policy = "monai";
      value.geometry = "original";
      value.k = k;
      value.metric = "dsc";
      value.value = dsc;
      result.metrics.push_back(value);
      value.metric = "nsd";
      value.value = dsc + 0.05;
      value.unit = "mm";
      value.tolerance = 2;
      result.metrics.push_back(value);
    }
  }
}

RunRecord make_run() {
  RunRecord run;
  run.commit = "0123456789abcdef";
  run.config_sha = "cc00";
  run.data_sha = "dd00";
  run.host = "host-a";
  run.cpu = "Example CPU";
  run.threads = 2;
  run.torch = "1.13.1";
  run.started = "2026-01-01T00:00:00Z";
  run.finished = "2026-01-01T00:01:00Z";
  return run;
}

void finish(ResultStore& store, const std::string& key, const TaskResult& result) {
  const auto claim = store.claim("worker", 60, {key});
  if (store.finish(claim.value(), make_run(), result) != Written::stored)
    throw std::runtime_error("a canned result was superseded");
}

TaskResult training_result() {
  TaskResult result;
  for (int64_t epoch = 0; epoch < 4; ++epoch) {
    EpochLog log;
    log.epoch = epoch;
    log.train_loss = 1.0 / static_cast<double>(epoch + 1);
    log.validation_loss = epoch % 2 == 1 ? 1.2 / static_cast<double>(epoch + 1) : kUndefined;
    result.epochs.push_back(log);
  }
  result.class_weights = {{1, "liver", 0.6}, {2, "spleen", 0.8}};
  return result;
}

TaskResult profile_result(double macs_paper, double macs, double seconds) {
  TaskResult result;
  result.mac_counts.push_back({macs, macs_paper, 26.5e6, 26.5e6, ""});
  for (const char* stage : {"local", "total"}) {
    StageTime time;
    time.device = "cpu";
    time.hardware = "Example CPU";
    time.extent = "480x480x480";
    time.stage = stage;
    time.seconds_median = seconds;
    time.seconds_iqr = 0.5;
    time.repeats = 3;
    result.stage_times.push_back(time);
  }
  result.peak_memory.push_back({"host", 4000000000, 3900000000, ""});
  return result;
}

}  // namespace

ResultStore make_canned_database(const std::filesystem::path& file) {
  ResultStore store = ResultStore::open(file);
  store.add_experiment("reproduce", "experiment: reproduce\n", "cc00");
  store.add_tasks({make_task("train-nmsw", "train", "nmsw", ""),
                   make_task("eval-sw", "evaluate", "sliding_window", ""),
                   make_task("eval-nmsw", "evaluate", "nmsw", "5,30"),
                   make_task("eval-zoom", "evaluate", "zoom_out", ""),
                   make_task("eval-rf", "evaluate", "random_foreground", "5"),
                   make_task("profile-sw", "profile", "sliding_window", ""),
                   make_task("profile-nmsw", "profile", "nmsw", "30")});
  finish(store, "train-nmsw", training_result());
  TaskResult sliding_window, ranked, zoom_out;
  add_scores(sliding_window, "", {"a", "b"}, 0.9, 0.8);
  add_scores(ranked, "5", {"a", "b"}, 0.8, 0.6);
  add_scores(ranked, "30", {"a", "b"}, 0.9, 0.7);
  add_scores(zoom_out, "", {"a"}, 0.7, 0.7);
  finish(store, "eval-sw", sliding_window);
  finish(store, "eval-nmsw", ranked);
  finish(store, "eval-zoom", zoom_out);
  finish(store, "profile-sw", profile_result(63.2e12, 25.1e12, 120));
  finish(store, "profile-nmsw", profile_result(5.85e12, 2.34e12, 20));
  return store;
}

}  // namespace nmsw::reporting::testing
