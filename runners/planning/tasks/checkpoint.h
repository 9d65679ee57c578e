#pragma once

#include <filesystem>
#include <string>

#include <nlohmann/json.hpp>

#include "runners/planning/tasks/task_specs.h"

namespace nmsw::runners {

/// The version of a checkpoint's manifest that this program writes.
inline constexpr int64_t kCheckpointFormat = 1;

/// What describes a network besides its weights; the manifest of a checkpoint.
struct NetworkDescription {
  TrainingScheme scheme = TrainingScheme::local;
  NetworkSpec networks;
  ModelConfig model;
  DataSpec data;
  double overlap = 0.5;
};

template <class Visitor>
void visit_fields(NetworkDescription& d, Visitor& v) {
  v.field("scheme", d.scheme, "how it was trained");
  v.field("networks", d.networks, "networks");
  v.field("model", d.model, "how NMSW works");
  v.field("data", d.data, "data set, preprocessing and patch");
  v.field("overlap", d.overlap, "overlap of neighbouring patches");
}

/// The network that a manifest describes. Throws DataError naming `file` for the state of an
/// unfinished training and for what a newer version wrote.
NetworkDescription described_network(const nlohmann::ordered_json& manifest,
                                     const std::string& file);

/// A checkpoint as far as it can be known without LibTorch.
struct Checkpoint {
  NetworkDescription description;
  int64_t tensors = 0;
  /// Numbers in the floating-point tensors.
  int64_t weights = 0;
  int64_t bytes = 0;
  std::string sha256;
};

/// Reads and checks all of a file, its digest included. Throws DataError naming the file and the
/// remedy when it is absent, damaged, or no checkpoint of this program; weights of other programs
/// and earlier versions' pickles become one by `nmsw import`.
Checkpoint read_checkpoint(const std::filesystem::path& file);

}  // namespace nmsw::runners
