#pragma once

#include <vector>

#include "nmsw/tensor/tensor.h"

namespace nmsw {

struct AdamWSettings {
  double weight_decay = 1e-5;
  double beta1 = 0.9;
  double beta2 = 0.999;
  double epsilon = 1e-8;
};

/// AdamW (decoupled weight decay). Its state is open, so that a checkpoint holds all of it. A
/// parameter without a gradient is left alone, its step count too, as PyTorch does.
class AdamW {
 public:
  /// `rate_factors`: what each parameter's learning rate is multiplied by; empty: 1 for all. Throws
  /// ShapeError for a list of another length.
  AdamW(std::vector<Tensor> parameters, const AdamWSettings& settings,
        std::vector<double> rate_factors = {});

  void zero_gradients();
  /// Scales all gradients so that their joint Euclidean norm is at most `limit`. Returns the norm
  /// before.
  double clip_gradients(double limit);
  void step(double learning_rate);

  std::vector<Tensor>& parameters() { return parameters_; }
  /// First and second moments, one a parameter, and steps made (int64 [parameters]).
  std::vector<Tensor>& first_moments() { return first_; }
  std::vector<Tensor>& second_moments() { return second_; }
  Tensor& steps() { return steps_; }

 private:
  AdamWSettings settings_;
  std::vector<Tensor> parameters_, first_, second_;
  std::vector<double> rate_factors_;
  Tensor steps_;
};

}  // namespace nmsw
