#pragma once

#include <string>
#include <vector>

#include "runners/planning/cells/nnunet_plans.h"
#include "runners/planning/tasks/checkpoint.h"

namespace nmsw::runners {

/// A network of nnU-Net as this program describes one.
struct NnUnetModel {
  NetworkDescription description;
  AxisOfZyx axes{0, 1, 2};
  /// What is not as nnU-Net has it, a sentence each.
  std::vector<std::string> notes;
};

/// The network and the preparation of its images by what a checkpoint of nnU-Net 2 holds beside the
/// weights, its `init_args`. `file` is for messages.
///
/// order    where x, y and z grow to in the images it was trained on; no checkpoint says
/// throws   DataError naming the key where something is missing or cannot be had here: another
///          architecture, regions of several labels, the second stage of a cascade
NnUnetModel nnunet_model(const nlohmann::json& checkpoint, VoxelOrder order,
                         const std::string& file);

}  // namespace nmsw::runners
