#pragma once

#include "runners/planning/tasks/task_specs.h"
#include "runners/tasks/networks.h"
#include "runners/tasks/segmenter.h"
#include "runners/tasks/task_context.h"

namespace nmsw::runners {

/// The networks of every training that the method takes its weights from, on the context's device.
/// Throws DataError for a checkpoint that is gone or not the one that was stored.
NetworkSet evaluated_networks(const EvaluateSpec& spec, const TaskContext& context);

/// What an evaluation asks of its method.
SegmenterRequest evaluation_request(const EvaluateSpec& spec, const torch::Device& device);

}  // namespace nmsw::runners
