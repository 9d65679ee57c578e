#include "nmsw/training/trainer.h"

#include <cmath>
#include <numeric>

#include "nmsw/tensor/device_arithmetic.h"
#include "nmsw/training/adamw.h"
#include "nmsw/training/class_overlap.h"
#include "nmsw/training/loss_scaler.h"
#include "nmsw/training/schedule.h"
#include "nmsw/training/step_prefetch.h"

namespace nmsw {
namespace {

/// Share of the steps' time from which more data workers pay.
constexpr double kWaitWorthTelling = 0.03;

nlohmann::ordered_json number(double value) {
  return std::isfinite(value) ? nlohmann::ordered_json(value) : nlohmann::ordered_json();
}
double number(const nlohmann::ordered_json& value, double otherwise) {
  return value.is_null() ? otherwise : value.get<double>();
}

nlohmann::ordered_json to_json(const EpochSummary& epoch) {
  return {{"epoch", epoch.epoch},
          {"learning_rate", epoch.learning_rate},
          {"tau", epoch.tau},
          {"train_loss", epoch.train_loss},
          {"validation_loss", number(epoch.validation_loss)},
          {"terms", epoch.terms},
          {"seconds", epoch.seconds}};
}

EpochSummary epoch_from(const nlohmann::ordered_json& json) {
  EpochSummary epoch;
  epoch.epoch = json.at("epoch");
  epoch.learning_rate = json.at("learning_rate");
  epoch.tau = json.at("tau");
  epoch.train_loss = json.at("train_loss");
  epoch.validation_loss = number(json.at("validation_loss"), epoch.validation_loss);
  epoch.terms = json.at("terms");
  epoch.seconds = json.at("seconds");
  return epoch;
}

std::vector<double> rate_factors(Scheme& scheme) {
  std::vector<double> factors;
  for (const auto& parameter : scheme.network().named_parameters()) {
    factors.push_back(scheme.learning_rate_factor(parameter.key()));
  }
  return factors;
}

/// The epoch that is under way: its steps so far.
struct EpochSoFar {
  int64_t steps = 0;
  double loss = 0;
  std::map<std::string, double> terms;
  double seconds = 0;
};

nlohmann::ordered_json to_json(const EpochSoFar& epoch) {
  return {{"steps", epoch.steps},
          {"loss", epoch.loss},
          {"terms", epoch.terms},
          {"seconds", epoch.seconds}};
}

EpochSoFar epoch_so_far(const nlohmann::ordered_json& json) {
  return {json.at("steps"), json.at("loss"), json.at("terms"), json.at("seconds")};
}

class Trainer {
 public:
  Trainer(Scheme& scheme, TrainingCases& training, TrainingCases& validation,
          const TrainerSettings& settings)
      : scheme_(scheme),
        training_(training),
        validation_(validation),
        settings_(settings),
        optimiser_(scheme.network().parameters(), {settings.training.weight_decay},
                   rate_factors(scheme)),
        scaler_(settings.training.precision),
        rate_{settings.training.learning_rate, settings.training.warmup_share,
              settings.training.epochs, settings.training.warmup_start},
        tau_{settings.tau_start, settings.tau_end, 1, settings.training.epochs} {}

  TrainingOutcome run();

 private:
  void restore();
  void restore_from(const TensorFile& state);
  void save();
  void save_if_due();
  void train_step(const EpochSummary& summary, StepPrefetch& prefetch);
  EpochSummary train_epoch(int64_t epoch, StepPrefetch& prefetch);
  void run_epochs();
  std::string progress_text(int64_t epoch, double waited_seconds) const;
  double validate(EpochSummary& summary);
  void note_validation(EpochSummary& summary);
  void note_selection(int64_t epoch);
  int64_t steps_in_all() const {
    return settings_.training.epochs * settings_.training.iterations_per_epoch;
  }

