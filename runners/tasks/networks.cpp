#include "runners/tasks/networks.h"

#include <set>

#include "nmsw/backbones/catalog.h"
#include "nmsw/base/seed.h"
#include "nmsw/config/torchscript_config.h"
#include "nmsw/training/tensor_file.h"
#include "runners/options/verb_plan.h"

namespace nmsw::runners {
namespace {

/// Once for each file.
void say_that_scripts_run(const TorchScriptConfig& config) {
  static std::set<std::string> said;
  if (!said.insert(config.file).second) return;
  tell_on_stderr(config.file +
                 " is TorchScript, a program: it runs with your rights and can read and write your "
                 "files; use only what comes from somebody you trust");
}

/// A checkpoint that named a script by its path alone would leave it to the path what is run.
void require_pinned_script(const NetworkDescription& description, const std::string& checkpoint) {
  if (description.networks.backbone != TorchScriptConfig::name) return;
  const auto config = read_config<TorchScriptConfig>(
      ConfigNode::parse(description.networks.backbone_config, checkpoint));
  if (config.sha256.empty()) {
    throw DataError(
        "{}: names the TorchScript file {} without its SHA-256; import it again with nmsw import",
        checkpoint, config.file);
  }
}

}  // namespace

torch::nn::Module& NetworkSet::trained(TrainingScheme scheme) const {
  if (scheme == TrainingScheme::local) return *local;
  if (scheme == TrainingScheme::global) return *global;
  return *nmsw;
}

PatchGeometry patch_geometry(const datasets::DatasetDescriptor& descriptor, double overlap) {
  return {reversed(descriptor.patch_xyz), reversed(descriptor.downsize_rate_xyz), overlap,
          descriptor.preprocessing.divisible_pad_value};
}

BackbonePtr build_backbone(const std::string& name, const std::string& config_json,
                           int64_t num_classes, int64_t in_channels) {
  const ConfigNode node = ConfigNode::parse(config_json.empty() ? "{}" : config_json, name);
  if (name == TorchScriptConfig::name) say_that_scripts_run(read_config<TorchScriptConfig>(node));
  return backbone_entry(name).parse(node)(in_channels, num_classes);
}

NetworkSet build_networks(const NetworkDescription& description, uint64_t seed) {
  const NetworkSpec& spec = description.networks;
  const int64_t classes = datasets::num_classes(description.data.descriptor);
  const int64_t channels = datasets::channel_count(description.data.descriptor);
  const char* scheme = enum_name(description.scheme);
  NetworkSet set;
  if (description.scheme != TrainingScheme::global) {
    torch::manual_seed(derive_seed(seed, {"weights", scheme, "local"}));
    set.local = build_backbone(spec.backbone, spec.backbone_config, classes, channels);
  }
  if (description.scheme != TrainingScheme::local) {
    torch::manual_seed(derive_seed(seed, {"weights", scheme, "global"}));
    set.global = build_backbone(spec.global_backbone, spec.global_config, classes, channels);
  }
  if (description.scheme == TrainingScheme::nmsw) {
    torch::manual_seed(derive_seed(seed, {"weights", scheme, "score"}));
    set.nmsw =
        std::make_shared<NmswNet>(set.local, set.global, classes, description.model,
                                  patch_geometry(description.data.descriptor, description.overlap));
  }
  return set;
}

BackboneCostModel cost_model(const std::string& name, const std::string& config_json) {
  if (!name.empty()) {
    return backbone_cost_entry(name).parse(
        ConfigNode::parse(config_json.empty() ? "{}" : config_json, name));
  }
  BackboneCostModel none;
  none.cost = [](int64_t, int64_t, Int3) { return Cost{}; };
  none.peak_bytes = [](int64_t, int64_t, Int3) { return int64_t{0}; };
  none.training_bytes = none.peak_bytes;
  return none;
}

void save_model(const std::filesystem::path& file, const NetworkDescription& description,
                const torch::nn::Module& module) {
  TensorFile content;
  content.manifest["format"] = kCheckpointFormat;
  content.manifest["network"] = dump_value(description);
  content.manifest["network"]["data"]["root"] = "";
  content.tensors = module_tensors(module);
  save_tensor_file(file, content);
}

LoadedModel load_model(const std::filesystem::path& file, const torch::Device& device,
                       FileOrigin origin) {
  const TensorFile content = load_tensor_file(file, origin);
  LoadedModel model;
  model.description = described_network(content.manifest, file.string());
  require_finite(content.tensors, file.string());
  require_pinned_script(model.description, file.string());
  model.networks = build_networks(model.description, 0);
  torch::nn::Module& module = model.networks.trained(model.description.scheme);
  assign_tensors(module, content.tensors, file.string());
  module.to(device);
  module.eval();
  return model;
}

int64_t parse_k(const std::string& k) {
  if (k == kAutoKName) return kAutoK;
  if (k == "full") return kFullK;
  try {
    const int64_t value = std::stoll(k);
    if (value > 0) return value;
  } catch (const std::logic_error&) {  // falls through to the message
  }
  throw ConfigError("k '{}': expected a number of patches above 0, or full", k);
}

torch::Device resolve_device(const std::string& name) {
  const bool has_cuda = torch::cuda::is_available();
  if (name == kAutoKName)
    return has_cuda ? torch::Device(torch::kCUDA, 0) : torch::Device(torch::kCPU);
  const torch::Device device(name);
  if (device.is_cuda() &&
      (!has_cuda || device.index() >= static_cast<int>(torch::cuda::device_count()))) {
    throw ConfigError(
        "--device {}: this machine or this LibTorch has no such device; use --device cpu", name);
  }
  return device.is_cuda() && !device.has_index() ? torch::Device(torch::kCUDA, 0) : device;
}

int64_t patch_batch(const torch::Device& device) { return device.is_cuda() ? 4 : 1; }

}  // namespace nmsw::runners
