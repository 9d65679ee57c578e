#include "nmsw/backbones/torchscript.h"

#include <sstream>

#include <torch/script.h>

#include "nmsw/backbones/module_path.h"
#include "nmsw/base/atomic_file.h"
#include "nmsw/base/digest.h"
#include "nmsw/base/zip_check.h"

namespace nmsw {

namespace {

/// The bytes that are run are those whose digest was compared.
torch::jit::Module load_script(const std::string& file, const std::string& sha256) {
  const std::string bytes = read_file(file);
  if (!sha256.empty() && sha256_hex(bytes) != sha256) {
    throw DataError("{}: has changed since it was looked at; run the same command again", file);
  }
  const std::string damage = zip_fault(bytes);
  if (!damage.empty()) {
    throw DataError(
        "{}: is damaged ({}); restore it from a copy or write it again with torch.jit.save", file,
        damage);
  }
  try {
    std::istringstream stream(bytes);
    return torch::jit::load(stream, torch::kCPU);
  } catch (const c10::Error& fault) {
    throw DataError(
        "{}: is no TorchScript file that this LibTorch can load ({}); write it again with "
        "torch.jit.save",
        file, std::string(fault.what_without_backtrace()).substr(0, 120));
  }
}

/// The module that holds the last word of a dotted name, and that word.
std::pair<torch::nn::Module*, std::string> holder_of(torch::nn::Module& root,
                                                     const std::string& name) {
  const size_t dot = name.rfind('.');
  if (dot == std::string::npos) return {&root, name};
  return {module_at(root, name.substr(0, dot)).get(), name.substr(dot + 1)};
}

Tensor with_axes(const Tensor& tensor, ScriptAxes axes) {
  return axes == ScriptAxes::zyx ? tensor : tensor.permute({0, 1, 4, 3, 2}).contiguous();
}

}  // namespace

TorchScriptBackbone::TorchScriptBackbone(const TorchScriptConfig& config, int64_t /*in_channels*/,
                                         int64_t num_classes)
    : config_(config), num_classes_(num_classes) {
  require_consistent(config);
  script_ = load_script(config.file, config.sha256);
  const bool trained = config.weights == ScriptWeights::train;
  for (const auto& parameter : script_.named_parameters()) {
    const auto [holder, word] = holder_of(*this, parameter.name);
    holder->register_parameter(word, parameter.value, trained);
  }
  for (const auto& buffer : script_.named_buffers()) {
    const auto [holder, word] = holder_of(*this, buffer.name);
    holder->register_buffer(word, buffer.value);
  }
}

void TorchScriptBackbone::train(bool on) {
  Backbone::train(on);
  // A network whose weights stay as they are also keeps its statistics.
  script_.train(on && config_.weights == ScriptWeights::train);
}

BackboneOutput TorchScriptBackbone::forward(const Tensor& image) {
  require_extent(image);
  torch::jit::IValue output;
  try {
    output = script_.forward({with_axes(image, config_.axes)});
  } catch (const std::exception& fault) {
    throw DataError("{}: fails on an image of {} ({}); does it take one channel and this size?",
                    config_.file, fmt::join(image.sizes().vec(), "x"),
                    std::string(fault.what()).substr(0, 400));
  }
  std::vector<int64_t> wanted = image.sizes().vec();
  wanted[1] = num_classes_;
  if (!output.isTensor()) {
    throw DataError("{}: gives a {}; wrap it so that it returns the logits alone", config_.file,
                    output.tagKind());
  }
  const Tensor logits = with_axes(output.toTensor(), config_.axes);
  if (logits.sizes().vec() != wanted) {
    throw DataError(
        "{}: gives logits of {} where {} classes on the image's grid are {}; is it of another data "
        "set?",
        config_.file, fmt::join(logits.sizes().vec(), "x"), num_classes_, fmt::join(wanted, "x"));
  }
  return {{}, logits};
}

BackbonePtr make_network(const TorchScriptConfig& config, int64_t in_channels,
                         int64_t num_classes) {
  return std::make_shared<TorchScriptBackbone>(config, in_channels, num_classes);
}

}  // namespace nmsw
