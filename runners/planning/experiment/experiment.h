#pragma once

#include <filesystem>
#include <optional>
#include <string>
#include <vector>

#include "datasets/phantoms/phantom.h"
#include "nmsw/base/config_fields.h"
#include "nmsw/config/evaluation_config.h"
#include "nmsw/config/model_config.h"
#include "nmsw/config/preset.h"
#include "nmsw/config/training_config.h"
#include "runners/planning/experiment/entry_list.h"
#include "runners/planning/experiment/order_list.h"
#include "runners/planning/experiment/preset_list.h"
#include "runners/planning/experiment/subtree.h"

namespace nmsw::runners {

/// Which cases an experiment runs on: the real files where a folder of them is named (which must be
/// there) or the data set's own is there, else phantoms; or one of the two.
enum class DataChoice { automatic, phantom, real };

/// Whether every case is cropped and padded to the data set's fixed extent, as the authors do (it
/// can lose tissue).
enum class FixedVolume { off, on };

}  // namespace nmsw::runners

template <>
struct nmsw::EnumNames<nmsw::runners::DataChoice> {
  static constexpr std::array<std::pair<nmsw::runners::DataChoice, const char*>, 3> values{
      {{nmsw::runners::DataChoice::automatic, "auto"},
       {nmsw::runners::DataChoice::phantom, "phantom"},
       {nmsw::runners::DataChoice::real, "real"}}};
};
template <>
struct nmsw::EnumNames<nmsw::runners::FixedVolume> {
  static constexpr std::array<std::pair<nmsw::runners::FixedVolume, const char*>, 2> values{
      {{nmsw::runners::FixedVolume::off, "off"}, {nmsw::runners::FixedVolume::on, "on"}}};
};

