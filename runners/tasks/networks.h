#pragma once

#include <filesystem>
#include <map>
#include <memory>
#include <string>

#include "nmsw/cost/catalog.h"
#include "nmsw/inference/catalog.h"
#include "nmsw/model/nmsw_net.h"
#include "nmsw/training/tensor_file.h"
#include "runners/planning/tasks/checkpoint.h"

namespace nmsw::runners {

/// The networks of a scheme: local, global, or both inside `nmsw` (which then shares the two
/// pointers).
struct NetworkSet {
  BackbonePtr local;
  BackbonePtr global;
  std::shared_ptr<NmswNet> nmsw;

  /// What a checkpoint of the scheme holds.
  torch::nn::Module& trained(TrainingScheme scheme) const;
};

PatchGeometry patch_geometry(const datasets::DatasetDescriptor& descriptor, double overlap);

/// Fresh networks; equal seeds give equal weights. A network inside NMSW starts from other numbers
/// than one alone.
NetworkSet build_networks(const NetworkDescription& description, uint64_t seed);

/// The networks alone, without a data set: a profile's.
BackbonePtr build_backbone(const std::string& name, const std::string& config_json,
                           int64_t num_classes, int64_t in_channels = 1);

/// The closed forms of a network; all zero for the empty name, a network that a task does not have.
BackboneCostModel cost_model(const std::string& name, const std::string& config_json);

void save_model(const std::filesystem::path& file, const NetworkDescription& description,
                const torch::nn::Module& module);

/// A checkpoint with its networks, weights loaded, in evaluation mode on `device`.
struct LoadedModel {
  NetworkDescription description;
  NetworkSet networks;
};
/// Throws DataError naming the file when it is absent, damaged or of another kind.
LoadedModel load_model(const std::filesystem::path& file, const torch::Device& device,
                       FileOrigin origin = FileOrigin::any);

/// "5", "full" or "auto" (kAutoK) as a number of patches. Throws ConfigError for anything else.
int64_t parse_k(const std::string& k);

/// "auto", "cpu", "cuda" or "cuda:N". Throws ConfigError when the machine has no such device.
torch::Device resolve_device(const std::string& name);

/// Batch of patches that go through the local network at once.
int64_t patch_batch(const torch::Device& device);

}  // namespace nmsw::runners
