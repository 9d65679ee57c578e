#include "runners/planning/plan/plan_builder.h"

#include <algorithm>
#include <cmath>

#include "nmsw/config/methods.h"
#include "runners/planning/forecast/training_forecast.h"
#include "runners/planning/tasks/identity.h"
#include "runners/planning/tasks/result_versions.h"

namespace nmsw::runners {
namespace {

/// Weights, the optimiser's two moments, and the best weights so far; 4 bytes each.
constexpr double kCheckpointBytesPerParameter = 16;

NetworkSpec network_spec(const BackboneCostModel& local, const BackboneCostModel& global,
                         TrainingScheme scheme) {
  NetworkSpec spec;
  if (scheme != TrainingScheme::global) {
    spec.backbone = local.name;
    spec.backbone_config = local.config_json;
  }
  if (scheme != TrainingScheme::local) {
    spec.global_backbone = global.name;
    spec.global_config = global.config_json;
  }
  return spec;
}

double known_bytes(int64_t bytes) { return bytes > 0 ? static_cast<double>(bytes) : kUnknown; }

/// Both networks. A method that has no global pass is charged one in the paper's figures.
NetworkSpec both_networks(const BackboneCostModel& local, const BackboneCostModel& global) {
  return network_spec(local, global, TrainingScheme::nmsw);
}

/// The trainings whose weights a cell's method takes.
std::vector<TrainingScheme> needs_of(const MethodCell& method) {
  if (method.local_network == LocalNetwork::nmsw) return {TrainingScheme::nmsw};
  return method_named(method.name).needs;
}

/// A profile's weights are fresh, so that nothing tells where `auto` would end.
std::vector<std::string> profiled_k(std::vector<std::string> k) {
  if (!has_auto_k(k)) return k;
  k.erase(std::remove(k.begin(), k.end(), kAutoKName), k.end());
  return k.empty() ? std::vector<std::string>{"full"} : k;
}

}  // namespace

std::string k_text(const std::vector<std::string>& k) { return joined(k, ","); }

datasets::FitConfig fit_for(const datasets::DatasetDescriptor& descriptor,
                            const BackboneCostModel& global) {
  datasets::FitConfig fit;
  fit.minimum_xyz = descriptor.patch_xyz;
  fit.fixed_xyz = descriptor.fixed_volume_xyz;
  if (!fit.fixed_xyz) return fit;
  for (size_t axis = 0; axis < 3; ++axis) {
    fit.multiple_xyz[axis] = descriptor.downsize_rate_xyz[axis] * global.size_multiple;
    if ((*fit.fixed_xyz)[axis] % fit.multiple_xyz[axis] != 0) {
      throw ConfigError(
          "data set '{}': its fixed extent {} must be a multiple of {} (downsize rate {} times {} "
          "of {}); "
          "change dataset_settings.{}.fixed_volume_xyz",
          descriptor.name, (*fit.fixed_xyz)[axis], fit.multiple_xyz[axis],
          descriptor.downsize_rate_xyz[axis], global.size_multiple, global.name, descriptor.name);
    }
  }
  return fit;
}

PlanBuilder::PlanBuilder(const ExperimentConfig& config, const Grid& grid,
                         const PlanOptions& options, Plan begun)
    : config_(config),
      grid_(grid),
      options_(options),
      networks_(resolve_networks(config)),
      plan_(std::move(begun)) {
  for (const results::TaskRecord& task : plan_.tasks) keys_.insert(task.key);
}

void PlanBuilder::add(results::TaskRecord task) {
  task.experiment = config_.experiment;
  if (keys_.insert(task.key).second) plan_.tasks.push_back(std::move(task));
}

double PlanBuilder::seconds(double macs) const {
  return rough_seconds(macs, options_.on_cuda() ? "cuda" : "cpu", options_.threads);
}

PassInput PlanBuilder::pass_input(const DatasetCell& dataset, const Cell& cell) const {
  const datasets::DatasetDescriptor& descriptor = dataset.data.descriptor;
  PassInput input{dataset.where + ": ",
                  cell.method.name,
                  cell.method.k.empty() ? "" : cell.method.k.back(),
                  pass_volume(descriptor, cell.method.evaluation(dataset.evaluation).overlap,
                              dataset.largest_extent_xyz),
                  datasets::num_classes(descriptor),
                  cell.method.model};
  input.in_channels = datasets::channel_count(descriptor);
  return input;
}

PassInput PlanBuilder::work_input(const DatasetCell& dataset, const Cell& cell) const {
  PassInput input = pass_input(dataset, cell);
  const bool tries_every = method_named(cell.method.name).takes_order() &&
                           cell.method.evaluation(dataset.evaluation).order == PatchOrder::oracle;
  if (tries_every) input.k = "full";
  return input;
}

double PlanBuilder::macs_of_cases(const DatasetCell& dataset, const Cell& cell,
                                  double largest) const {
  const auto cases = static_cast<double>(std::max<int64_t>(dataset.test_cases, 1));
  if (dataset.test_extents_xyz.empty()) return largest * cases;
  PassInput input = work_input(dataset, cell);
  double sum = 0;
  for (const Int3& extent : dataset.test_extents_xyz) {
    input.volume.volume_xyz = extent;
    sum += predict_cost(input, networks_.local_named(cell.backbone), networks_.global).cost.macs;
  }
  return sum * cases / static_cast<double>(dataset.test_extents_xyz.size());
}

void PlanBuilder::predict_training(const Cell& cell, const TrainSpec& spec,
                                   results::TaskRecord& task) {
  const DatasetCell& dataset = grid_.dataset(cell);
  PassInput input = pass_input(dataset, cell);
  input.volume.volume_xyz = *dataset.largest_training_xyz;
  const TrainingForecast forecast = forecast_training(
      spec, input, dataset.training_cases, networks_.local_named(cell.backbone), networks_.global);
  input.volume.volume_xyz = *dataset.usual_training_xyz;
  const TrainingForecast usual = forecast_training(
      spec, input, dataset.training_cases, networks_.local_named(cell.backbone), networks_.global);
  task.macs_paper = forecast.cost.macs_paper;
  task.predicted_s = seconds(usual.cost.macs);
  task.predicted_peak_bytes = forecast.peak_bytes;
  if (keys_.count(task.key) == 0 && std::isfinite(forecast.cost.params)) {
    plan_.disk_bytes += forecast.cost.params * kCheckpointBytesPerParameter;
  }
}

WeightsRef PlanBuilder::add_training(const Cell& cell, TrainingScheme scheme) {
  const TrainingConfig training = training_of(cell, scheme);
  std::vector<WeightsRef> starts;
  if (scheme == TrainingScheme::nmsw && training.initialise_nmsw_from == InitialiseFrom::trained) {
    starts = {add_training(cell, TrainingScheme::local),
              add_training(cell, TrainingScheme::global)};
  }
  return add_training(cell, scheme, for_scheme(training, scheme), starts);
}

WeightsRef PlanBuilder::add_method_training(const Cell& cell, TrainingScheme scheme) {
  WeightsRef trained = add_training(cell, scheme);
  const TrainingConfig training = training_of(cell, TrainingScheme::nmsw);
  const bool goes_on = scheme == TrainingScheme::local && training.equal_local_steps &&
                       training.initialise_nmsw_from == InitialiseFrom::trained;
  if (!goes_on) return trained;
  return add_training(cell, scheme, for_scheme(training, TrainingScheme::nmsw), {trained});
}

TrainingConfig PlanBuilder::training_of(const Cell& cell, TrainingScheme scheme) const {
  TrainingConfig training = grid_.dataset(cell).training;
  const auto own = config_.backbone_training.find(cell.backbone);
  if (own && scheme != TrainingScheme::global) read_value(*own, training);
  // The best weights would be chosen by the cases that are scored.
  if (cell.fold) training.keep_weights = KeepWeights::last;
  return training;
}

WeightsRef PlanBuilder::add_training(const Cell& cell, TrainingScheme scheme,
                                     const TrainingConfig& training,
                                     const std::vector<WeightsRef>& starts) {
  const DatasetCell& dataset = grid_.dataset(cell);
  TrainSpec spec;
  spec.result_format = result_version("train", enum_name(scheme));
  spec.scheme = scheme;
  spec.data = dataset.data;
  spec.data.files = dataset.training_files;
  spec.data.fit = fit_for(spec.data.descriptor, networks_.global);
  spec.networks = network_spec(networks_.local_named(cell.backbone), networks_.global, scheme);
  spec.model = cell.method.model;
  spec.training = training;
  spec.overlap = cell.method.evaluation(dataset.evaluation).overlap;
  spec.seed = cell.seed;
  spec.weights = starts;
  results::TaskRecord task;
  task.key = task_key(spec);
  task.kind = "train";
  task.dataset = cell.dataset;
  task.backbone = scheme == TrainingScheme::global ? networks_.global.name : cell.backbone;
  task.scheme = enum_name(scheme);
  task.variant = config_.variant;
  if (scheme == TrainingScheme::nmsw) {
    task.class_weight = cell.method.class_weight;
    task.variant = cell.method.variant;
  }
  task.seed = cell.seed;
  task.fold = cell.fold.value_or(results::kNoFold);
  task.config_json = canonical_text(spec);
  for (const WeightsRef& ref : spec.weights) task.depends_on.push_back(ref.task_key);
  predict_training(cell, spec, task);
  WeightsRef ref{scheme, task.key};
  add(std::move(task));
  return ref;
}

void PlanBuilder::add_evaluation(const Cell& cell) {
  const Method& method = method_named(cell.method.name);
  if (method.needs.empty()) return add_template_copy(cell);
  const DatasetCell& dataset = grid_.dataset(cell);
  require_patch(dataset.data.descriptor.patch_xyz, networks_.local_named(cell.backbone),
                dataset.where + ": ");
  EvaluateSpec spec;
  spec.result_format = result_version("evaluate", cell.method.name);
  spec.method = cell.method.name;
  spec.k = cell.method.k;
  spec.data = dataset.data;
  spec.data.files = dataset.test_files;
  spec.data.fit = fit_for(spec.data.descriptor, networks_.global);
  spec.networks = both_networks(networks_.local_named(cell.backbone), networks_.global);
  if (method.has_global_pass) spec.model = cell.method.model;
  spec.evaluation = cell.method.evaluation(dataset.evaluation);
  if (!method.takes_k()) spec.evaluation.noise_at_test = false;
  for (const TrainingScheme need : needs_of(cell.method))
    spec.weights.push_back(add_method_training(cell, need));
  spec.seed = cell.seed;
  const BackboneCostModel& local = networks_.local_named(cell.backbone);
  const PassPrediction pass = predict_cost(pass_input(dataset, cell), local, networks_.global);
  const PassPrediction work = predict_pass(work_input(dataset, cell), local, networks_.global);
  results::TaskRecord task;
  task.key = task_key(spec);
  task.kind = "evaluate";
  task.dataset = cell.dataset;
  task.backbone = cell.backbone;
  task.method = cell.method.name;
  task.k = k_text(cell.method.k);
  task.class_weight = cell.method.class_weight;
  task.variant = cell.method.variant;
  task.seed = cell.seed;
  task.fold = cell.fold.value_or(results::kNoFold);
  task.config_json = canonical_text(spec);
  for (const WeightsRef& ref : spec.weights) task.depends_on.push_back(ref.task_key);
  task.macs_paper = pass.cost.macs_paper;
  task.predicted_s = seconds(macs_of_cases(dataset, cell, work.cost.macs));
  task.predicted_peak_bytes = known_bytes(work.peak_bytes);
  task.cases_expected = dataset.test_cases;
  plan_.patches[task.key] = pass.patches_used;
  add(std::move(task));
}

void PlanBuilder::add_template_copy(const Cell& cell) {
  const DatasetCell& dataset = grid_.dataset(cell);
  if (dataset.deformed_test_cases == 0) {
    throw ConfigError(
        "{}: no test case of '{}' is a deformation, so {} has nothing to copy; take the cell out "
        "with exclude: [{{dataset: {}, method: {}}}]",
        cell.method.where, cell.dataset, kTemplateCopy, cell.dataset, kTemplateCopy);
  }
  EvaluateSpec spec;
  spec.result_format = result_version("evaluate", cell.method.name);
  spec.method = cell.method.name;
  spec.data = dataset.data;
  spec.data.files = dataset.test_files;
  spec.data.fit = fit_for(spec.data.descriptor, networks_.global);
  spec.networks.backbone = cell.backbone;
  spec.evaluation = dataset.evaluation;
  spec.evaluation.overlap = EvaluationConfig{}.overlap;
  spec.evaluation.noise_at_test = false;
  results::TaskRecord task;
  task.key = task_key(spec);
  task.kind = "evaluate";
  task.dataset = cell.dataset;
  task.backbone = cell.backbone;
  task.method = cell.method.name;
  task.variant = cell.method.variant;
  task.fold = cell.fold.value_or(results::kNoFold);
  task.config_json = canonical_text(spec);
  task.cases_expected = dataset.deformed_test_cases;
  add(std::move(task));
}

void PlanBuilder::add_profiles(const ProfileConfig& profile) {
  for (const std::string& device : profile.devices) {
    if (device != "cpu" && device != "cuda") {
      throw ConfigError("profile.devices: '{}' is no device; choose cpu and/or cuda", device);
    }
    if (device == "cuda" && !options_.has_cuda) {
      plan_.notes.emplace_back(
          "profiles on cuda are left out: no NVIDIA device can be used here (nmsw doctor says "
          "why)");
      continue;
    }
    for (const BackboneCostModel& backbone : networks_.local) {
      std::vector<MethodCell>
          methods;  // one a method: its parameters other than k do not change the speed
      for (const Cell& cell : grid_.cells) {
        if (cell.backbone != backbone.name || method_named(cell.method.name).needs.empty())
          continue;
        const auto same =
            std::find_if(methods.begin(), methods.end(),
                         [&](const MethodCell& before) { return before.name == cell.method.name; });
        if (same == methods.end()) {
          methods.push_back(cell.method);
          methods.back().k = profiled_k(cell.method.k);
        } else {
          add_k(profiled_k(cell.method.k), same->k);
        }
      }
      for (const MethodCell& method : methods) add_profile(profile, backbone, method, device);
    }
  }
}

void PlanBuilder::add_profile(const ProfileConfig& profile, const BackboneCostModel& backbone,
                              const MethodCell& method, const std::string& device) {
  const bool has_global_pass = method_named(method.name).has_global_pass;
  ProfileSpec spec;
  spec.result_format = result_version("profile", method.name);
  spec.method = method.name;
  spec.k = method.k;
  spec.networks = both_networks(backbone, networks_.global);
  if (has_global_pass) spec.model.aggregation = config_.model.aggregation;
  spec.volume_xyz = profile.volume;
  spec.patch_xyz = profile.patch;
  spec.downsize_rate_xyz = profile.downsize_rate;
  spec.overlap = profile.overlap;
  spec.num_classes = profile.classes;
  spec.device = device;
  spec.warmup = profile.warmup;
  spec.repeats = profile.repeats;
  PassInput input{"profile: ",
                  method.name,
                  "",
                  {profile.volume, profile.patch, profile.downsize_rate, profile.overlap},
                  profile.classes,
                  spec.model};
  double macs = 0;
  PassPrediction pass;
  for (const std::string& k : method.k.empty() ? std::vector<std::string>{""} : method.k) {
    input.k = k;
    pass = predict_pass(input, backbone, networks_.global);
    macs += pass.cost.macs;
  }
  results::TaskRecord task;
  task.key = task_key(spec);
  task.kind = "profile";
  task.backbone = backbone.name;
  task.method = method.name;
  task.k = k_text(method.k);
  task.config_json = canonical_text(spec);
  task.macs_paper = pass.cost.macs_paper;
  task.predicted_s = rough_seconds(macs, device, options_.threads) *
                     static_cast<double>(profile.repeats + profile.warmup);
  task.predicted_peak_bytes = known_bytes(pass.peak_bytes);
  plan_.patches[task.key] = pass.patches_used;
  add(std::move(task));
}

}  // namespace nmsw::runners