namespace nmsw::runners {

/// Folds of a cross-validation.
inline constexpr Within<2, 100> fold_counts{};

/// Draws of an order of patches that is drawn at random.
inline constexpr Within<1, 1000> order_draw_count{};

/// Where cases come from. An absent pad value keeps the data set's own.
struct DataConfig {
  DataChoice source = DataChoice::automatic;
  Subtree roots;
  int64_t cache_bytes = int64_t{20} << 30;
  datasets::PhantomConfig phantom;
  FixedVolume fixed_volume = FixedVolume::off;
  std::optional<double> pad_value;
  std::optional<double> divisible_pad_value;
};

template <class Visitor>
void visit_fields(DataConfig& c, Visitor& v) {
  v.field("source", c.source,
          "auto: real files where a folder is named or the data set's own is there, else phantoms");
  v.field("roots", c.roots,
          "folder of each data set's files, by name, relative to this file (else to the working "
          "directory); absent: the data set's own default");
  v.field("cache_bytes", c.cache_bytes, not_negative,
          "largest size of the cache of prepared cases; 0: no cache");
  v.field("phantom", c.phantom, "how phantoms are made");
  v.field("fixed_volume", c.fixed_volume,
          "crop and pad every case to the data set's fixed extent (authors: on)");
  v.field("pad_value", c.pad_value,
          "intensity of the pad to a patch's size; absent: the data set's (authors: -0.1)");
  v.field("divisible_pad_value", c.divisible_pad_value,
          "intensity of the pad to a multiple of the networks' strides; absent: the data set's "
          "(authors: 0)");
}

/// How cases are evaluated, and the orders of patches that the grid adds to NMSW's own. These are
/// no settings of a task: each order makes a task that has it as its own.
struct EvaluationSection : EvaluationConfig {
  OrderList orders;
  int64_t order_draws = 5;
};

template <class Visitor>
void visit_fields(EvaluationSection& c, Visitor& v) {
  visit_fields(static_cast<EvaluationConfig&>(c), v);
  v.field(
      "orders", c.orders,
      "further orders of the patches of the same trained networks, an evaluation each: names or "
      "{coverage: {gain: […], discount: […]}}; lists multiply; oracle runs every patch");
  v.field("order_draws", c.order_draws, order_draw_count,
          "how often the orders among them that are drawn at random are drawn");
}

/// Speed, memory and closed forms of every method, on a volume of the paper's size by default.
struct ProfileConfig {
  Int3 volume{480, 480, 480};
  Int3 patch{128, 128, 128};
  Int3 downsize_rate{3, 3, 3};
  double overlap = 0.5;
  int64_t classes = 20;
  std::vector<std::string> devices{"cpu"};
  int64_t warmup = 1;
  int64_t repeats = 3;
};

template <class Visitor>
void visit_fields(ProfileConfig& c, Visitor& v) {
  v.field("volume", c.volume, voxel_extent, "voxels of the volume along x, y, z");
  v.field("patch", c.patch, voxel_extent, "voxels of a patch along x, y, z");
  v.field("downsize_rate", c.downsize_rate, downsizing, "how much smaller the global input is");
  v.field("overlap", c.overlap, below_one,
          "overlap of neighbouring patches, as a share of the patch");
  v.field("classes", c.classes, class_count, "classes with background");
  v.field("devices", c.devices, "cpu and/or cuda; cuda is left out on a machine that has none");
  v.field("warmup", c.warmup, repetitions_or_none, "passes before the timed ones");
  v.field("repeats", c.repeats, repetitions_or_none, "timed passes; 0 gives the closed forms only");
}

/// One experiment file, with every default filled in. Parameters in the grid stay as written
/// until `expand_grid`.
///
/// presets         the values here are those of the first
/// other_presets   the experiment under each further preset
/// variant         "preset=authors" there, empty here: keeps their cells apart in the tables
struct ExperimentConfig {
  std::string experiment;
  std::string description;
  PresetList presets;
  std::vector<ExperimentConfig> other_presets;
  std::string variant;
  EntryList datasets, backbones, methods;
  SeedList seeds;
  SeedList folds;
  int64_t fold_count = 5;
  int64_t fold_seed = 0;
  Subtree include, exclude;
  Subtree networks, global_network, dataset_settings, backbone_training;
  DataConfig data;
  ModelConfig model;
  TrainingConfig training;
  EvaluationSection evaluation;
  std::optional<ProfileConfig> profile;
};

template <class Visitor>
void visit_fields(ExperimentConfig& c, Visitor& v) {
  v.field("experiment", c.experiment, "name of the experiment in the database and the report");
  v.field("description", c.description, "what it is for, in words");
  v.field("preset", c.presets, preset_names,
          "whose values hold where the paper and the authors' code differ; a list runs each");
  v.field(
      "datasets", c.datasets,
      "data sets: names, descriptor files (relative to this file, else to the working directory), "
      "or {name: {setting: value}}");
  v.field("backbones", c.backbones, "local networks: names or {name: {its own keys}}");
  v.field("methods", c.methods,
          "inference methods: names or {name: {k: […], parameter: value or list}}; lists multiply");
  v.field("seeds", c.seeds, "one training each; absent: 0");
  v.field("folds", c.folds,
          "cross-validation: the held-out folds, from 0, a training each; each case is scored by "
          "the fold that did not train on it, and the last weights are kept, since the best ones "
          "would be chosen by the scored cases; absent: the data set's own split");
  v.field("fold_count", c.fold_count, fold_counts,
          "how many folds are drawn; nnU-Net's splits_final.json wins over it");
  v.field("fold_seed", c.fold_seed, "draws the cases into folds; likewise");
  v.field("include", c.include,
          "cells added to the product: maps of datasets, backbones, methods, seeds, folds (an "
          "absent one: "
          "the grid's)");
  v.field("exclude", c.exclude,
          "cells taken out: maps of dataset, backbone, method, k, class_weight, seed, fold");
  v.field("networks", c.networks,
          "configuration of the backbones by name, e.g. {unet: {channels: [8, 16]}}");
  v.field("global_network", c.global_network,
          "the global network: a name or {name: {its own keys}}; absent: unet");
  v.field("dataset_settings", c.dataset_settings, "settings of single data sets, by name");
  v.field("backbone_training", c.backbone_training,
          "differences from training, by backbone, of its local network's and NMSW's trainings; "
          "they win over a data set's");
  v.field("data", c.data, "where cases come from");
  v.field("model", c.model, "how NMSW works");
  v.field("training", c.training, "how networks are trained");
  v.field("evaluation", c.evaluation, "how test cases are segmented and scored");
  v.field("profile", c.profile, "speed, memory and cost of every method; absent: none");
}

/// Sets every value in which the two sources differ.
void apply_preset(Preset preset, ExperimentConfig& config);

/// Reads an experiment; `overrides` are `path.to.key=value` and win over the file, which wins over
/// the preset. Throws ConfigError with file:line:column for every fault of the keys; the grid is
/// checked by `expand_grid`.
ExperimentConfig load_experiment(const std::filesystem::path& file,
                                 const std::vector<std::string>& overrides = {});
ExperimentConfig parse_experiment(const std::string& text, const std::string& name,
                                  const std::vector<std::string>& overrides = {});

}  // namespace nmsw::runners
