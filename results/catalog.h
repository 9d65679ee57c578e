#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace nmsw::results {

/// A question worth a name.
struct NamedQuery {
  std::string_view name;
  std::string_view help;  // one line for `nmsw query --list`
  std::string_view sql;
};

/// THE list of named queries.
const std::vector<NamedQuery>& query_catalog();

/// Throws ConfigError listing the names if there is none of that name.
const NamedQuery& find_query(const std::string& name);

}  // namespace nmsw::results
