#pragma once

#include <filesystem>
#include <optional>
#include <string>

#include "nmsw/base/config_node.h"

namespace nmsw {

/// The file or folder that a YAML file names: relative to the YAML file's own folder, or else, where
/// nothing is there, to the working directory, as earlier versions took it. Named by --set, it is
/// relative to the working directory alone. An absolute path and an empty one stay as they are.
///
/// beside   folder of the YAML file (ConfigNode::folder)
/// where    what an error message begins with
/// throws   ConfigError where both are there and are not the same
std::filesystem::path path_in_yaml(const std::string& path,
                                   const std::optional<std::filesystem::path>& beside,
                                   const std::string& where);

/// The same of a text in a node.
std::filesystem::path path_in_yaml(const ConfigNode& node);

}  // namespace nmsw
