#pragma once

#include <memory>
#include <optional>

#include "nmsw/base/config_fields.h"
#include "nmsw/base/volume.h"

namespace nmsw {

class Backbone;
using BackbonePtr = std::shared_ptr<Backbone>;

/// A network's configuration is a struct with `visit_fields` beside it, as every other, and
///   - static constexpr const char *name, *summary, *source: YAML key, what it is, where it is from
///   - static constexpr NetworkRole role
///   - std::string fault_of(const Config&): what does not fit together, or ""
///   - int64_t size_multiple(const Config&): every axis of an input must be a multiple of it
///   - int64_t feature_channels(const Config&): channels of the last feature, which the score head
///     reads; 0 where there is none
///   - BackbonePtr make_network(const Config&, int64_t in_channels, int64_t num_classes): the
///   network
///     (nmsw/backbones), its parameters drawn from LibTorch's global generator
/// One whose weights fit a single extent says so by
///   - std::optional<Int3> only_extent_xyz(const Config&)
/// Closed forms of its cost (nmsw/cost/catalog.cpp) are worth having, not necessary.

/// Which of NMSW's two networks it may be.
enum class NetworkRole { local_or_global, local_only };

/// The extent that an input must have, where the weights fit no other.
template <class Config>
std::optional<Int3> only_extent_xyz(const Config& /*config*/) {
  return std::nullopt;
}

/// Throws ConfigError where the values of a configuration do not fit each other.
template <class Config>
void require_consistent(const Config& config) {
  const std::string fault = fault_of(config);
  if (!fault.empty()) throw ConfigError("{}: {}", Config::name, fault);
}

/// The keys of one network; ConfigError with file:line:column for a fault of a key or between keys.
template <class Config>
Config read_network_config(const ConfigNode& node) {
  Config config = read_config<Config>(node);
  const std::string fault = fault_of(config);
  if (!fault.empty()) node.fail("{}: {}", Config::name, fault);
  return config;
}

}  // namespace nmsw
