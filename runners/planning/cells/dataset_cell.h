#pragma once

#include "datasets/layouts/file_digests.h"
#include "runners/planning/cells/dataset_settings.h"
#include "runners/planning/experiment/experiment.h"
#include "runners/planning/experiment/names.h"
#include "runners/planning/tasks/task_specs.h"

namespace nmsw::runners {

/// A data set of the grid, ready for its tasks. `data.fit` and `data.files` are left for the task.
///
/// why   what chose phantoms or files, in words
struct DatasetCell {
  std::string name;
  std::optional<int64_t> fold;
  DataSpec data;
  std::string why;
  /// Fingerprints of the real files that train and validate, and of those that test.
  std::string training_files, test_files;
  TrainingConfig training;
  EvaluationConfig evaluation;
  /// Cases that train and validate.
  int64_t training_cases = 0;
  /// Labelled cases that are scored, and those of them that are deformations of a template.
  int64_t test_cases = 0, deformed_test_cases = 0;
  /// The largest prepared extent that trains or validates; that of the test cases where it is not
  /// known.
  std::optional<Int3> largest_training_xyz;
  /// The one in the middle by its voxels, from which the time of a training is forecast; likewise.
  std::optional<Int3> usual_training_xyz;
  /// Prepared extents of the labelled test cases as far as their headers tell them, at most
  /// evaluation.max_cases; empty: not known.
  std::vector<Int3> test_extents_xyz;
  /// The largest of them, or a guess: the extent that costs and memory are predicted for.
  Int3 largest_extent_xyz{};
  std::string where;
  /// What the plan says of it besides.
  std::vector<std::string> notes;
};

/// The name of an entry's data set; opens no folder. ConfigError for an unknown one.
std::string dataset_name(const NamedEntry& entry);

/// Throws ConfigError with file:line:column for an unknown name, a wrong setting, or a folder given
/// although data.source is phantom; DataError naming a folder that is not there, or whose files do
/// not make a data set of its layout. `fold`: held out, in place of the data set's own split.
/// `digests` knows the contents of the files.
DatasetCell resolve_dataset(const ExperimentConfig& config, const NamedEntry& entry,
                            const std::optional<int64_t>& fold, datasets::FileDigests& digests);

/// Names under `dataset_settings` and `data.roots` must be data sets; ConfigError otherwise.
void check_dataset_names(const ExperimentConfig& config,
                         const std::vector<std::string>& grid_names);

}  // namespace nmsw::runners
