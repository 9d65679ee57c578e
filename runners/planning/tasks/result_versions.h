#pragma once

#include <cstdint>
#include <string_view>
#include <vector>

namespace nmsw::runners {

/// The version of what a task's results mean.
///
/// kind     train, evaluate or profile
/// method   inference method; of a training its scheme
struct ResultVersion {
  std::string_view kind;
  std::string_view method;
  int64_t version = 1;
};

/// Those that have moved, a line each, with what moved them. Raise one when results of that kind
/// and method mean something else than before: the tasks get other keys, so that old results stay
/// in the database under theirs and are not taken for new ones.
const std::vector<ResultVersion>& result_versions();

/// Version of a kind and method; 1, which is no part of a key, for what the table does not name.
int64_t result_version(std::string_view kind, std::string_view method);

}  // namespace nmsw::runners
