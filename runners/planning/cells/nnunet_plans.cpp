#include "runners/planning/cells/nnunet_plans.h"

#include <algorithm>

namespace nmsw::runners {
namespace {

using Json = nlohmann::json;

constexpr const char* kResidual = "ResidualEncoderUNet";

Json old_architecture(const JsonPart& old) {
  const auto name = old.at("UNet_class_name").as<std::string>();
  const auto counts = old.at("n_conv_per_stage_encoder").as<std::vector<int64_t>>();
  const auto most = old.at("unet_max_num_features").as<int64_t>();
  int64_t width = old.at("UNet_base_num_features").as<int64_t>();
  std::vector<int64_t> features;
  while (features.size() < counts.size()) {
    features.push_back(std::min(width, most));
    width = std::min(width, most) * 2;
  }
  Json sizes;
  sizes["features_per_stage"] = features;
  sizes["kernel_sizes"] = old.at("conv_kernel_sizes").json();
  sizes["strides"] = old.at("pool_op_kernel_sizes").json();
  sizes[name == kResidual ? "n_blocks_per_stage" : "n_conv_per_stage"] = counts;
  sizes["n_conv_per_stage_decoder"] = old.at("n_conv_per_stage_decoder").json();
  return Json{{"network_class_name", name}, {"arch_kwargs", sizes}};
}

/// Where the plans say something about the layers, it must be what the networks here have.
void require_layers(const JsonPart& sizes) {
  const auto require = [&](const char* key, const std::string& wanted) {
    if (!sizes.has(key)) return;
    const std::string found = sizes.at(key).shown();
    if (found.find(wanted) == std::string::npos) {
      sizes.at(key).refuse("is {}; only networks with {} are read", found, wanted);
    }
  };
  require("conv_op", "Conv3d");
  require("norm_op", "InstanceNorm3d");
  require("nonlin", "LeakyReLU");
  require("conv_bias", "true");
  require("nonlin_first", "false");
  if (sizes.has("dropout_op")) sizes.at("dropout_op").refuse("is there; dropout is not read");
  if (sizes.has("stem_channels")) sizes.at("stem_channels").refuse("is there; it is not read");
  if (!sizes.has("norm_op_kwargs")) return;
  const JsonPart norm = sizes.at("norm_op_kwargs");
  constexpr double kEpsilon = 1e-5;
  if (norm.has("affine") && !norm.at("affine").as<bool>()) norm.at("affine").refuse("is false");
  if (norm.has("eps") && norm.at("eps").as<double>() != kEpsilon)
    norm.at("eps").refuse("is {}; only 1e-5 is read", norm.at("eps").shown());
}

/// A number for all stages, or one each.
std::vector<int64_t> counts_of(const JsonPart& part, size_t stages) {
  constexpr size_t kMostStages = 64;
  if (!part.json().is_number_integer()) return part.as<std::vector<int64_t>>();
  return std::vector<int64_t>(std::min(stages, kMostStages), part.as<int64_t>());
}

/// Kernels and strides of each stage; a number holds for all axes.
std::vector<Int3> triples_of(const JsonPart& part, const AxisOfZyx& axes) {
  std::vector<Int3> triples;
  for (const JsonPart& item : part.items()) {
    if (item.json().is_number_integer()) {
      const auto side = item.as<int64_t>();
      triples.push_back({side, side, side});
    } else {
      triples.push_back(in_xyz<int64_t>(item, axes));
    }
  }
  return triples;
}

template <class Config>
NetworkSpec spec_of(Config config, std::vector<int64_t> Config::*encoder, const char* encoder_key,
                    const JsonPart& sizes, const AxisOfZyx& axes) {
  config.channels = sizes.at("features_per_stage").as<std::vector<int64_t>>();
  config.strides_xyz = triples_of(sizes.at("strides"), axes);
  config.kernels_xyz = triples_of(sizes.at("kernel_sizes"), axes);
  const size_t stages = config.channels.size();
  config.*encoder = counts_of(sizes.at(encoder_key), stages);
  config.decoder_convs =
      counts_of(sizes.at("n_conv_per_stage_decoder"), std::max<size_t>(stages, 1) - 1);
  NetworkSpec spec;
  spec.backbone = Config::name;
  spec.backbone_config = canonical_text(config);
  try {  // JSON is YAML, and what is read from that is checked
    read_network_config<Config>(ConfigNode::parse(spec.backbone_config, Config::name));
  } catch (const ConfigError& fault) {
    sizes.refuse("{}", fault.what());
  }
  return spec;
}

}  // namespace

AxisOfZyx axis_of_zyx(const JsonPart& plans) {
  AxisOfZyx found{0, 1, 2};
  if (!plans.has("transpose_forward")) return found;
  // The network's axis i is axis forward[i] of the image.
  const JsonPart part = plans.at("transpose_forward");
  const auto forward = part.as<std::vector<int64_t>>();
  if (forward.size() != 3 || !std::is_permutation(forward.begin(), forward.end(), found.begin())) {
    part.refuse("{} is no order of three axes", part.shown());
  }
  for (size_t i = 0; i < 3; ++i) found[static_cast<size_t>(forward[i])] = static_cast<int64_t>(i);
  return found;
}

Json planned_configuration(const JsonPart& plans, const std::string& name) {
  const JsonPart all = plans.at("configurations");
  Json found = Json::object();
  std::string next = name;
  constexpr int kMostAncestors = 16;
  for (int i = 0; i < kMostAncestors && !next.empty(); ++i) {
    const JsonPart one = all.at(next);
    if (!one.json().is_object()) one.refuse("is no configuration");
    for (const auto& [key, value] : one.json().items()) {
      if (!found.contains(key)) found[key] = value;
    }
    next = one.has("inherits_from") ? one.at("inherits_from").as<std::string>() : "";
  }
  if (!found.contains("architecture")) {
    found["architecture"] =
        old_architecture({found, "plans.configurations." + printable(name), plans.file()});
  }
  return found;
}

NetworkSpec planned_network(const JsonPart& configuration, const AxisOfZyx& axes,
                            VoxelOrder order) {
  const JsonPart architecture = configuration.at("architecture");
  const auto path = architecture.at("network_class_name").as<std::string>();
  const std::string name = path.substr(path.rfind('.') + 1);
  const JsonPart sizes = architecture.at("arch_kwargs");
  require_layers(sizes);
  if (name == "PlainConvUNet") {
    NnUnetConfig config;
    config.voxel_order = order;
    return spec_of(config, &NnUnetConfig::encoder_convs, "n_conv_per_stage", sizes, axes);
  }
  if (name == kResidual) {
    NnUnetResEncConfig config;
    config.voxel_order = order;
    return spec_of(config, &NnUnetResEncConfig::blocks, "n_blocks_per_stage", sizes, axes);
  }
  architecture.refuse("the network is a {}; PlainConvUNet and ResidualEncoderUNet are read",
                      printable(name));
}

}  // namespace nmsw::runners
