#pragma once

#include <algorithm>
#include <vector>

#include "nmsw/base/config_fields.h"
#include "nmsw/config/preset.h"
#include "runners/planning/experiment/names.h"

namespace nmsw::runners {

/// The presets an experiment runs under: one name, or a list of several.
struct PresetList {
  std::vector<Preset> values{Preset::paper};
};

struct PresetNames {
  operator Check<PresetList>() const {
    return {[](const PresetList& list) { return !list.values.empty(); }, "paper and/or authors"};
  }
};
inline constexpr PresetNames preset_names{};

}  // namespace nmsw::runners

namespace nmsw {

template <>
inline void read_value<runners::PresetList>(const ConfigNode& node, runners::PresetList& value) {
  value.values.clear();
  for (const ConfigNode& item : runners::items_of(node)) {
    Preset preset = Preset::paper;
    read_value(item, preset);
    if (std::find(value.values.begin(), value.values.end(), preset) != value.values.end())
      item.fail("'{}' is given twice; keep one of the two", enum_name(preset));
    value.values.push_back(preset);
  }
}

template <>
inline nlohmann::ordered_json dump_value<runners::PresetList>(const runners::PresetList& value) {
  return value.values.size() == 1 ? dump_value(value.values.front()) : dump_value(value.values);
}

}  // namespace nmsw
