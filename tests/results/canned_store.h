#pragma once

#include <memory>
#include <optional>
#include <stdexcept>
#include <string>
#include <vector>

#include "results/store.h"
#include "tests/support/temporary_folder.h"

namespace nmsw::results::testing {

/// A store in its own folder, with a clock that only moves when told.
class TestStore {
 public:
  TestStore() : store_(connect()) { store_->add_experiment("demo", "experiment: demo", "sha-1"); }

  ResultStore* operator->() { return &*store_; }
  ResultStore& operator*() { return *store_; }
  /// Another connection to the same file with the same clock.
  ResultStore connect() {
    StoreOptions options;
    options.clock = [now = now_s_] { return *now; };
    return ResultStore::open(file(), options);
  }
  /// SQLite allows no fork with an open connection: close, fork, open again.
  void disconnect() { store_.reset(); }
  void reconnect() { store_.emplace(connect()); }
  std::filesystem::path file() const { return folder_ / "r.sqlite"; }
  const nmsw::testing::TemporaryFolder& folder() const { return folder_; }
  void pass_time(double seconds) { *now_s_ += seconds; }

 private:
  nmsw::testing::TemporaryFolder folder_;
  std::shared_ptr<double> now_s_ = std::make_shared<double>(1.75e9);
  std::optional<ResultStore> store_;
};

/// An evaluation of (dataset word, backbone unet) in experiment "demo".
inline TaskRecord evaluation(const std::string& key, const std::string& method = "sliding_window",
                             const std::string& k = "", int64_t seed = 0) {
  TaskRecord task;
  task.key = key;
  task.kind = "evaluate";
  task.experiment = "demo";
  task.dataset = "word";
  task.backbone = "unet";
  task.method = method;
  task.k = k;
  task.seed = seed;
  task.cases_expected = 2;
  return task;
}

inline TaskRecord training(const std::string& key, const std::string& scheme = "local") {
  TaskRecord task = evaluation(key);
  task.kind = "train";
  task.method = "";
  task.scheme = scheme;
  return task;
}

inline MetricValue score(const std::string& case_id, int64_t class_index, const std::string& metric,
                         std::optional<double> value) {
  MetricValue row;
  row.case_id = case_id;
  row.class_index = class_index;
  row.class_name = "class " + std::to_string(class_index);
  row.metric = metric;
  row.value = value;
  row.unit = metric == "dsc" ? "ratio" : "mm";
  row.tolerance = metric == "nsd" ? 2 : 0;
  row.policy = "monai";
  row.geometry = "original";
  return row;
}

/// Claims the task, which must be free, and stores the result.
inline void run_task(ResultStore& store, const std::string& key, const TaskResult& result = {}) {
  const auto claim = store.claim("test", 60, {key});
  if (!claim) throw std::runtime_error("task " + key + " cannot be claimed");
  if (store.finish(*claim, {}, result) != Written::stored)
    throw std::runtime_error("task " + key + " was superseded");
}

/// The only value of a query of one row and one column.
inline QueryValue single(const ResultStore& store, const std::string& sql) {
  return store.query(sql).rows.at(0).at(0);
}
inline double real(const ResultStore& store, const std::string& sql) {
  return std::get<double>(single(store, sql));
}
inline int64_t count(const ResultStore& store, const std::string& from) {
  return std::get<int64_t>(single(store, "SELECT count(*) FROM " + from));
}

}  // namespace nmsw::results::testing
