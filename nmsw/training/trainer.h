#pragma once

#include <filesystem>
#include <functional>
#include <limits>

#include "nmsw/base/interruption.h"
#include "nmsw/base/seconds_clock.h"
#include "nmsw/training/scheme.h"
#include "nmsw/training/tensor_file.h"

namespace nmsw {

/// Of the terms of an epoch with validation: the Dice of every foreground class over all validation
/// cases as one, null for a class that neither label nor prediction has. Of the local scheme it is
/// over its random patches.
inline constexpr const char* kValidationDice = "validation_dice";

/// One epoch of a training. `validation_loss` is NaN in epochs without validation.
struct EpochSummary {
  int64_t epoch = 0;
  double learning_rate = 0;
  double tau = 0;
  double train_loss = 0;
  double validation_loss = std::numeric_limits<double>::quiet_NaN();
  nlohmann::ordered_json terms;
  double seconds = 0;
};

struct TrainerSettings {
  TrainingConfig training;  ///< the scheme's own values put in
  double tau_start = 1;
  double tau_end = 1;
  uint64_t seed = 0;
  torch::Device device = torch::kCPU;  ///< of the network; decides where steps' data are prepared
  /// Where the state is kept for continuing, after whole steps; empty: nowhere. A damaged one is
  /// renamed to "<file>.damaged", said to `note`, and the training begins anew.
  std::filesystem::path state_file;
  std::function<void(const std::string&)> note = [](const std::string&) {};
  StopRequest stop = [] { return false; };
  SecondsClock now = steady_seconds;
  /// Told every epoch as it ends; where a state is taken up, first those that it holds.
  std::function<void(const EpochSummary&)> epoch_done = [](const EpochSummary&) {};
  /// (steps done, steps in all, first step of this call, text).
  std::function<void(int64_t, int64_t, int64_t, const std::string&)> progress =
      [](int64_t, int64_t, int64_t, const std::string&) {};
};

struct TrainingOutcome {
  std::vector<EpochSummary> epochs;
  /// Of the first validation case; empty for schemes that choose no patches.
  std::vector<SelectionRecord> selections;
  double best_validation_loss = std::numeric_limits<double>::infinity();
  int64_t best_epoch = -1;
  /// Of this call's steps: how long they took in all, and how long of that they waited for data.
  double step_seconds = 0;
  double waited_seconds = 0;
};

/// Trains with AdamW (METHOD 2.11) and leaves the kept weights in the scheme's network. One random
/// case a step, augmented as configured, all randomness derived from (seed, epoch, iteration), so
/// that a training continued from its state file equals an uninterrupted one bit for bit on the
/// same machine and threads. The data of the next steps are prepared in worker threads
/// (step_prefetch.h), which changes no bit; `training.get` is then called by several at once. Validation cases are never augmented. Throws Interrupted after the
/// step in which `stop` becomes true, with that step in the state file; DataError when the loss or
/// fp16's gradients are no numbers.
TrainingOutcome train(Scheme& scheme, TrainingCases& training, TrainingCases& validation,
                      const TrainerSettings& settings);

}  // namespace nmsw
