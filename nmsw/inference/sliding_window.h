#pragma once

#include <functional>

#include "nmsw/backbones/backbone.h"
#include "nmsw/inference/patched_method.h"

namespace nmsw {

/// Patch logits [N,C,d,h,w] from patches [N,Cin,d,h,w].
using PatchNetwork = std::function<Tensor(const Tensor& patches)>;

enum class WindowWeights { gaussian, constant };

struct SlidingWindowSettings {
  Int3 patch_dhw{128, 128, 128};
  double overlap = 0.5;
  WindowWeights weights = WindowWeights::gaussian;
  double sigma_scale = 0.125;
  PassPlan plan;
};

/// Logits [1,C,D,H,W] of a volume [1,Cin,D,H,W]: every patch of the grid, weighted mean where they
/// overlap. A volume smaller than the patch is padded with zeros and the result cropped back. Alone
/// among the ways to infer it holds every class at every voxel, since that is what it gives.
Tensor sliding_window_logits(const Tensor& volume, const PatchNetwork& network,
                             const SlidingWindowSettings& settings);

/// The gold standard: every patch through the local network.
class SlidingWindow final : public PatchedMethod {
 public:
  SlidingWindow(BackbonePtr local, int64_t num_classes, const SlidingWindowSettings& settings);
  Segmentation segment(const Tensor& volume) override;
  PatchPass begin(const Tensor& volume) override;

 private:
  BackbonePtr local_;
  int64_t num_classes_;
  SlidingWindowSettings settings_;
};

}  // namespace nmsw
