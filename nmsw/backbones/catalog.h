#pragma once

#include <string_view>
#include <vector>

#include "nmsw/backbones/backbone.h"
#include "nmsw/base/config_node.h"

namespace nmsw {

struct BackboneEntry {
  /// The key in YAML.
  std::string_view name;
  /// Reads the backbone's own keys (an empty node takes the defaults); ConfigError with
  /// file:line:column.
  BackboneBuilder (*parse)(const ConfigNode& node);
};

/// Every backbone of nmsw/config/backbones.h.
const std::vector<BackboneEntry>& backbone_catalog();

/// The entry of that name; ConfigError listing the known names otherwise.
const BackboneEntry& backbone_entry(std::string_view name);

}  // namespace nmsw
