#pragma once

#include <torch/csrc/jit/api/module.h>

#include "nmsw/backbones/backbone.h"
#include "nmsw/config/torchscript_config.h"

namespace nmsw {

/// A network from a TorchScript file. Its parameters and buffers are this module's under the same
/// names, so that they train, move between devices and enter checkpoints as every other network's.
class TorchScriptBackbone final : public Backbone {
 public:
  /// Throws ConfigError where the configuration is faulty, DataError where LibTorch cannot load the
  /// file.
  TorchScriptBackbone(const TorchScriptConfig& config, int64_t in_channels, int64_t num_classes);
  /// No features. Throws DataError where the script fails, or gives anything but logits on the
  /// image's grid.
  BackboneOutput forward(const Tensor& image) override;
  int64_t feature_channels() const override { return nmsw::feature_channels(config_); }
  int64_t size_multiple() const override { return config_.size_multiple; }
  void train(bool on = true) override;

 private:
  TorchScriptConfig config_;
  int64_t num_classes_;
  torch::jit::Module script_;
};

}  // namespace nmsw