  Scheme& scheme_;
  TrainingCases& training_;
  TrainingCases& validation_;
  const TrainerSettings& settings_;
  AdamW optimiser_;
  LossScaler scaler_;
  LearningRateSchedule rate_;
  TemperatureSchedule tau_;
  TrainingOutcome outcome_;
  std::map<std::string, Tensor> best_;
  EpochSoFar epoch_;
  int64_t first_step_ = 0;
  double saved_s_ = settings_.now();
};

void Trainer::restore() {
  const std::filesystem::path& file = settings_.state_file;
  if (file.empty() || !std::filesystem::exists(file)) return;
  TensorFile state;
  try {
    state = load_tensor_file(file, FileOrigin::verified);
  } catch (const DataError& fault) {
    std::filesystem::rename(file, file.string() + ".damaged");
    settings_.note(
        fmt::format("{}; the training begins anew, the damaged state is kept as {}.damaged",
                    fault.what(), file.filename().string()));
    return;
  }
  restore_from(state);
}

void Trainer::restore_from(const TensorFile& state) {
  std::map<std::string, Tensor> weights;
  for (const auto& [name, tensor] : state.tensors) {
    if (name.rfind("weight/", 0) == 0) weights.emplace(name.substr(7), tensor);
    if (name.rfind("best/", 0) == 0) best_.emplace(name.substr(5), tensor);
  }
  assign_tensors(scheme_.network(), weights, settings_.state_file.string());
  const torch::NoGradGuard no_grad;
  for (size_t i = 0; i < optimiser_.parameters().size(); ++i) {
    optimiser_.first_moments()[i].copy_(state.tensors.at("first/" + std::to_string(i)));
    optimiser_.second_moments()[i].copy_(state.tensors.at("second/" + std::to_string(i)));
  }
  optimiser_.steps().copy_(state.tensors.at("steps"));
  scaler_.restore(state.tensors.at("scaler"));
  for (const auto& epoch : state.manifest.at("epochs"))
    outcome_.epochs.push_back(epoch_from(epoch));
  // The state of a training that an earlier version began has none.
  for (const auto& record : state.manifest.value("selections", nlohmann::ordered_json::array())) {
    outcome_.selections.push_back(selection_record(record));
  }
  outcome_.best_epoch = state.manifest.at("best_epoch");
  outcome_.best_validation_loss =
      number(state.manifest.at("best_validation_loss"), outcome_.best_validation_loss);
  // Earlier versions saved at the end of epochs only.
  if (state.manifest.contains("epoch_so_far")) {
    epoch_ = epoch_so_far(state.manifest.at("epoch_so_far"));
  }
  first_step_ =
      static_cast<int64_t>(outcome_.epochs.size()) * settings_.training.iterations_per_epoch +
      epoch_.steps;
}

void Trainer::save() {
  if (settings_.state_file.empty()) return;
  TensorFile state;
  state.manifest["epoch_so_far"] = to_json(epoch_);
  state.manifest["epochs"] = nlohmann::ordered_json::array();
  for (const EpochSummary& epoch : outcome_.epochs)
    state.manifest["epochs"].push_back(to_json(epoch));
  state.manifest["selections"] = nlohmann::ordered_json::array();
  for (const SelectionRecord& record : outcome_.selections)
    state.manifest["selections"].push_back(to_json(record));
  state.manifest["best_epoch"] = outcome_.best_epoch;
  state.manifest["best_validation_loss"] = number(outcome_.best_validation_loss);
  for (const auto& [name, tensor] : module_tensors(scheme_.network()))
    state.tensors.emplace("weight/" + name, tensor);
  for (const auto& [name, tensor] : best_) state.tensors.emplace("best/" + name, tensor);
  for (size_t i = 0; i < optimiser_.parameters().size(); ++i) {
    state.tensors.emplace("first/" + std::to_string(i), optimiser_.first_moments()[i]);
    state.tensors.emplace("second/" + std::to_string(i), optimiser_.second_moments()[i]);
  }
  state.tensors.emplace("steps", optimiser_.steps());
  state.tensors.emplace("scaler", scaler_.state());
  save_tensor_file(settings_.state_file, state);
  saved_s_ = settings_.now();
}

void Trainer::save_if_due() {
  if (settings_.now() - saved_s_ >= static_cast<double>(settings_.training.checkpoint_every_s))
    save();
}

void Trainer::train_step(const EpochSummary& summary, StepPrefetch& prefetch) {
  const int64_t epoch = summary.epoch, i = epoch_.steps;
  const StepInput input = prefetch.next();
  // What a network leaves out is the same after an interruption.
  torch::manual_seed(
      derive_seed(settings_.seed, {"dropout", std::to_string(epoch), std::to_string(i)}));
  optimiser_.zero_gradients();
  const StepLoss loss = scheme_.train_step(input, summary.tau);
  const double value = loss.total.item<double>();
  if (!std::isfinite(value)) {
    throw DataError(
        "training: the loss is no number in epoch {}, iteration {} (case {}); lower "
        "training.learning_rate",
        epoch, i, input.case_id);
  }
  scaler_.scaled(loss.total).backward();
  scaler_.unscale(optimiser_.parameters());
  if (scaler_.accept(optimiser_.clip_gradients(settings_.training.gradient_clip))) {
    optimiser_.step(summary.learning_rate);
  } else if (scaler_.scale() < 1) {
    throw DataError(
        "training: the gradients are no numbers in epoch {}, iteration {} (case {}), however the "
        "loss is scaled; "
        "set training.precision to bf16 or fp32",
        epoch, i, input.case_id);
  }
  epoch_.loss += value;
  for (const auto& [name, term] : loss.terms) epoch_.terms[name] += term.item<double>();
  ++epoch_.steps;
}

std::string Trainer::progress_text(int64_t epoch, double waited_seconds) const {
  const double loss = epoch_.loss / static_cast<double>(epoch_.steps);
  const double waited = waited_seconds / outcome_.step_seconds;
  return fmt::format("epoch {}/{} loss {:.3f}", epoch + 1, settings_.training.epochs, loss) +
         (waited < kWaitWorthTelling ? ""
                                     : fmt::format(", {:.0f} % waiting for data", 100 * waited));
}

EpochSummary Trainer::train_epoch(int64_t epoch, StepPrefetch& prefetch) {
  const int64_t iterations = settings_.training.iterations_per_epoch;
  EpochSummary summary;
  summary.epoch = epoch;
  summary.learning_rate = rate_.at(epoch);
  summary.tau = tau_.at(epoch);
  scheme_.network().train();
  const ConvolutionTuning tuning(true);  // a case's shapes come again in every epoch
  while (epoch_.steps < iterations) {
    const double start = settings_.now();
    train_step(summary, prefetch);
    const double seconds = settings_.now() - start;
    epoch_.seconds += seconds;
    outcome_.step_seconds += seconds;
    settings_.progress(epoch * iterations + epoch_.steps, steps_in_all(), first_step_,
                       progress_text(epoch, prefetch.waited_seconds()));
    if (settings_.stop()) throw Interrupted();
    if (epoch_.steps < iterations) save_if_due();
  }
  summary.train_loss = epoch_.loss / static_cast<double>(iterations);
  summary.terms = nlohmann::ordered_json::object();
  for (const auto& [name, total] : epoch_.terms)
    summary.terms[name] = total / static_cast<double>(iterations);
  return summary;
}

double Trainer::validate(EpochSummary& summary) {
  const torch::NoGradGuard no_grad;
  scheme_.network().eval();
  const int64_t wanted = settings_.training.validation_cases;
  const int64_t count = wanted > 0 ? std::min(wanted, validation_.count()) : validation_.count();
  double sum = 0;
  Tensor overlap;
  for (int64_t i = 0; i < count; ++i) {
    // The seed does not depend on the epoch, so that every epoch is judged by the same patches.
    const auto sample = validation_.get(i);
    const StepLoss loss = scheme_.validate(
        *sample, derive_seed(settings_.seed, {"validation", "0", std::to_string(i)}));
    sum += loss.total.item<double>();
    if (loss.overlap.defined()) overlap = overlap.defined() ? overlap + loss.overlap : loss.overlap;
    if (settings_.stop()) throw Interrupted();
  }
  if (overlap.defined()) {
    for (const double dice : dice_of_overlap(overlap))
      summary.terms[kValidationDice].push_back(number(dice));
  }
  return sum / static_cast<double>(count);
}

void Trainer::note_validation(EpochSummary& summary) {
  summary.validation_loss = validate(summary);
  if (!(summary.validation_loss < outcome_.best_validation_loss)) return;
  outcome_.best_validation_loss = summary.validation_loss;
  outcome_.best_epoch = summary.epoch;
  best_.clear();
  for (const auto& [name, tensor] : module_tensors(scheme_.network()))
    best_.emplace(name, tensor.detach().clone());
}

void Trainer::note_selection(int64_t epoch) {
  if (validation_.count() == 0 || !is_recorded(epoch, settings_.training.epochs)) return;
  const torch::NoGradGuard no_grad;
  scheme_.network().eval();
  const auto sample = validation_.get(0);
  if (auto selection = scheme_.selection(*sample)) {
    outcome_.selections.push_back({epoch, sample->case_id, std::move(*selection)});
  }
}

void Trainer::run_epochs() {
  const TrainingConfig& config = settings_.training;
  StepPrefetch prefetch(scheme_, training_, settings_, first_step_);
  for (auto epoch = static_cast<int64_t>(outcome_.epochs.size()); epoch < config.epochs; ++epoch) {
    EpochSummary summary = train_epoch(epoch, prefetch);
    const double start = settings_.now();
    const bool last = epoch + 1 == config.epochs;
    if (validation_.count() > 0 && ((epoch + 1) % config.validation_every == 0 || last))
      note_validation(summary);
    note_selection(epoch);
    summary.seconds = epoch_.seconds + settings_.now() - start;
    outcome_.epochs.push_back(summary);
    settings_.epoch_done(summary);
    epoch_ = {};
    last ? save() : save_if_due();
  }
  outcome_.waited_seconds = prefetch.waited_seconds();
}

TrainingOutcome Trainer::run() {
  if (training_.count() < 1)
    throw DataError("training: there is no training case; check the data set's split");
  restore();
  for (const EpochSummary& epoch : outcome_.epochs) settings_.epoch_done(epoch);
  try {
    run_epochs();
  } catch (const Interrupted&) {
    save();
    throw;
  }
  if (settings_.training.keep_weights == KeepWeights::best && !best_.empty()) {
    assign_tensors(scheme_.network(), best_, "best epoch");
  }
  return outcome_;
}

}  // namespace

TrainingOutcome train(Scheme& scheme, TrainingCases& training, TrainingCases& validation,
                      const TrainerSettings& settings) {
  return Trainer(scheme, training, validation, settings).run();
}

}  // namespace nmsw
