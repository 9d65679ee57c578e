#include "nmsw/sampling/estimators.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>

#include "nmsw/sampling/attention_sampling.h"
#include "nmsw/sampling/draws_with_replacement.h"
#include "nmsw/sampling/gumbel.h"
#include "nmsw/sampling/gumbel_top_k.h"
#include "nmsw/sampling/inclusion_weights.h"
#include "nmsw/sampling/ordered_draws.h"
#include "nmsw/sampling/perturbed_top_k.h"
#include "nmsw/sampling/score_function.h"
#include "nmsw/sampling/soft_top_k.h"

namespace nmsw {

namespace {

using Problem = ChoiceProblem;
using Generator = torch::Generator;

constexpr int64_t kPerturbations = 500;
/// A draw of a perturbed optimiser is a mean over many samples already.
constexpr int64_t kPerturbedDraws = 400;

/// The scores once a draw, each with a gradient of its own.
Tensor rows_of(const Problem& problem, int64_t draws) {
  return problem.scores.expand({draws, problem.scores.size(0)}).clone().requires_grad_();
}

Tensor gumbel_rows(std::vector<int64_t> shape, const Generator& generator) {
  return gumbel_from_uniform(torch::rand(shape, generator, torch::kDouble));
}

/// Gradients of the worth of weights [K,D,N].
DrawnGradients of_weights(const Tensor& rows, const Tensor& weights, const Problem& problem) {
  (weights * problem.worth).sum().backward();
  return {rows.grad(), Tensor()};
}

DrawnGradients gumbel_gradients(const Problem& problem, int64_t draws, const Generator& generator,
                                Estimator estimator, double tau) {
  const Tensor rows = rows_of(problem, draws), noise = gumbel_rows(rows.sizes().vec(), generator);
  const TopKDraw draw = gumbel_top_k(rows, noise, problem.k, tau, DrawnRemoval::exact);
  return of_weights(rows, patch_weights(draw, estimator), problem);
}

DrawnGradients repeated_gradients(const Problem& problem, int64_t draws, const Generator& generator,
                                  double tau) {
  const Tensor rows = rows_of(problem, draws);
  const Tensor noise = gumbel_rows({problem.k, draws, rows.size(1)}, generator);
  const TopKDraw draw = draws_with_replacement(rows, noise, tau);
  return of_weights(rows, patch_weights(draw, Estimator::straight_through), problem);
}

DrawnGradients perturbed_gradients(const Problem& problem, int64_t draws,
                                   const Generator& generator, double sigma,
                                   PerturbationBaseline baseline) {
  const Tensor rows = rows_of(problem, std::min(draws, kPerturbedDraws));
  const Tensor noise =
      torch::randn({kPerturbations, rows.size(0), rows.size(1)}, generator, torch::kDouble);
  return of_weights(rows, perturbed_top_k(rows, noise, problem.k, sigma, baseline).soft, problem);
}

DrawnGradients transport_gradients(const Problem& problem, const ModelConfig& config, double tau) {
  const Tensor rows = rows_of(problem, 1);
  const TopKDraw draw = draw_soft_top_k(config, {rows, {}, {}, problem.k, tau, 0});
  return of_weights(rows, draw.soft, problem);
}

/// Every ordered draw [D,K], with its probability and the gradient of that one's logarithm.
struct Enumeration {
  Tensor draws, chance, by_log_prob, total_worth;
  Enumeration(const Problem& problem, bool with_replacement)
      : draws(every_draw(problem.scores.size(0), problem.k, with_replacement)) {
    const Tensor rows = rows_of(problem, draws.size(0));
    const Tensor log_prob = draw_log_prob(rows, draws.t(), with_replacement);
    log_prob.sum().backward();
    chance = log_prob.detach().exp();
    by_log_prob = rows.grad();
    total_worth = problem.worth.index_select(0, draws.flatten()).view_as(draws).sum(1);
  }
  DrawnGradients with_baseline(const Tensor& baseline) const {
    return {(total_worth - baseline).unsqueeze(1) * by_log_prob, chance};
  }
};

DrawnGradients paired_gradients(const Problem& problem, int64_t draws, const Generator& generator) {
  const Enumeration all(problem, false);
  const Tensor pick = torch::multinomial(all.chance, 2 * draws, true, generator);
  const Tensor one = pick.narrow(0, 0, draws), two = pick.narrow(0, draws, draws);
  const Tensor half =
      0.5 * (all.total_worth.index_select(0, one) - all.total_worth.index_select(0, two));
  return {half.unsqueeze(1) *
              (all.by_log_prob.index_select(0, one) - all.by_log_prob.index_select(0, two)),
          Tensor()};
}

DrawnGradients attention_gradients(const Problem& problem, bool with_replacement) {
  const Enumeration all(problem, with_replacement);
  const Tensor rows = rows_of(problem, all.draws.size(0));
  const Tensor ratio = attention_ratio(log_attention(rows, 0), all.draws.t());
  const Tensor worth = problem.worth.index_select(0, all.draws.t().flatten()).view_as(ratio);
  (ratio * worth).sum().backward();
  return {rows.grad(), all.chance};
}

void add_relaxations(std::vector<GradientEstimator>& list) {
  for (const auto& [estimator, name] : EnumNames<Estimator>::values) {
    for (const double tau : {2.0, 2.0 / 3, 1.0 / 3}) {
      list.push_back({fmt::format("gumbel_top_k, {}, tau {:.3g}", name, tau), false,
                      [estimator = estimator, tau](const Problem& problem, int64_t draws,
                                                   const Generator& generator) {
                        return gumbel_gradients(problem, draws, generator, estimator, tau);
                      }});
    }
  }
  for (const double sigma : {1.0, 0.3}) {
    for (const auto& [baseline, name] : EnumNames<PerturbationBaseline>::values) {
      list.push_back({fmt::format("perturbed_top_k, sigma {:.3g}, baseline {}", sigma, name), false,
                      [sigma, baseline = baseline](const Problem& problem, int64_t draws,
                                                   const Generator& generator) {
                        return perturbed_gradients(problem, draws, generator, sigma, baseline);
                      }});
    }
  }
  for (const double tau : {2.0, 2.0 / 3, 1.0 / 3}) {
    list.push_back({fmt::format("soft_top_k, normalise none, tau {:.3g}", tau), false,
                    [tau](const Problem& problem, int64_t, const Generator&) {
                      return transport_gradients(problem, {}, tau);
                    }});
  }
  list.push_back({"soft_top_k, normalise max, epsilon 0.1", false,
                  [](const Problem& problem, int64_t, const Generator&) {
                    ModelConfig config;
                    config.transport_normalise = TransportNormalise::max;
                    return transport_gradients(problem, config, 1);
                  }});
}

void add_by_probability(std::vector<GradientEstimator>& list, bool again) {
  const std::string suffix = again ? ", with replacement" : "";
  list.push_back(
      {"attention" + suffix, again, [again](const Problem& problem, int64_t, const Generator&) {
         return attention_gradients(problem, again);
       }});
  list.push_back(
      {"score_function, baseline none" + suffix, again,
       [again](const Problem& problem, int64_t, const Generator&) {
         return Enumeration(problem, again).with_baseline(torch::zeros({}, torch::kDouble));
       }});
  list.push_back({"score_function, baseline the mean" + suffix, again,
                  [again](const Problem& problem, int64_t, const Generator&) {
                    const Enumeration all(problem, again);
                    return all.with_baseline((all.chance * all.total_worth).sum());
                  }});
}

}  // namespace

ChoiceProblem drawn_problem(int64_t candidates, int64_t k, double spread, uint64_t seed) {
  const Generator generator = seeded_generator(seed);
  const Tensor scores = spread * torch::randn({candidates}, generator, torch::kDouble);
  return {scores, torch::randn({candidates}, generator, torch::kDouble), k};
}

Tensor exact_gradient(const ChoiceProblem& problem, bool with_replacement) {
  const Tensor draws = every_draw(problem.scores.size(0), problem.k, with_replacement);
  const Tensor row = problem.scores.clone().requires_grad_();
  const Tensor chance =
      draw_log_prob(row.expand({draws.size(0), row.size(0)}), draws.t(), with_replacement).exp();
  (chance * problem.worth.index_select(0, draws.flatten()).view_as(draws).sum(1)).sum().backward();
  return row.grad();
}

std::vector<GradientEstimator> gradient_estimators() {
  std::vector<GradientEstimator> list;
  add_relaxations(list);
  add_by_probability(list, false);
  list.push_back({"score_function, baseline leave_one_out, 2 draws", false, &paired_gradients});
  for (const double tau : {2.0 / 3}) {
    list.push_back({fmt::format("with_replacement, straight_through, tau {:.3g}", tau), true,
                    [tau](const Problem& problem, int64_t draws, const Generator& generator) {
                      return repeated_gradients(problem, draws, generator, tau);
                    }});
  }
  add_by_probability(list, true);
  return list;
}

GradientQuality gradient_quality(const GradientEstimator& estimator, const ChoiceProblem& problem,
                                 int64_t draws, uint64_t seed) {
  const Tensor exact = exact_gradient(problem, estimator.with_replacement);
  const DrawnGradients drawn = estimator.gradients(problem, draws, seeded_generator(seed));
  const auto count = static_cast<double>(drawn.gradient.size(0));
  const Tensor chance = drawn.chance.defined()
                            ? drawn.chance
                            : torch::full({drawn.gradient.size(0)}, 1 / count, torch::kDouble);
  const Tensor mean = torch::mv(drawn.gradient.t(), chance);
  const Tensor square = (drawn.gradient - mean).square().sum(1);
  const double length = exact.norm().item<double>();
  const double mean_length = mean.norm().item<double>();
  return {(mean * exact).sum().item<double>() / (mean_length * length), mean_length / length,
          std::sqrt((chance * square).sum().item<double>()) / length};
}

std::vector<MeanQuality> mean_qualities(const ChoiceProblem& problem, int64_t draws,
                                        uint64_t seed) {
  const Tensor log_prob = torch::log_softmax(problem.scores, 0), attention = log_prob.exp();
  const Tensor exact = (attention * problem.worth).sum();
  const Tensor unit = (attention * (problem.worth - exact).square()).sum().sqrt();
  std::vector<MeanQuality> found;
  const auto add = [&](const std::string& name, const std::vector<Tensor>& values,
                       const Tensor& chance) {
    const Tensor error = (torch::stack(values) - exact) / unit;
    const Tensor bias = (chance * error).sum();
    found.push_back({name, bias.item<double>(),
                     (chance * (error - bias).square()).sum().sqrt().item<double>()});
  };
  for (const bool again : {true, false}) {
    const Enumeration all(problem, again);
    std::vector<Tensor> values;
    for (int64_t d = 0; d < all.draws.size(0); ++d) {
      values.push_back(
          attention_estimate(attention, problem.worth.unsqueeze(1), all.draws[d], again)[0]);
    }
    add(again ? "attention, with replacement" : "attention", values, all.chance);
  }
  const Tensor noise = gumbel_rows({draws, log_prob.size(0)}, seeded_generator(seed));
  const Tensor alike = torch::full({draws}, 1 / static_cast<double>(draws), torch::kDouble);
  for (const bool normalised : {false, true}) {
    std::vector<Tensor> values;
    for (int64_t d = 0; d < draws; ++d) {
      const InclusionSample sample = inclusion_sample(log_prob, noise[d], problem.k);
      values.push_back(inclusion_estimate(sample, log_prob, problem.worth, normalised));
    }
    add(normalised ? "inclusion weights, normalised" : "inclusion weights", values, alike);
  }
  return found;
}

}  // namespace nmsw
