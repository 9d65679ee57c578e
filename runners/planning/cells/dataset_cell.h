#pragma once

#include <map>

#include "datasets/layouts/file_digests.h"
#include "runners/planning/experiment/experiment.h"
#include "runners/planning/experiment/names.h"
#include "runners/planning/tasks/task_specs.h"

namespace nmsw::runners {

/// What an experiment may say about one data set, under `dataset_settings` or beside its name in
/// `datasets`. It starts from the descriptor's and the experiment's own values, so that only the
/// differences are written.
struct DatasetSettings {
  std::string root;
  std::string version;
  Int3 patch_xyz{};
  Int3 downsize_rate_xyz{};
  std::optional<Int3> fixed_volume_xyz;
  double nsd_tolerance_mm = 2;
  std::map<std::string, double> nsd_tolerances_mm;
  datasets::PreprocessConfig preprocessing;
  datasets::PhantomConfig phantom;
  TrainingConfig training;
  EvaluationConfig evaluation;
};

template <class Visitor>
void visit_fields(DatasetSettings& c, Visitor& v) {
  v.field("root", c.root, "folder of its files; wins over data.roots");
  v.field("version", c.version, "which of its published class lists holds");
  v.field("patch_xyz", c.patch_xyz, voxel_extent, "voxels of a patch");
  v.field("downsize_rate_xyz", c.downsize_rate_xyz, downsizing,
          "how much smaller the global input is");
  v.field("fixed_volume_xyz", c.fixed_volume_xyz, voxel_extent,
          "extent under data.fixed_volume: on");
  v.field("nsd_tolerance_mm", c.nsd_tolerance_mm, positive,
          "tolerance of the surface Dice in mm; replaces the data set's tolerances of single "
          "classes too");
  v.field("nsd_tolerances_mm", c.nsd_tolerances_mm, positive,
          "tolerances of single classes, by name");
  v.field("preprocessing", c.preprocessing, "intensity, spacing, crop and pad");
  v.field("phantom", c.phantom, "differences from data.phantom");
  v.field("training", c.training, "differences from training");
  v.field("evaluation", c.evaluation, "differences from evaluation");
}

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
