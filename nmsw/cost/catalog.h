#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "nmsw/config/network_config.h"
#include "nmsw/cost/cost.h"

namespace nmsw {

/// A configured backbone as far as planning needs it, without LibTorch.
struct BackboneCostModel {
  std::string name;
  /// The configuration with every default filled in, one line of JSON.
  std::string config_json;
  /// Every axis of an input must be a multiple of this.
  int64_t size_multiple = 1;
  /// The extent that an input must have, where the weights fit no other.
  std::optional<Int3> only_extent_xyz;
  /// Channels of the feature before the logits, which the score head reads when this is the global
  /// network; 0 for a local one that has no such feature.
  int64_t score_channels = 0;
  /// One forward pass: (in_channels, num_classes, extent); kUnknown where there is no closed form.
  std::function<Cost(int64_t, int64_t, Int3)> cost;
  /// Rough peak memory of that pass in bytes; 0 where it is not known.
  std::function<int64_t(int64_t, int64_t, Int3)> peak_bytes;
  /// Rough memory of a training step's forward and backward pass of it, likewise.
  std::function<int64_t(int64_t, int64_t, Int3)> training_bytes;
};

struct BackboneCostEntry {
  /// The key in YAML.
  std::string_view name;
  std::string_view summary;
  std::string_view source;
  NetworkRole role;
  /// Reads the backbone's own keys (an empty node takes the defaults); ConfigError with
  /// file:line:column.
  BackboneCostModel (*parse)(const ConfigNode& node);
  /// What of a configuration counts in a task's key: its fields that differ from their defaults
  /// (config_identity.h), and a file's contents, not its place. Opens no file.
  nlohmann::json (*identity)(const ConfigNode& node);
  /// The keys below `prefix`, for `nmsw describe`.
  std::vector<FieldHelpLine> (*keys)(const std::string& prefix);
};

/// Every backbone of nmsw/config/backbones.h. One without a closed form has costs that are
/// kUnknown.
const std::vector<BackboneCostEntry>& backbone_cost_catalog();

/// The entry of that name; ConfigError that lists the known names (and the nearest one) otherwise.
const BackboneCostEntry& backbone_cost_entry(std::string_view name);

}  // namespace nmsw
