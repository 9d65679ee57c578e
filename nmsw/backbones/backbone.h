#pragma once

#include <functional>
#include <map>
#include <vector>

#include "nmsw/config/network_config.h"
#include "nmsw/ops/lazy_volume.h"

namespace nmsw {

/// Everything a backbone's forward pass gives out.
struct BackboneOutput {
  /// Encoder features, then decoder features; the last one is what the score head reads.
  std::vector<Tensor> features;
  /// [N, classes, D, H, W], no softmax.
  Tensor logits;
};

/// A segmentation network: logits on the grid of its input. Parameter names are those of the
/// reference implementation (METHOD 1.4), so that checkpoints import by name.
class Backbone : public torch::nn::Module {
 public:
  /// image [N, in_channels, D, H, W], every axis a multiple of `size_multiple`; ShapeError
  /// otherwise.
  virtual BackboneOutput forward(const Tensor& image) = 0;
  /// Its logits alone, which a network whose last step can be done a few planes at a time computes
  /// when they are asked for.
  virtual LazyVolume lazy_logits(const Tensor& image) { return forward(image).logits; }
  /// Channels of the last feature.
  virtual int64_t feature_channels() const = 0;
  virtual int64_t size_multiple() const = 0;
  /// How many images of this shape have come, this one included.
  int64_t count_shape(torch::IntArrayRef sizes) { return ++shapes_[sizes.vec()]; }

 protected:
  /// Throws ShapeError unless every axis is a multiple of `size_multiple`.
  void require_extent(const Tensor& image) const;

 private:
  std::map<std::vector<int64_t>, int64_t> shapes_;
};

/// Makes the network; parameters are drawn from LibTorch's global generator.
using BackboneBuilder = std::function<BackbonePtr(int64_t in_channels, int64_t num_classes)>;

}  // namespace nmsw
