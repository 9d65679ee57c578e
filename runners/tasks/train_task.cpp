#include <algorithm>
#include <filesystem>

#include "nmsw/base/digest.h"
#include "nmsw/base/seed.h"
#include "nmsw/profiling/device_peak.h"
#include "nmsw/profiling/peak_memory.h"
#include "nmsw/training/trainer.h"
#include "runners/options/attempt_folder.h"
#include "runners/options/verb_plan.h"
#include "runners/tasks/case_set.h"
#include "runners/tasks/case_slices.h"
#include "runners/tasks/networks.h"
#include "runners/tasks/task_context.h"
#include "runners/tasks/training_scheme.h"

namespace nmsw::runners {
namespace {

namespace fs = std::filesystem;

/// Puts the weights of finished trainings into the networks inside NMSW.
void start_from(const TrainSpec& spec, const NetworkSet& networks, const TaskContext& context) {
  for (const WeightsRef& ref : spec.weights) {
    const fs::path file = context.checkpoint_of(ref.task_key);
    const TensorFile content = load_tensor_file(file, FileOrigin::verified);
    require_finite(content.tensors, file.string());
    torch::nn::Module& target = ref.role == TrainingScheme::local
                                    ? static_cast<torch::nn::Module&>(*networks.local)
                                    : *networks.global;
    assign_tensors(target, content.tensors, file.string());
  }
}

/// The terms as they are stored: scores of classes under their names.
nlohmann::ordered_json stored_terms(nlohmann::ordered_json terms,
                                    const std::vector<std::string>& classes) {
  const auto scores = terms.find(kValidationDice);
  if (scores == terms.end()) return terms;
  nlohmann::ordered_json named;
  for (size_t i = 0; i < scores->size(); ++i) named[classes.at(i)] = scores->at(i);
  *scores = named;
  return terms;
}

results::EpochLog epoch_log(const EpochSummary& epoch, const TrainSpec& spec) {
  results::EpochLog log;
  log.epoch = epoch.epoch;
  log.learning_rate = epoch.learning_rate;
  if (spec.scheme == TrainingScheme::nmsw) log.tau = epoch.tau;
  log.train_loss = epoch.train_loss;
  log.validation_loss = epoch.validation_loss;
  log.loss_terms = stored_terms(epoch.terms, spec.data.descriptor.classes);
  log.seconds = epoch.seconds;
  return log;
}

std::vector<results::EpochLog> epoch_logs(const TrainingOutcome& outcome, const TrainSpec& spec) {
  std::vector<results::EpochLog> logs;
  for (const EpochSummary& epoch : outcome.epochs) logs.push_back(epoch_log(epoch, spec));
  return logs;
}

results::SelectionMap selection_map(const SelectionRecord& record) {
  const PatchSelection& selection = record.selection;
  results::SelectionMap map;
  map.epoch = record.epoch;
  map.case_id = record.case_id;
  map.counts_xyz = reversed(selection.counts_dhw);
  map.log_probability = selection.log_probability;
  for (size_t rank = 0; rank < selection.chosen.size(); ++rank) {
    const int64_t patch = selection.chosen[rank];
    map.picks.push_back({record.case_id, static_cast<int64_t>(rank), patch,
                         selection.log_probability[static_cast<size_t>(patch)],
                         reversed(selection.starts_dhw[rank]), reversed(selection.patch_dhw)});
  }
  return map;
}

/// What was chosen in the first validation case as it was learned, and the planes of it that the
/// figure shows.
void add_selections(const TrainingOutcome& outcome, CaseSet& cases, results::TaskResult& result) {
  if (outcome.selections.empty()) return;
  for (const SelectionRecord& record : outcome.selections)
    result.selection_maps.push_back(selection_map(record));
  const datasets::CaseFiles& shown = cases.of(datasets::Split::validation).front();
  result.slices = case_slices(cases.load(shown), nullptr, "");
}

TrainerSettings trainer_settings(const TrainSpec& spec, const TaskContext& context,
                                 Progress& progress) {
  TrainerSettings settings;
  settings.training = spec.training;
  settings.tau_start = spec.model.tau_start;
  settings.tau_end = spec.model.tau_end;
  settings.seed =
      derive_seed(static_cast<uint64_t>(spec.seed), {"training", enum_name(spec.scheme)});
  // A local training that goes on must not draw the same patches once more.
  if (spec.scheme == TrainingScheme::local && !spec.weights.empty()) {
    settings.seed = derive_seed(settings.seed, {"continued"});
  }
  settings.device = context.device;
  settings.state_file = context.folder / kStateFile;
  settings.note = tell_on_stderr;
  settings.stop = context.stop;
  settings.epoch_done = [&context, &spec](const EpochSummary& epoch) {
    context.epoch_done(epoch_log(epoch, spec));
  };
  settings.progress = [&context, &progress, first = true](int64_t done, int64_t total,
                                                          int64_t skipped,
                                                          const std::string& text) mutable {
    if (first) progress.skip_to(skipped);
    first = false;
    progress.update(done, text);
    context.report(static_cast<double>(done) / static_cast<double>(total), text);
  };
  return settings;
}

/// A network whose weights stay as they are has nothing to train.
bool has_trainable_weights(const torch::nn::Module& module) {
  const std::vector<torch::Tensor> parameters = module.parameters();
  return std::any_of(parameters.begin(), parameters.end(),
                     [](const torch::Tensor& parameter) { return parameter.requires_grad(); });
}

}  // namespace

TaskOutcome run_train_task(const results::TaskRecord& task, const TaskContext& context) {
  const auto spec = read_config<TrainSpec>(ConfigNode::parse(task.config_json, task.key));
  CaseSet cases(spec.data, context.cache);
  const NetworkDescription description{spec.scheme, spec.networks, spec.model, spec.data,
                                       spec.overlap};
  const NetworkSet networks = build_networks(description, static_cast<uint64_t>(spec.seed));
  start_from(spec, networks, context);
  torch::nn::Module& module = networks.trained(spec.scheme);
  module.to(context.device);
  const std::unique_ptr<Scheme> scheme = make_scheme(spec, networks, context.device);
  SplitCases training(cases, datasets::Split::train),
      validation(cases, datasets::Split::validation);
  Progress progress(task_title(task), spec.training.epochs * spec.training.iterations_per_epoch,
                    context.progress);
  reset_peak_host_bytes();
  const DevicePeak device_peak(context.device, context.device.is_cuda());
  TrainingOutcome outcome;
  if (has_trainable_weights(module)) {
    outcome = train(*scheme, training, validation, trainer_settings(spec, context, progress));
  }

  const fs::path file = context.folder / kModelFile;
  save_model(file, description, module);
  TaskOutcome found;
  found.data_sha = cases.digest();
  found.result.epochs = epoch_logs(outcome, spec);
  add_selections(outcome, cases, found.result);
  add_peaks({peak_host_bytes(), device_peak.bytes()},
            static_cast<int64_t>(task.predicted_peak_bytes), "", context.device, found.result);
  found.result.artifacts.push_back(
      {"checkpoint", file.string(), sha256_file(file), static_cast<int64_t>(fs::file_size(file))});
  return found;
}

}  // namespace nmsw::runners
