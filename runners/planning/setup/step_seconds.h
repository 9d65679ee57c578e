#pragma once

#include <filesystem>
#include <functional>
#include <optional>
#include <string>

#include "runners/planning/plan/plan.h"
#include "runners/planning/setup/preparation_choice.h"

namespace nmsw::runners {

/// Seconds of one training step of each scheme, a forward and a backward pass with all that belongs
/// to it.
///
/// measured   on this machine with the networks and the data; else forecast from their MACs
struct StepSeconds {
  double local = 0, global = 0, nmsw = 0;
  bool measured = false;
};

/// Times some steps of an experiment's trainings; nothing where that is not possible.
using StepTimer =
    std::function<std::optional<StepSeconds>(const std::filesystem::path& experiment)>;

/// What `nmsw-tensor time-steps` prints: {"local": s, "global": s, "nmsw": s}. Throws DataError for
/// anything else, and for times that are not above 0.
StepSeconds parse_step_seconds(const std::string& text);

/// What `nmsw plan` would forecast for the same networks and data.
struct StepForecast {
  StepSeconds seconds;
  /// Host memory of the training that needs most.
  double peak_bytes = 0;
};
/// What goes into a network and what comes out of it.
struct NetworkEnds {
  int64_t in_channels = 1;
  int64_t num_classes = 0;  ///< with background
};
StepForecast forecast_steps(const NetworkTier& tier, const datasets::DatasetSurvey& survey,
                            const PreparationChoice& choice, const NetworkEnds& ends,
                            const PlanOptions& machine);

/// Patches in a step of the local training, and overlap of patches at inference, in what is written.
inline constexpr int64_t kLocalPatches = 4;
inline constexpr double kOverlap = 0.5;

}  // namespace nmsw::runners
