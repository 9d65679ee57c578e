#pragma once

#include <string>
#include <vector>

#include "results/sqlite.h"

namespace nmsw::results {

/// A stored task that is to have another key.
///
/// config_json   its configuration, in which the keys of the tasks that it uses are the new ones
struct NewKey {
  std::string old_key;
  std::string key;
  std::string config_json;
};

/// Gives tasks new keys, all of them or none; what belongs to a task stays with it: runs, results,
/// dependencies, experiments. Of several tasks that now are the same, a finished one, else the one
/// that has the key, else the first gets it, and stands where the others stood; those keep their
/// results under a key that nobody asks for. What has no such old key any more is left alone, so
/// that two programs may do it at the same time. returns how many tasks have another key now
int change_keys(Database& database, const std::vector<NewKey>& changes);

}  // namespace nmsw::results
