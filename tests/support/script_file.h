#pragma once

#include <string>

#include <torch/script.h>

namespace nmsw::testing {

/// Weights of the convolution in `save_conv_script`.
struct ConvScript {
  torch::Tensor weight, bias;
};

/// Writes a TorchScript file: one convolution 3³ from 1 channel to `classes`.
inline ConvScript save_conv_script(const std::string& file, int64_t classes) {
  torch::manual_seed(11);
  const ConvScript script{torch::randn({classes, 1, 3, 3, 3}), torch::randn({classes})};
  torch::jit::Module module("ConvNet");
  module.register_parameter("weight", script.weight.clone(), false);
  module.register_parameter("bias", script.bias.clone(), false);
  module.define(
      "def forward(self, x):\n"
      "    return torch.conv3d(x, self.weight, self.bias, [1, 1, 1], [1, 1, 1])\n");
  module.save(file);
  return script;
}

}  // namespace nmsw::testing
