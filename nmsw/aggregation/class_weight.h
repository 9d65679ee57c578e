#pragma once

#include "nmsw/tensor/tensor.h"

namespace nmsw {

/// How much each class trusts the patches: sigmoid(clamp(raw, minimum, maximum)), learnt.
class ClassWeight final : public torch::nn::Module {
 public:
  ClassWeight(int64_t num_classes, double start, double minimum, double maximum);
  /// [1,C,1,1,1], between 0 and 1. No gradient beyond the clamp.
  Tensor forward() const;

 private:
  double minimum_, maximum_;
  Tensor class_weight_;
};

}  // namespace nmsw
