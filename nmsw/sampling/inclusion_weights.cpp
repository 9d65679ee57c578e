#include "nmsw/sampling/inclusion_weights.h"

#include <limits>

#include "nmsw/sampling/patch_draw.h"

namespace nmsw {

InclusionSample inclusion_sample(const Tensor& log_prob, const Tensor& noise, int64_t k) {
  check_shape(log_prob, {kAnySize}, "log probabilities");
  check_shape(noise, {log_prob.size(0)}, "Gumbel noise");
  require_drawable(log_prob.unsqueeze(0), k);
  const bool all = k == log_prob.size(0);
  const auto [values, order] = (log_prob + noise).topk(all ? k : k + 1, 0);
  InclusionSample sample;
  sample.index = order.narrow(0, 0, k);
  sample.threshold =
      all ? torch::full({}, -std::numeric_limits<double>::infinity(), log_prob.options())
          : values[k];
  // 1 - exp(-x), exact for small x too.
  sample.inclusion =
      -torch::expm1(-torch::exp(log_prob.index_select(0, sample.index) - sample.threshold));
  return sample;
}

Tensor inclusion_estimate(const InclusionSample& sample, const Tensor& log_prob,
                          const Tensor& values, bool normalised) {
  check_shape(values, {log_prob.size(0)}, "values of the candidates");
  const Tensor weights = log_prob.index_select(0, sample.index).exp() / sample.inclusion;
  const Tensor sum = (weights * values.index_select(0, sample.index)).sum();
  return normalised ? sum / weights.sum() : sum;
}

}  // namespace nmsw
