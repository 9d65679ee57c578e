#pragma once

#include <array>
#include <string>

#include "nmsw/config/nnunet_config.h"
#include "runners/planning/cells/json_part.h"
#include "runners/planning/tasks/task_specs.h"

namespace nmsw::runners {

/// For each axis z, y, x of an image which of the network's axes it is: nnU-Net puts the axis of
/// the largest spacing first.
using AxisOfZyx = std::array<int64_t, 3>;

/// By plans' `transpose_forward`. Throws DataError.
AxisOfZyx axis_of_zyx(const JsonPart& plans);

/// Three numbers in the network's order of axes, in the order x, y, z. Throws DataError.
template <class T>
std::array<T, 3> in_xyz(const JsonPart& part, const AxisOfZyx& axes) {
  const auto values = part.as<std::vector<T>>();
  if (values.size() != 3) part.refuse("has {} axes; only 3-D networks are read", values.size());
  std::array<T, 3> xyz{};
  for (size_t i = 0; i < 3; ++i) xyz[2 - i] = values[static_cast<size_t>(axes[i])];
  return xyz;
}

/// A configuration of nnU-Net's plans (3d_fullres, …) with what it inherits from others, and its
/// architecture in the form of today; plans of before nnU-Net 2.4 list the sizes beside each other.
/// Throws DataError.
nlohmann::json planned_configuration(const JsonPart& plans, const std::string& name);

/// Name and configuration of the local network that such a configuration describes. Throws
/// DataError naming the key for what the networks here have not: another architecture, norm or
/// activation.
NetworkSpec planned_network(const JsonPart& configuration, const AxisOfZyx& axes, VoxelOrder order);

}  // namespace nmsw::runners
