#pragma once

#include "nmsw/backbones/backbone.h"
#include "nmsw/config/precision.h"

namespace nmsw {

/// A network's forward pass with convolutions and matrix products in that
/// precision. Logits and the last feature come out as float32, so that losses,
/// softmax and sums are computed in it; weights and gradients stay float32
/// throughout. Where no gradient is to come, the CPU takes its own kernels for bf16; networks that
/// it has none for, TorchScript files, stay in fp32.
BackboneOutput forward_in(Precision precision, Backbone& network, const Tensor& image);

/// Its logits alone, [N,C,D,H,W] float32, likewise; what is computed late is in that precision too.
LazyVolume lazy_logits_in(Precision precision, Backbone& network, const Tensor& image);

/// Share of an image's voxels whose label that precision changes against fp32: two passes. A
/// network with drawn weights has nearly equal logits everywhere; a trained one changes far fewer.
double labels_changed(Precision precision, Backbone& network, const Tensor& image);

/// For training: throws ConfigError for anything but fp32 on a device that is not CUDA.
void require_precision(Precision precision, const torch::Device& device);

/// For inference: throws ConfigError for fp16 on a device that is not CUDA.
void require_inference_precision(Precision precision, const torch::Device& device);

}  // namespace nmsw
