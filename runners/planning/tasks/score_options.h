#pragma once

#include "nmsw/metrics/score_options.h"
#include "runners/planning/tasks/task_specs.h"

namespace nmsw::runners {

/// How the cases of an evaluation are scored. Throws nothing for a spec that the planning made.
ScoreOptions score_options(const EvaluateSpec& spec);

}  // namespace nmsw::runners
