#pragma once

#include <cstdint>
#include <limits>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include <nlohmann/json.hpp>

#include "nmsw/base/volume.h"

namespace nmsw::results {

/// A value that was not measured; stored as NULL.
constexpr double kUndefined = std::numeric_limits<double>::quiet_NaN();

/// The k of scores of the global network's prediction alone. No task lists it, so that it is no row
/// of a table.
constexpr const char* kGlobalK = "global";

/// The fold of a task that is no part of a cross-validation.
constexpr int64_t kNoFold = -1;

/// A fold as a word; empty for none.
inline std::string fold_text(int64_t fold) { return fold == kNoFold ? "" : std::to_string(fold); }

/// One unit of work. `key` is a content hash made by the caller: equal keys are one task, shared by
/// all the experiments that list it.
///
/// dataset        empty for a profile that holds for every dataset of its experiment
/// k              "" where a method has none; one value ("5", "full"), or the list "5,30,full" when
///                a ranked pass scores several in one task (its metric rows then name their own k)
/// class_weight   "on" or "off" (the ablation of the learnable class weights)
/// variant        names any other deviation that the tables must keep apart; empty for the plain
///                method
/// depends_on     keys of tasks that must be done first, in the same list or already stored
struct TaskRecord {
  std::string key;
  std::string kind;  // train | evaluate | profile
  std::string experiment;
  std::string dataset;
  std::string backbone;
  std::string method;
  std::string k;
  std::string scheme;  // local | global | nmsw, of a training
  std::string class_weight = "on";
  std::string variant;
  int64_t seed = 0;
  int64_t fold = kNoFold;  // held out of a cross-validation
  std::string config_json = "{}";
  std::vector<std::string> depends_on;
  double macs_paper = 0;
  double predicted_s = 0;
  double predicted_peak_bytes = 0;
  int64_t cases_expected = 0;
};

/// The part of an experiment that a plan speaks of.
///
/// keys       its tasks
/// left_out   data sets that it says nothing about
struct ExperimentPart {
  std::vector<std::string> keys;
  std::vector<std::string> left_out;
};

/// Where the learning curve of a training stands. Epochs count from 0; -1: none yet.
struct CurveEnd {
  int64_t epoch = -1;
  double train_loss = kUndefined;
  int64_t validation_epoch = -1;
  double validation_loss = kUndefined;
  int64_t best_epoch = -1;
  double best_validation_loss = kUndefined;
  double validation_dice = kUndefined;
};

/// A task with where it stands. `state`: pending | running | done | failed | blocked (pending, but
/// something that it depends on has failed; computed, never stored).
struct TaskState {
  TaskRecord task;
  std::string state;
  int attempts = 0;
  std::string last_error;
  std::string worker;
  double lease_until_s = 0;  // seconds since 1970, of a running task
  double progress = 0;       // [0,1], of a running task
  std::string progress_text;
  std::string started;  // of the last attempt, ISO 8601 in UTC
  std::string log;      // file of its lines; empty: none
  CurveEnd curve;       // of a running training, in a StatusSummary
};

/// A stored task that is to have another key.
///
/// config_json   its configuration, in which the keys of the tasks that it uses are the new ones
struct NewKey {
  std::string old_key;
  std::string key;
  std::string config_json;
};

/// Where an experiment stands.
///
/// states              tasks a state; all five states are present, also with 0
/// running             the running tasks, with worker, lease and progress
/// failed              the failed tasks, with their message
/// left_s              seconds until all is done, if as many tasks run side by side as now do
///                     (time_left.h)
struct StatusSummary {
  std::map<std::string, int64_t> states;
  int64_t total = 0;
  std::vector<TaskState> running;
  std::vector<TaskState> failed;
  double left_s = 0;
};

/// What a merge did. A conflict line names a task that both sides finished with different scores,
/// and the first difference; the result that was there first is kept.
struct MergeReport {
  int64_t tasks_added = 0;
  int64_t results_added = 0;
  std::vector<std::string> conflicts;
};

/// Where and with what an attempt ran. Times are ISO 8601 in UTC; when `started` or `finished` is
/// empty the store's clock fills it in.
struct RunRecord {
  std::string commit;
  bool dirty = false;
  std::string config_sha;
  std::string data_sha;
  std::string host;
  std::string cpu;
  std::string gpu;
  int threads = 0;
  std::string torch;
  std::string started;
  std::string finished;
  std::string notes;  // what a reader of the result should know, e.g. that a patch batch was halved
};

/// One score. An undefined or infinite value is stored as NULL; `policy` says what an absent class
/// scores.
///
/// tolerance   of NSD, in `unit`; 0 for metrics without one
/// geometry    the grid that was scored: "original" or "prepared"
/// k           of this value; empty means the task's own; kGlobalK: the global prediction alone
struct MetricValue {
  std::string case_id;
  int64_t class_index = 0;
  std::string class_name;
  std::string metric;  // dsc | nsd | hd95 | …
  std::optional<double> value;
  std::string unit;
  double tolerance = 0;
  std::string policy;
  std::string geometry;
  std::string k;
};

/// Time of one stage ("total" for their sum). Backbone, method and k are the task's own where
/// empty.
struct StageTime {
  std::string device;  // cpu | cuda
  std::string hardware;
  std::string backbone;
  std::string method;
  std::string k;
  std::string extent;
  std::string stage;
  double seconds_median = kUndefined;
  double seconds_iqr = kUndefined;
  int repeats = 1;
  std::optional<std::string> case_id;  // absent for a profile
};

/// Multiply-accumulates and parameters of one pass, as counted and in the paper's convention.
struct MacCount {
  double macs = kUndefined;
  double macs_paper = kUndefined;
  double params = kUndefined;
  double params_paper = kUndefined;
  std::string k;
  /// The volume that was counted, "XxYxZ"; empty: not said, and then its patches are not either.
  std::string extent = {};
  int64_t patches_total = 0;  ///< candidates
  int64_t patches_used = 0;   ///< through the local network
};

/// Peak memory of a pass. A measured value of 0 or less means "not measured" and is stored as NULL.
struct PeakMemory {
  std::string kind;  // host | cuda
  int64_t bytes_measured = 0;
  int64_t bytes_predicted = 0;
  std::string k;
};

/// One training epoch. `validation_loss` is NaN in epochs without validation, `tau` where there is
/// none.
struct EpochLog {
  int64_t epoch = 0;
  double learning_rate = kUndefined;
  double tau = kUndefined;
  double train_loss = kUndefined;
  double validation_loss = kUndefined;
  nlohmann::ordered_json loss_terms = nlohmann::ordered_json::object();
  double seconds = kUndefined;
};

/// A learned class weight, after the sigmoid (Eq. 6).
struct ClassWeight {
  int64_t class_index = 0;
  std::string class_name;
  double weight = kUndefined;
};

/// A patch that a method chose, best first.
struct PatchPick {
  std::string case_id;
  int64_t rank = 0;
  int64_t patch_index = 0;
  double score = kUndefined;
  Int3 start_xyz{0, 0, 0};
  Int3 size_xyz{0, 0, 0};
};

/// What a network would choose in a case after an epoch of its training (counted from 0).
///
/// log_probability   of every candidate patch of the grid, x fastest; NaN and infinities become
///                   NULL
/// picks             the chosen patches, best first; their case is this one
struct SelectionMap {
  int64_t epoch = 0;
  std::string case_id;
  Int3 counts_xyz{0, 0, 0};
  std::vector<double> log_probability;
  std::vector<PatchPick> picks;
};

/// One plane through a prepared case, small enough to keep: a byte a pixel, rows bottom up.
///
/// plane        axial (columns along x, rows along y) or coronal (columns along x, rows along z)
/// position     of the plane, in voxels along the third axis
/// extent_xyz, spacing_xyz_mm   of the prepared case
/// grey         0 black … 255 white
/// label, prediction   class indices; prediction is empty where nothing was predicted
/// k            of the prediction, "" where its method has none
struct CaseSlice {
  std::string case_id;
  std::string plane;
  int64_t position = 0;
  Int3 extent_xyz{0, 0, 0};
  Real3 spacing_xyz_mm{1, 1, 1};
  int64_t columns = 0;
  int64_t rows = 0;
  std::vector<uint8_t> grey;
  std::vector<uint8_t> label;
  std::vector<uint8_t> prediction;
  std::string k;
};

/// A file that a task wrote, e.g. a checkpoint. path: given to the store as the caller names it,
/// absolute when the store returns it.
struct Artifact {
  std::string kind;
  std::string path;
  std::string sha256;
  int64_t bytes = 0;
};

/// Everything that one finished task found out; stored in one transaction.
struct TaskResult {
  std::vector<MetricValue> metrics;
  std::vector<StageTime> stage_times;
  std::vector<MacCount> mac_counts;
  std::vector<PeakMemory> peak_memory;
  std::vector<EpochLog> epochs;
  std::vector<ClassWeight> class_weights;
  std::vector<PatchPick> patch_picks;
  std::vector<SelectionMap> selection_maps;
  std::vector<CaseSlice> slices;
  std::vector<Artifact> artifacts;
};

/// The right to work on a task until the lease ends. `attempt` fences it: once another attempt has
/// begun, nothing that this claim writes is stored.
struct Claim {
  TaskRecord task;
  int attempt = 0;
  int64_t run_id = 0;
  std::string worker;
  double lease_until_s = 0;
};

/// What became of a write that carries a claim. Whoever writes must look: a superseded attempt has
/// to stop, and must not touch what the newer one writes.
enum class [[nodiscard]] Written{
    stored,
    superseded,  // ignored: the task is done already, was given back, or belongs to a newer attempt
};

/// The values of k that a task's `k` lists: {""} for none, {"5","30","full"} for "5,30,full".
std::vector<std::string> listed_k(const std::string& k);

/// ISO 8601 in UTC with milliseconds, e.g. 2026-11-23T10:54:35.120Z. seconds: since 1970.
std::string iso_time(double seconds);

}  // namespace nmsw::results
