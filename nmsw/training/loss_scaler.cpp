#include "nmsw/training/loss_scaler.h"

#include <cmath>

namespace nmsw {

void LossScaler::unscale(const std::vector<Tensor>& parameters) const {
  if (!active_) return;
  for (const Tensor& parameter : parameters) {
    if (parameter.grad().defined()) parameter.grad().mul_(1 / scale_);
  }
}

bool LossScaler::accept(double gradient_norm) {
  if (!active_) return true;
  if (!std::isfinite(gradient_norm)) {
    scale_ /= 2;
    good_steps_ = 0;
    return false;
  }
  if (++good_steps_ == kGoodSteps) {
    scale_ *= 2;
    good_steps_ = 0;
  }
  return true;
}

Tensor LossScaler::state() const {
  return torch::tensor({scale_, static_cast<double>(good_steps_)}, torch::kDouble);
}

void LossScaler::restore(const Tensor& state) {
  scale_ = state[0].item<double>();
  good_steps_ = static_cast<int64_t>(state[1].item<double>());
}

}  // namespace nmsw
