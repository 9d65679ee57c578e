#pragma once

#include "nmsw/backbones/backbone.h"
#include "nmsw/config/training_config.h"

namespace nmsw {

/// A network's forward pass with convolutions and matrix products in that
/// precision. Logits and the last feature come out as float32, so that losses,
/// softmax and sums are computed in it; weights and gradients stay float32
/// throughout.
BackboneOutput forward_in(Precision precision, Backbone& network, const Tensor& image);

/// Throws ConfigError for anything but fp32 on a device that is not CUDA.
void require_precision(Precision precision, const torch::Device& device);

}  // namespace nmsw
