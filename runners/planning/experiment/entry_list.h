#pragma once

#include <algorithm>

#include "nmsw/base/config_fields.h"
#include "runners/planning/experiment/names.h"

namespace nmsw::runners {

/// A list of the grid: names, some with their parameters. Empty: not given.
struct EntryList {
  std::vector<NamedEntry> entries;

  bool empty() const { return entries.empty(); }
};

/// Seeds or folds of the grid, each once and none negative. Empty: not given.
struct SeedList {
  std::vector<int64_t> values;
};

/// The items of a list that must not be empty; nothing where the value is absent.
inline std::vector<ConfigNode> some_items_of(const ConfigNode& node) {
  if (node.is_null()) return {};
  std::vector<ConfigNode> items = items_of(node);
  if (items.empty()) node.fail("is empty; name at least one");
  return items;
}

}  // namespace nmsw::runners

namespace nmsw {

template <>
inline void read_value<runners::EntryList>(const ConfigNode& node, runners::EntryList& value) {
  value.entries.clear();
  for (const ConfigNode& item : runners::some_items_of(node))
    value.entries.push_back(runners::parse_named_entry(item));
}
template <>
inline nlohmann::ordered_json dump_value<runners::EntryList>(const runners::EntryList& value) {
  nlohmann::ordered_json names;
  for (const runners::NamedEntry& entry : value.entries) names.push_back(entry.name);
  return names;
}

template <>
inline void read_value<runners::SeedList>(const ConfigNode& node, runners::SeedList& value) {
  value.values.clear();
  const std::vector<ConfigNode> items = runners::some_items_of(node);
  runners::require_grid_size(node, items.size());
  for (const ConfigNode& item : items) {
    const auto seed = item.as<int64_t>();
    if (seed < 0) item.fail("must not be negative");
    if (std::find(value.values.begin(), value.values.end(), seed) != value.values.end())
      item.fail("{} is given twice", seed);
    value.values.push_back(seed);
  }
}
template <>
inline nlohmann::ordered_json dump_value<runners::SeedList>(const runners::SeedList& value) {
  return value.values.empty() ? nlohmann::ordered_json() : dump_value(value.values);
}

}  // namespace nmsw
