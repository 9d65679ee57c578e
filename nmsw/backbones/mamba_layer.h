#pragma once

#include "nmsw/tensor/tensor.h"

namespace nmsw {

/// Shape of a Mamba layer: channels, those of the scan, of its step sizes, its state variables, and
/// the taps of the convolution before it.
struct MambaShape {
  int64_t channels = 0, inner = 0, step_channels = 0, states = 0, taps = 0;
};

/// LayerNorm → Mamba over the voxels in the tensor's order (METHOD 1.9); replaces its input. In
/// float32 whatever the precision around it.
class MambaLayer final : public torch::nn::Module {
 public:
  explicit MambaLayer(const MambaShape& shape);
  /// [N,C,D,H,W] → the same.
  Tensor forward(const Tensor& volume);

 private:
  void draw_weights();
  /// The part before the gate, of rows [N,L,inner].
  Tensor scanned(const Tensor& rows);

  MambaShape shape_;
  torch::nn::LayerNorm norm_{nullptr};
  torch::nn::Linear in_{nullptr}, controls_{nullptr}, steps_{nullptr}, out_{nullptr};
  torch::nn::Conv1d conv_{nullptr};
  Tensor log_rate_, skip_;
};

}  // namespace nmsw
