#include "runners/planning/setup/step_seconds.h"

#include <algorithm>
#include <cmath>

#include <nlohmann/json.hpp>

#include "nmsw/base/plain_text.h"
#include "runners/planning/forecast/training_forecast.h"

namespace nmsw::runners {
namespace {

int64_t voxel_count(const Int3& extent) { return extent[0] * extent[1] * extent[2]; }

TrainSpec one_step(TrainingScheme scheme) {
  TrainSpec spec;
  spec.scheme = scheme;
  spec.training.epochs = spec.training.iterations_per_epoch = 1;
  spec.training.local_patches = kLocalPatches;
  return spec;
}

}  // namespace

StepSeconds parse_step_seconds(const std::string& text) {
  const auto json = nlohmann::json::parse(text, nullptr, /*allow_exceptions=*/false);
  const auto number = [&](const char* key) {
    const auto found = json.is_object() ? json.find(key) : json.end();
    const bool is_number = found != json.end() && found->is_number();
    const double value = is_number ? found->get<double>() : 0;
    if (value > 0 && std::isfinite(value)) return value;
    throw DataError("time-steps: expected seconds above 0 for '{}', found: {}", key,
                    printable_word(text.substr(0, 200)));
  };
  if (!json.is_object()) number("local");
  return {number("local"), number("global"), number("nmsw"), true};
}

StepForecast forecast_steps(const NetworkTier& tier, const datasets::DatasetSurvey& survey,
                            const PreparationChoice& choice, const NetworkEnds& ends,
                            const PlanOptions& machine) {
  std::vector<Int3> extents = prepared_extents(survey, choice);
  std::sort(extents.begin(), extents.end(),
            [](const Int3& a, const Int3& b) { return voxel_count(a) < voxel_count(b); });
  const BackboneCostModel local = local_model(tier), global = global_model(tier);
  const auto forecast = [&](TrainingScheme scheme, const Int3& extent) {
    PassInput pass{"",
                   "nmsw",
                   "full",
                   {extent, choice.patch_xyz, choice.downsize_rate_xyz, kOverlap},
                   ends.num_classes,
                   ModelConfig{}};
    pass.in_channels = ends.in_channels;
    return forecast_training(one_step(scheme), pass,
                             survey.training_cases + survey.validation_cases, local, global);
  };
  const auto seconds = [&](TrainingScheme scheme) {
    return rough_seconds(forecast(scheme, extents[extents.size() / 2]).cost.macs,
                         machine.on_cuda() ? "cuda" : "cpu", machine.threads);
  };
  StepForecast found;
  found.seconds = {seconds(TrainingScheme::local), seconds(TrainingScheme::global),
                   seconds(TrainingScheme::nmsw), false};
  for (const TrainingScheme scheme :
       {TrainingScheme::local, TrainingScheme::global, TrainingScheme::nmsw}) {
    found.peak_bytes = std::max(found.peak_bytes, forecast(scheme, extents.back()).peak_bytes);
  }
  return found;
}

}  // namespace nmsw::runners
