#pragma once

#include <string>
#include <vector>

#include "nmsw/base/choice_hint.h"
#include "nmsw/base/config_node.h"

namespace nmsw::runners {

/// "a, b, c".
inline std::string joined(const std::vector<std::string>& words, const char* separator = ", ") {
  std::string list;
  for (const std::string& word : words) list += (list.empty() ? "" : separator) + word;
  return list;
}

/// An entry of the grid: `name` or `{name: {parameter: value}}`.
struct NamedEntry {
  std::string name;
  std::optional<ConfigNode> parameters;
  ConfigNode node;
};

inline NamedEntry parse_named_entry(const ConfigNode& node) {
  if (node.is_scalar()) return {node.scalar(), std::nullopt, node};
  if (!node.is_map())
    node.fail("expected a name, or a name with its parameters as {{name: {{key: value}}}}");
  const auto entries = node.entries();
  if (entries.size() != 1) {
    node.fail(
        "expected one name with its parameters, found {} keys; write {{name: {{key: value}}}}",
        entries.size());
  }
  const auto& [name, parameters] = entries.front();
  if (parameters.is_null()) return {name, std::nullopt, node};
  if (!parameters.is_map())
    parameters.fail("expected the parameters of '{}' as {{key: value}}", name);
  return {name, parameters, node};
}

}  // namespace nmsw::runners
