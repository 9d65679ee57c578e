#include <filesystem>
#include <iostream>

#include "nmsw/base/digest.h"
#include "nmsw/base/path_in_yaml.h"
#include "nmsw/config/torchscript_config.h"
#include "nmsw/config/umamba_bot_config.h"
#include "nmsw/config/unetr_pp_config.h"
#include "nmsw/training/tensor_file.h"
#include "runners/options/import_options.h"
#include "runners/planning/cells/grid.h"
#include "runners/planning/cells/import_config.h"
#include "runners/planning/cells/networks.h"
#include "runners/planning/plan/plan_builder.h"
#include "runners/tasks/networks.h"
#include "runners/tensor_commands/import_nnunet.h"
#include "runners/tensor_commands/imported_model.h"
#include "runners/tensor_commands/tensor_commands.h"

namespace nmsw::runners {
namespace {

BackboneCostModel local_network(const Subtree& tree) {
  const ConfigNode node = tree.empty() ? ConfigNode::parse("unet", "backbone") : *tree.node;
  return resolve_backbone({}, parse_named_entry(node));
}

BackboneCostModel global_network(const Subtree& tree) {
  ExperimentConfig config;
  config.global_network = tree;
  return resolve_global(config);
}

}  // namespace

NetworkDescription describe_imported(const ConfigNode& root) {
  ImportedModel config;
  if (const auto preset = root.find("preset")) read_value(*preset, config.preset);
  apply_preset(config.preset, config.model);
  read_value(root, config);
  NetworkDescription description;
  description.scheme = config.scheme;
  description.model = config.model;
  description.overlap = config.overlap;
  const auto dataset = root.find("dataset");
  const bool is_file = std::filesystem::path(config.dataset).extension() == ".yaml";
  description.data.descriptor = datasets::load_descriptor(
      dataset && is_file ? path_in_yaml(*dataset).string() : config.dataset);
  datasets::DatasetDescriptor& descriptor = description.data.descriptor;
  descriptor.patch_xyz = config.patch_xyz.value_or(descriptor.patch_xyz);
  descriptor.downsize_rate_xyz = config.downsize_rate_xyz.value_or(descriptor.downsize_rate_xyz);
  descriptor.fixed_volume_xyz.reset();
  const BackboneCostModel global = global_network(config.global_network);
  description.data.fit = fit_for(descriptor, global);
  if (config.scheme != TrainingScheme::global) {
    const BackboneCostModel local = local_network(config.backbone);
    description.networks.backbone = local.name;
    description.networks.backbone_config = local.config_json;
  }
  if (config.scheme != TrainingScheme::local) {
    description.networks.global_backbone = global.name;
    description.networks.global_config = global.config_json;
  }
  return description;
}

namespace {

/// Networks whose references read volumes as z,y,x, as nnU-Net does, and which know the order.
bool is_in_our_axis_order(const std::string& network) {
  return network == UnetrPpConfig::name || network == UMambaBotConfig::name;
}

/// The network that a tensor belongs to.
const std::string& network_of(const std::string& tensor, const NetworkDescription& description) {
  const bool is_global =
      description.scheme == TrainingScheme::global || tensor.rfind("global_backbone.", 0) == 0;
  return is_global ? description.networks.global_backbone : description.networks.backbone;
}

/// The other reference networks see volumes as x,y,z, ours as z,y,x: their kernels are turned, so
/// that both compute the same of a scan. Tensors without three spatial axes have no direction, or
/// keep the reference's (the Swin's windows).
std::map<std::string, Tensor> in_our_axis_order(std::map<std::string, Tensor> weights,
                                                const NetworkDescription& description) {
  for (auto& [name, value] : weights) {
    if (value.dim() == 5 && !is_in_our_axis_order(network_of(name, description)))
      value = value.permute({0, 1, 4, 3, 2}).contiguous();
  }
  return weights;
}

/// Leaves out the reference's index of relative positions, a constant that the Swin makes itself.
std::map<std::string, Tensor> learned(std::map<std::string, Tensor> weights) {
  const std::string constant = "attn.relative_position_index";
  for (auto entry = weights.begin(); entry != weights.end();) {
    const std::string& name = entry->first;
    const bool derived =
        name.size() > constant.size() &&
        name.compare(name.size() - constant.size(), constant.size(), constant) == 0;
    entry = derived ? weights.erase(entry) : std::next(entry);
  }
  return weights;
}

/// Whether the weights are those that the network brings itself: --from names the TorchScript file
/// of its own configuration. ConfigError for a TorchScript network with any other weights.
bool brings_its_weights(const NetworkDescription& description, const std::filesystem::path& from) {
  if (description.networks.backbone != TorchScriptConfig::name) return false;
  const auto config = read_network_config<TorchScriptConfig>(
      ConfigNode::parse(description.networks.backbone_config, TorchScriptConfig::name));
  if (description.scheme == TrainingScheme::local && sha256_file(from) == config.sha256)
    return true;
  throw ConfigError(
      "--from {}: a TorchScript network brings its own weights; use 'scheme: local' and --from {}",
      from.string(), config.file);
}

}  // namespace

int import_verb(const Words& arguments) {
  const auto options = parse_import_options(arguments);
  if (!options) return 0;
  if (is_nnunet_checkpoint(options->from)) {
    import_nnunet(*options);
    return 0;
  }
  if (options->config.empty()) {
    // A checkpoint of an earlier version: its description is inside, its kernels are in our order.
    const TensorFile content = load_tensor_file(options->from, FileOrigin::verified);
    require_finite(content.tensors, options->from.string());
    save_tensor_file(options->out, content);
    std::cout << options->out.string() << '\n';
    return 0;
  }
  const NetworkDescription description = describe_imported(ConfigNode::load(options->config));
  const NetworkSet networks = build_networks(description, 0);
  torch::nn::Module& module = networks.trained(description.scheme);
  if (!brings_its_weights(description, options->from)) {
    assign_tensors(module, in_our_axis_order(learned(load_state_dict(options->from)), description),
                   options->from.string());
  }
  save_model(options->out, description, module);
  std::cout << options->out.string() << '\n';
  return 0;
}

}  // namespace nmsw::runners
