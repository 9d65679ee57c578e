#pragma once

#include <optional>

#include "nmsw/base/config_fields.h"

namespace nmsw::runners {

/// A part of the YAML that is kept as written, because its keys are names or because lists multiply
/// in it.
struct Subtree {
  std::optional<ConfigNode> node;

  bool empty() const { return !node || node->is_null(); }
  /// The items of a list, the value itself when it is none, nothing when it is absent.
  std::vector<ConfigNode> values() const {
    if (empty()) return {};
    return node->is_list() ? node->items() : std::vector<ConfigNode>{*node};
  }
  /// The value of one key of a map.
  std::optional<ConfigNode> find(const std::string& key) const {
    return empty() ? std::nullopt : node->find(key);
  }
};

}  // namespace nmsw::runners

namespace nmsw {

template <>
inline void read_value<runners::Subtree>(const ConfigNode& node, runners::Subtree& value) {
  value.node = node;
}
template <>
inline nlohmann::ordered_json dump_value<runners::Subtree>(const runners::Subtree& value) {
  return value.empty() ? nlohmann::ordered_json() : nlohmann::ordered_json(value.node->text());
}

}  // namespace nmsw
