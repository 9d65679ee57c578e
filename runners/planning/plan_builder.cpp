#include "runners/planning/plan_builder.h"

#include <algorithm>
#include <cmath>

#include "runners/planning/identity.h"

namespace nmsw::runners {
namespace {

/// A training step runs forward and twice as much backward.
constexpr double kStepOverForward = 3;
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

/// The scheme whose networks a method runs with.
TrainingScheme widest_need(const MethodEntry& entry) {
  return entry.needs.size() > 1 ? TrainingScheme::nmsw : entry.needs.front();
}

}  // namespace

std::string k_text(const std::vector<std::string>& k) { return joined(k, ","); }

datasets::FitConfig fit_for(const datasets::DatasetDescriptor& descriptor, TrainingScheme scheme,
                            const BackboneCostModel& global) {
  datasets::FitConfig fit;
  fit.minimum_xyz = descriptor.patch_xyz;
  fit.fixed_xyz = descriptor.fixed_volume_xyz;
  if (scheme == TrainingScheme::local) return fit;
  for (size_t axis = 0; axis < 3; ++axis) {
    fit.multiple_xyz[axis] = descriptor.downsize_rate_xyz[axis] * global.size_multiple;
    if (fit.fixed_xyz && (*fit.fixed_xyz)[axis] % fit.multiple_xyz[axis] != 0) {
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
  PassInput input;
  input.where = dataset.where + ": ";
  input.method = cell.method.name;
  input.k = cell.method.k.empty() ? "" : cell.method.k.back();
  input.volume_xyz = dataset.typical_extent_xyz;
  input.patch_xyz = descriptor.patch_xyz;
  input.downsize_rate_xyz = descriptor.downsize_rate_xyz;
  input.overlap = cell.method.evaluation(dataset.evaluation).overlap;
  input.num_classes = datasets::num_classes(descriptor);
  input.aggregation = cell.method.model.aggregation;
  return input;
}

void PlanBuilder::predict_training(const Cell& cell, const TrainSpec& spec,
                                   results::TaskRecord& task) {
  const DatasetCell& dataset = grid_.dataset(cell.dataset);
  const PassInput input = pass_input(dataset, cell);
  const BackboneCostModel& local = networks_.local_named(cell.backbone);
  const Int3 coarse =
      coarse_extent(input.volume_xyz, input.downsize_rate_xyz, networks_.global.size_multiple);
  const bool has_local = spec.scheme != TrainingScheme::global;
  const bool has_global = spec.scheme != TrainingScheme::local;
  const int64_t patches = spec.scheme == TrainingScheme::local
                              ? spec.training.local_patches
                              : spec.training.top_k_patches + spec.training.random_patches;
  Cost forward;
  double peak = 0;
  if (has_local) {
    forward =
        forward + local.cost(1, input.num_classes, input.patch_xyz) * static_cast<double>(patches);
    peak += known_bytes(local.peak_bytes(1, input.num_classes, input.patch_xyz)) *
            static_cast<double>(patches);
  }
  if (has_global) {
    forward = forward + networks_.global.cost(1, input.num_classes, coarse);
    peak += known_bytes(networks_.global.peak_bytes(1, input.num_classes, coarse));
  }
  if (spec.scheme == TrainingScheme::nmsw && spec.model.aggregation == AggregationKind::conv) {
    const auto merged = static_cast<double>(spec.training.top_k_patches);
    forward = forward + conv_aggregation_cost(input.num_classes, input.patch_xyz) * merged;
    peak += merged *
            static_cast<double>(conv_aggregation_peak_bytes(input.num_classes, input.patch_xyz));
  }
  const auto steps = static_cast<double>(spec.training.epochs * spec.training.iterations_per_epoch);
  task.macs_paper = forward.macs_paper * kStepOverForward * steps;
  task.predicted_s = seconds(forward.macs * kStepOverForward * steps);
  task.predicted_peak_bytes = peak * kStepOverForward;
  if (keys_.count(task.key) == 0 && std::isfinite(forward.params)) {
    plan_.disk_bytes += forward.params * kCheckpointBytesPerParameter;
  }
}

WeightsRef PlanBuilder::add_training(const Cell& cell, TrainingScheme scheme) {
  const DatasetCell& dataset = grid_.dataset(cell.dataset);
  TrainSpec spec;
  spec.scheme = scheme;
  spec.data = dataset.data;
  spec.data.files = dataset.training_files;
  spec.data.fit = fit_for(spec.data.descriptor, scheme, networks_.global);
  spec.networks = network_spec(networks_.local_named(cell.backbone), networks_.global, scheme);
  spec.model = cell.method.model;
  TrainingConfig training = dataset.training;
  const auto own = config_.backbone_training.find(cell.backbone);
  if (own && scheme != TrainingScheme::global) read_value(*own, training);
  spec.training = for_scheme(training, scheme);
  spec.overlap = cell.method.evaluation(dataset.evaluation).overlap;
  spec.seed = cell.seed;
  if (scheme == TrainingScheme::nmsw &&
      spec.training.initialise_nmsw_from == InitialiseFrom::trained) {
    spec.weights = {add_training(cell, TrainingScheme::local),
                    add_training(cell, TrainingScheme::global)};
  }
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
  task.config_json = canonical_text(spec);
  for (const WeightsRef& ref : spec.weights) task.depends_on.push_back(ref.task_key);
  predict_training(cell, spec, task);
  const WeightsRef ref{scheme, task.key};
  add(std::move(task));
  return ref;
}

void PlanBuilder::add_evaluation(const Cell& cell) {
  const MethodEntry& entry = *find_method(cell.method.name);
  if (entry.needs.empty()) return add_template_copy(cell);
  const DatasetCell& dataset = grid_.dataset(cell.dataset);
  const TrainingScheme scheme = widest_need(entry);
  require_patch(dataset.data.descriptor.patch_xyz, networks_.local_named(cell.backbone),
                dataset.where + ": ");
  EvaluateSpec spec;
  spec.method = cell.method.name;
  spec.k = cell.method.k;
  spec.data = dataset.data;
  spec.data.files = dataset.test_files;
  spec.data.fit = fit_for(spec.data.descriptor, scheme, networks_.global);
  spec.networks = network_spec(networks_.local_named(cell.backbone), networks_.global, scheme);
  if (scheme != TrainingScheme::local) spec.model = cell.method.model;
  spec.evaluation = cell.method.evaluation(dataset.evaluation);
  if (entry.patches == PatchChoice::none) spec.evaluation.noise_at_test = false;
  for (const TrainingScheme need : entry.needs) spec.weights.push_back(add_training(cell, need));
  spec.seed = cell.seed;
  const PassPrediction pass = predict_pass(pass_input(dataset, cell),
                                           networks_.local_named(cell.backbone), networks_.global);
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
  task.config_json = canonical_text(spec);
  for (const WeightsRef& ref : spec.weights) task.depends_on.push_back(ref.task_key);
  task.macs_paper = pass.cost.macs_paper;
  task.predicted_s =
      seconds(pass.cost.macs) * static_cast<double>(std::max<int64_t>(dataset.test_cases, 1));
  task.predicted_peak_bytes = known_bytes(pass.peak_bytes);
  task.cases_expected = dataset.test_cases;
  add(std::move(task));
}

void PlanBuilder::add_template_copy(const Cell& cell) {
  const DatasetCell& dataset = grid_.dataset(cell.dataset);
  if (dataset.deformed_test_cases == 0) {
    throw ConfigError(
        "{}: no test case of '{}' is a deformation, so {} has nothing to copy; take the cell out "
        "with exclude: [{{dataset: {}, method: {}}}]",
        cell.method.where, cell.dataset, kTemplateCopy, cell.dataset, kTemplateCopy);
  }
  EvaluateSpec spec;
  spec.method = cell.method.name;
  spec.data = dataset.data;
  spec.data.files = dataset.test_files;
  spec.data.fit = fit_for(spec.data.descriptor, TrainingScheme::local, networks_.global);
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
      plan_.notes.emplace_back("profiles on cuda are left out: this machine has no NVIDIA device");
      continue;
    }
    for (const BackboneCostModel& backbone : networks_.local) {
      std::vector<MethodCell>
          methods;  // one a method: its parameters other than k do not change the speed
      for (const Cell& cell : grid_.cells) {
        if (cell.backbone != backbone.name || find_method(cell.method.name)->needs.empty())
          continue;
        const auto same =
            std::find_if(methods.begin(), methods.end(),
                         [&](const MethodCell& before) { return before.name == cell.method.name; });
        if (same == methods.end()) {
          methods.push_back(cell.method);
        } else {
          same->k.insert(same->k.end(), cell.method.k.begin(), cell.method.k.end());
          same->k = sorted_k(same->k);
        }
      }
      for (const MethodCell& method : methods) add_profile(profile, backbone, method, device);
    }
  }
}

void PlanBuilder::add_profile(const ProfileConfig& profile, const BackboneCostModel& backbone,
                              const MethodCell& method, const std::string& device) {
  const MethodEntry& entry = *find_method(method.name);
  ProfileSpec spec;
  spec.method = method.name;
  spec.k = method.k;
  spec.networks = network_spec(backbone, networks_.global, widest_need(entry));
  if (widest_need(entry) != TrainingScheme::local)
    spec.model.aggregation = config_.model.aggregation;
  spec.volume_xyz = profile.volume;
  spec.patch_xyz = profile.patch;
  spec.downsize_rate_xyz = profile.downsize_rate;
  spec.overlap = profile.overlap;
  spec.num_classes = profile.classes;
  spec.device = device;
  spec.warmup = profile.warmup;
  spec.repeats = profile.repeats;
  PassInput input;
  input.where = "profile: ";
  input.method = method.name;
  input.volume_xyz = profile.volume;
  input.patch_xyz = profile.patch;
  input.downsize_rate_xyz = profile.downsize_rate;
  input.overlap = profile.overlap;
  input.num_classes = profile.classes;
  input.aggregation = spec.model.aggregation;
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
  add(std::move(task));
}

}  // namespace nmsw::runners
