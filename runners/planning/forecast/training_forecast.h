#pragma once

#include "nmsw/cost/catalog.h"
#include "runners/planning/forecast/prediction.h"
#include "runners/planning/tasks/task_specs.h"

namespace nmsw::runners {

/// What a training takes, as far as it is known before.
struct TrainingForecast {
  /// Of all steps, backward passes included; kUnknown where a network has no closed form.
  Cost cost;
  /// Host memory at the worst moment of a step; kUnknown likewise. A rough model.
  double peak_bytes = 0;
};

/// `pass`: one volume of the data set as it is prepared, the largest; its method does not matter.
/// `cases`: training and validation cases, of which some stay in memory.
TrainingForecast forecast_training(const TrainSpec& spec, const PassInput& pass, int64_t cases,
                                   const BackboneCostModel& local, const BackboneCostModel& global);

}  // namespace nmsw::runners
