#include "nmsw/training/adamw.h"

#include <cmath>

namespace nmsw {

AdamW::AdamW(std::vector<Tensor> parameters, const AdamWSettings& settings,
             std::vector<double> rate_factors)
    : settings_(settings),
      parameters_(std::move(parameters)),
      rate_factors_(std::move(rate_factors)) {
  if (rate_factors_.empty()) rate_factors_.assign(parameters_.size(), 1.0);
  if (rate_factors_.size() != parameters_.size()) {
    throw ShapeError("AdamW: {} learning-rate factors for {} parameters", rate_factors_.size(),
                     parameters_.size());
  }
  for (const Tensor& parameter : parameters_) {
    first_.push_back(torch::zeros_like(parameter));
    second_.push_back(torch::zeros_like(parameter));
  }
  steps_ = torch::zeros({static_cast<int64_t>(parameters_.size())}, torch::kInt64);
}

void AdamW::zero_gradients() {
  for (Tensor& parameter : parameters_) parameter.mutable_grad() = Tensor();
}

double AdamW::clip_gradients(double limit) {
  std::vector<Tensor> norms;
  for (const Tensor& parameter : parameters_) {
    if (parameter.grad().defined()) norms.push_back(parameter.grad().norm());
  }
  if (norms.empty()) return 0;
  const double norm = torch::stack(norms).norm().item<double>();
  const double scale = limit / (norm + 1e-6);
  if (scale < 1) {
    for (const Tensor& parameter : parameters_) {
      if (parameter.grad().defined()) parameter.grad().mul_(scale);
    }
  }
  return norm;
}

void AdamW::step(double learning_rate) {
  const torch::NoGradGuard no_grad;
  auto* steps = steps_.data_ptr<int64_t>();
  for (size_t i = 0; i < parameters_.size(); ++i) {
    const Tensor gradient = parameters_[i].grad();
    if (!gradient.defined()) continue;
    const auto count = static_cast<double>(++steps[i]);
    first_[i].mul_(settings_.beta1).add_(gradient, 1 - settings_.beta1);
    second_[i].mul_(settings_.beta2).addcmul_(gradient, gradient, 1 - settings_.beta2);
    const double correction1 = 1 - std::pow(settings_.beta1, count);
    const double correction2 = 1 - std::pow(settings_.beta2, count);
    const Tensor divisor = second_[i].sqrt().div_(std::sqrt(correction2)).add_(settings_.epsilon);
    const double rate = learning_rate * rate_factors_[i];
    parameters_[i].mul_(1 - rate * settings_.weight_decay);
    parameters_[i].addcdiv_(first_[i], divisor, -rate / correction1);
  }
}

}  // namespace nmsw
