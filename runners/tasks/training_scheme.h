#pragma once

#include <memory>

#include "nmsw/training/scheme.h"
#include "runners/planning/tasks/task_specs.h"
#include "runners/tasks/networks.h"

namespace nmsw::runners {

/// The scheme that a training task asks for, over networks that are on `device`.
std::unique_ptr<Scheme> make_scheme(const TrainSpec& spec, const NetworkSet& networks,
                                    const torch::Device& device);

}  // namespace nmsw::runners
