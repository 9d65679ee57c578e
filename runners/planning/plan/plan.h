#pragma once

#include <filesystem>
#include <map>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "datasets/layouts/file_digests.h"
#include "results/records.h"
#include "runners/planning/experiment/experiment.h"
#include "runners/planning/tasks/task_specs.h"

namespace nmsw::runners {

/// `key=value` of --only; the key is a column of the plan (kind, dataset, backbone, method, seed,
/// key, …).
using OnlyFilter = std::vector<std::pair<std::string, std::string>>;

/// What of this machine decides which tasks there are and how long they are said to take.
///
/// only      --only: a data set that it leaves out is not looked at, so that its files need not be
///           there
/// digests   file in which the digests of the data's files are kept; empty: they are computed anew
/// tell      is told what takes long
struct PlanOptions {
  bool has_cuda = false;
  int64_t threads = 1;
  /// Of the machine; 0: not known.
  int64_t memory_bytes = 0;
  /// auto, cpu, cuda or cuda:N, of the trainings and evaluations.
  std::string device = "auto";
  OnlyFilter only;
  std::filesystem::path digests;
  datasets::FileDigests::Tell tell;

  /// Whether trainings and evaluations run on an NVIDIA device.
  bool on_cuda() const { return device == "auto" ? has_cuda : device.rfind("cuda", 0) == 0; }
};

/// The machine this runs on: its threads, and whether it has an NVIDIA device to use
/// (cuda_presence).
PlanOptions plan_options_of_machine();

/// Which data a data set took.
///
/// folder   of its files; of phantoms, the one that they are made in
/// why      what chose it
struct DataUse {
  std::string dataset;
  DataSource source = DataSource::phantom;
  std::string folder;
  std::string why;
};
/// "data of 'word': the files in /data/WORD (data.roots.word names them)".
std::string data_note(const DataUse& use);

/// An experiment as tasks.
///
/// tasks        what a task depends on stands before it. `config_json` holds a TrainSpec,
///              EvaluateSpec or ProfileSpec.
///              macs_paper is that of one volume at the largest k (train: of the whole training)
/// plan_sha     changes exactly when the list of tasks does
/// patches      for each key of an evaluation or profile, the patches of one volume at the largest
///              k
/// used_by      for each key, how many tasks of the plan depend on it
/// disk_bytes   of the checkpoints
/// files        the data sets that are read from files, one a data set of the grid
/// data         which data each data set took, one a data set of the grid
/// left_out     data sets of the grid that --only leaves out: the plan has no task of them
/// notes        what was left out, and why
struct Plan {
  std::string experiment;
  std::string plan_sha;
  std::vector<results::TaskRecord> tasks;
  std::map<std::string, int64_t> patches;
  std::map<std::string, int64_t> used_by;
  double disk_bytes = 0;
  std::vector<DataSpec> files;
  std::vector<DataUse> data;
  std::vector<std::string> left_out;
  std::vector<std::string> notes;
};

/// Throws ConfigError for every fault of the grid, before any task runs, and DataError for files
/// that are named and not there or cannot be used.
Plan make_plan(const ExperimentConfig& config, const PlanOptions& options);

/// Keys of the tasks that match every `key=value`, and of all that they depend on, in the plan's
/// order. All of the plan where the filter is empty; ConfigError where nothing matches.
std::vector<std::string> selected_keys(const Plan& plan, const OnlyFilter& only);

/// The keys in the order in which several workers end soonest: what the longest predicted chain of
/// tasks waits for comes first.
std::vector<std::string> longest_chain_first(const Plan& plan, std::vector<std::string> keys);

/// A column of a task, by the name that --only takes.
struct TaskColumn {
  std::string_view name;
  std::string (*value)(const results::TaskRecord& task);
};

/// THE list of a task's columns.
const std::vector<TaskColumn>& task_columns();

/// Throws ConfigError listing the names for one that is none of them.
const TaskColumn& task_column(const std::string& name);

}  // namespace nmsw::runners
