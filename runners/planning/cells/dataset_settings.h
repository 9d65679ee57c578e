#pragma once

#include <map>
#include <optional>
#include <string>

#include "datasets/layouts/descriptor.h"
#include "runners/planning/experiment/experiment.h"

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

/// The settings of an entry of `datasets`; puts its version into the descriptor. Throws ConfigError
/// with file:line:column for a wrong setting, and for a rule of intensities where each channel has
/// its own.
DatasetSettings read_settings(const ExperimentConfig& config, const NamedEntry& entry,
                              datasets::DatasetDescriptor& descriptor);

/// Leaves in the task the tolerances that hold: the experiment's for all classes, or else the data
/// set's with those of its classes that differ.
void settle_tolerances(EvaluationConfig& evaluation, datasets::DatasetDescriptor& descriptor);

}  // namespace nmsw::runners
