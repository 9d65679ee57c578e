#pragma once

#include <string>

#include "runners/planning/task_specs.h"

namespace nmsw::runners {

// A task's key: SHA-256 of the canonical text of exactly what influences its result. Names,
// folders, comments, and settings of other schemes and methods are set to their defaults before, so
// that changing them changes no key, and tasks that would do the same have the same key.
std::string task_key(const TrainSpec& spec);
std::string task_key(const EvaluateSpec& spec);
std::string task_key(const ProfileSpec& spec);

}  // namespace nmsw::runners
