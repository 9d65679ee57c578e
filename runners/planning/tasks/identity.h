#pragma once

#include <string>

#include <nlohmann/json.hpp>

#include "runners/planning/tasks/task_specs.h"

namespace nmsw::runners {

// A task's key: SHA-256 of its kind and of the identity (nmsw/base/config_identity.h) of exactly
// what influences its result. Names, folders, comments, and settings of other schemes and methods
// are set to their defaults before, so that changing them changes no key, and tasks that would do
// the same have the same key. A field at its default is no part of it: adding one leaves every key
// as it is.
std::string task_key(const TrainSpec& spec);
std::string task_key(const EvaluateSpec& spec);
std::string task_key(const ProfileSpec& spec);

// The identity itself: what the key is the digest of, for saying in what two tasks differ.
nlohmann::json task_identity(const TrainSpec& spec);
nlohmann::json task_identity(const EvaluateSpec& spec);
nlohmann::json task_identity(const ProfileSpec& spec);

}  // namespace nmsw::runners
