#pragma once

#include <optional>
#include <string>

#include "nmsw/base/volume.h"
#include "nmsw/config/model_config.h"
#include "nmsw/config/training_config.h"
#include "runners/planning/experiment/subtree.h"

namespace nmsw::runners {

/// The YAML of `nmsw import`: what an experiment says about one network.
struct ImportedModel {
  TrainingScheme scheme = TrainingScheme::local;
  std::string dataset = "word";
  Subtree backbone, global_network;
  std::optional<Int3> patch_xyz, downsize_rate_xyz;
  Preset preset = Preset::paper;
  ModelConfig model;
  double overlap = 0.5;
};

template <class Visitor>
void visit_fields(ImportedModel& c, Visitor& v) {
  v.field("scheme", c.scheme, "which network the weights are of");
  v.field("dataset", c.dataset,
          "data set: classes, preprocessing and patch; a name or a descriptor file (relative to "
          "this file)");
  v.field("backbone", c.backbone, "local network: a name or {name: {its own keys}}; absent: unet");
  v.field("global_network", c.global_network, "global network, likewise");
  v.field("patch_xyz", c.patch_xyz, "voxels of a patch; absent: the data set's");
  v.field("downsize_rate_xyz", c.downsize_rate_xyz,
          "down-sizing of the global input; absent: the data set's");
  v.field("preset", c.preset, "paper or authors");
  v.field("model", c.model, "how NMSW works");
  v.field("overlap", c.overlap, below_one, "overlap of neighbouring patches");
}

}  // namespace nmsw::runners
