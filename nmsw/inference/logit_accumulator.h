#pragma once

#include "nmsw/config/model_config.h"
#include "nmsw/tensor/tensor.h"

namespace nmsw {

/// Weighted sum of patch logits over a volume, on one device.
class LogitAccumulator {
 public:
  /// importance [d,h,w] of a patch; every patch added has that size.
  LogitAccumulator(int64_t num_classes, Int3 extent_dhw, const Tensor& importance);

  /// Adds one patch's logits [C,d,h,w].
  void add(const Tensor& patch_logits, Int3 start_dhw);

  /// Σw·logits/Σw [1,C,D,H,W]; every voxel must be covered.
  Tensor mean() const;

  /// What lies outside the patches, and how the two meet.
  struct Coarse {
    Tensor logits;        ///< [1,C,d,h,w]; undefined: every voxel is covered by patches
    Int3 rate_dhw{1, 1, 1};
    Tensor class_weight;  ///< [1,C,1,1,1]; undefined: patches replace the coarse logits
    OverlapBlend blend = OverlapBlend::normalised;
  };

  /// Label map uint8 [D,H,W] of the logits so far, a few planes at a time.
  Tensor labels(const Coarse& coarse) const;

 private:
  Tensor plane_logits(const Coarse& coarse, const Tensor& yielding, int64_t d0, int64_t d1) const;

  Tensor importance_, sum_, weight_;
};

}  // namespace nmsw
