#pragma once

#include <vector>

#include "nmsw/config/training_config.h"
#include "nmsw/tensor/tensor.h"

namespace nmsw {

/// Keeps small gradients from vanishing in fp16: the loss is multiplied by a
/// scale, the gradients are divided by it. A step whose gradients overflowed is
/// left out and the scale halved; after a number of good steps in a row it is
/// doubled. For fp32 and bf16, whose exponents reach as far as a float's, the
/// scale is 1 and every step is accepted.
class LossScaler {
 public:
  static constexpr double kStart = 65536;
  static constexpr int64_t kGoodSteps = 2000;

  explicit LossScaler(Precision precision) : active_(precision == Precision::fp16) {}

  Tensor scaled(const Tensor& loss) const { return active_ ? loss * scale_ : loss; }
  /// Divides the gradients by the scale, in place.
  void unscale(const std::vector<Tensor>& parameters) const;
  /// Whether a step may be made whose gradients have this norm; adapts the
  /// scale.
  bool accept(double gradient_norm);

  double scale() const { return active_ ? scale_ : 1; }
  /// Scale and good steps in a row, float64 [2]: all that a continued training
  /// needs.
  Tensor state() const;
  void restore(const Tensor& state);

 private:
  bool active_;
  double scale_ = kStart;
  int64_t good_steps_ = 0;
};

}  // namespace nmsw
