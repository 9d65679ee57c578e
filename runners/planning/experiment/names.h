#pragma once

#include <filesystem>
#include <optional>
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

/// Most values of a list in the grid, and most cells of a grid: more are a slip, and would take
/// minutes to plan.
inline constexpr size_t kMostValues = 1000;
inline constexpr size_t kMostCells = 10000;

/// Throws ConfigError where a list, or what it multiplies to, has more values than the grid takes.
inline void require_grid_size(const ConfigNode& node, size_t values) {
  if (values > kMostValues)
    node.fail("gives the grid {} values, at most {} are planned; split the experiment", values,
              kMostValues);
}

/// An entry of the grid: `name` or `{name: {parameter: value}}`. The parameters stay as written:
/// what they are put over is known later.
struct NamedEntry {
  std::string name;
  std::optional<ConfigNode> parameters;
  std::string where;
  /// Of the file that names it; nothing where --set does.
  std::optional<std::filesystem::path> folder;

  template <class... Args>
  [[noreturn]] void fail(fmt::format_string<Args...> format, Args&&... args) const {
    throw ConfigError("{}: {}", where, fmt::format(format, std::forward<Args>(args)...));
  }
};

/// The items of a list; a single value is a list of one.
inline std::vector<ConfigNode> items_of(const ConfigNode& node) {
  return node.is_list() ? node.items() : std::vector<ConfigNode>{node};
}

inline NamedEntry parse_named_entry(const ConfigNode& node) {
  if (node.is_scalar()) return {node.scalar(), std::nullopt, node.where(), node.folder()};
  if (!node.is_map())
    node.fail("expected a name, or a name with its parameters as {{name: {{key: value}}}}");
  const auto entries = node.entries();
  if (entries.size() != 1) {
    node.fail(
        "expected one name with its parameters, found {} keys; write {{name: {{key: value}}}}",
        entries.size());
  }
  const auto& [name, parameters] = entries.front();
  if (parameters.is_null()) return {name, std::nullopt, node.where(), node.folder()};
  if (!parameters.is_map())
    parameters.fail("expected the parameters of '{}' as {{key: value}}", name);
  return {name, parameters, node.where(), node.folder()};
}

}  // namespace nmsw::runners
