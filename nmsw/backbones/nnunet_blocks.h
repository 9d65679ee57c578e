#pragma once

#include "nmsw/backbones/conv3d.h"
#include "nmsw/base/volume.h"

namespace nmsw {

/// Volumes pass between these blocks with their norms pending on the project's kernels, and plain
/// elsewhere.

/// Same-size convolution → instance norm with scale and offset → LeakyReLU. METHOD 1.6.
struct NormedConv {
  Conv3d conv{nullptr};
  torch::nn::GroupNorm norm{nullptr};

  struct Shape {
    int64_t in = 0, out = 0;
    Int3 kernel_dhw{1, 1, 1}, stride_dhw{1, 1, 1};
    bool bias = true;
  };
  /// Registers `conv` and `norm` below a path.
  NormedConv(torch::nn::Module& root, const std::string& path, const Shape& shape);
  NormedConv() = default;
  /// Of the volumes, their channels one behind the other. slope 1: no activation.
  DeferredNorm forward(const std::vector<DeferredNorm>& input, double slope) const;
};

/// A block of the residual encoder: two convolutions, plus the input, pooled where the block has a
/// stride and through a 1×1×1 convolution with norm where the channels differ → LeakyReLU.
class NnUnetResBlock {
 public:
  /// `shape` is that of the first convolution.
  NnUnetResBlock(torch::nn::Module& root, const std::string& path, const NormedConv::Shape& shape);
  /// The input's pending operations are applied in place.
  DeferredNorm forward(DeferredNorm& input) const;
  /// As the reference draws it: the block begins as its shortcut.
  void start_as_shortcut();

 private:
  Int3 stride_dhw_;
  NormedConv first_, second_, shortcut_;
};

inline constexpr double kNnUnetSlope = 0.01;

}  // namespace nmsw
