#include "nmsw/sampling/soft_top_k.h"

#include <cmath>

namespace nmsw {

namespace {

using torch::autograd::AutogradContext;
using torch::autograd::variable_list;

constexpr int64_t kMostIterations = 5000;
/// How far the potentials may still move, relative to their size.
constexpr double kConverged = 1e-13;

/// The anchors that receive anything, and how much. All double.
struct Anchors {
  Tensor place, mass;  ///< [J]
};

Anchors anchors_of(int64_t k, int64_t count, bool sorted) {
  const double one = 1.0 / static_cast<double>(count);
  const int64_t chosen = sorted ? k : 1;
  Tensor place = torch::arange(chosen, -1, -1, torch::kDouble);
  Tensor mass = torch::full({chosen + 1}, sorted ? one : one * static_cast<double>(k),
                            torch::TensorOptions(torch::kDouble));
  mass[chosen] = one * static_cast<double>(count - k);
  if (count > k) return {place, mass};
  return {place.narrow(0, 0, chosen), mass.narrow(0, 0, chosen)};
}

/// Transport plan [N,J] of a cost [N,J] in units of epsilon, by Sinkhorn's iterations in logarithms.
/// They end on the anchors' side, whose masses are met exactly.
Tensor transport_plan(const Tensor& cost, const Tensor& anchor_mass) {
  const Tensor log_anchor = anchor_mass.log();
  const double log_patch = -std::log(static_cast<double>(cost.size(0)));
  Tensor patch, anchor = torch::zeros_like(anchor_mass);
  for (int64_t i = 0; i < kMostIterations; ++i) {
    const Tensor before = anchor;
    patch = log_patch - torch::logsumexp(anchor - cost, 1, true);
    anchor = log_anchor - torch::logsumexp(patch - cost, 0);
    const double moved = (anchor - before).abs().max().item<double>();
    if (moved <= kConverged * (1 + anchor.abs().max().item<double>())) break;
  }
  return torch::exp(patch + anchor - cost);
}

/// The plan of the unsorted form [N,2], in closed form: the share of each score that goes to anchor
/// 1 is sigmoid(2·score/(c·epsilon) + λ) with the one λ that makes the shares' sum k.
Tensor two_anchor_plan(const Tensor& slope_scores, int64_t k) {
  const auto count = static_cast<double>(slope_scores.size(0));
  double low = -slope_scores.max().item<double>() - 50, high = -slope_scores.min().item<double>();
  low -= std::log(count), high += 50 + std::log(count);
  for (int i = 0; i < 200; ++i) {
    const double middle = 0.5 * (low + high);
    const double sum = torch::sigmoid(slope_scores + middle).sum().item<double>();
    (sum < static_cast<double>(k) ? low : high) = middle;
  }
  const Tensor shifted = slope_scores + 0.5 * (low + high);
  return torch::stack({torch::sigmoid(shifted), torch::sigmoid(-shifted)}, 1) / count;
}

/// ∂L/∂cost [N,J], cost in units of epsilon, from the plan and ∂L/∂plan: the margins stay as they
/// are while the plan moves, which gives a linear system for the potentials' movements. The last
/// anchor's is 0.
Tensor cost_gradient(const Tensor& plan, const Tensor& by_plan) {
  const int64_t free = plan.size(1) - 1;
  const Tensor moved = by_plan * plan;
  const Tensor rows = moved.sum(1), mass = plan.sum(1);
  const Tensor inner = plan.narrow(1, 0, free);
  Tensor anchor = torch::zeros({plan.size(1)}, plan.options());
  if (free > 0) {
    const Tensor system =
        torch::diag(inner.sum(0)) - torch::matmul(inner.t(), inner / mass.unsqueeze(1));
    const Tensor right = moved.sum(0).narrow(0, 0, free) - torch::mv(inner.t(), rows / mass);
    anchor.narrow(0, 0, free).copy_(torch::linalg_solve(system, right));
  }
  const Tensor patch = (rows - torch::mv(plan, anchor)) / mass;
  return plan * (patch.unsqueeze(1) + anchor) - moved;
}

class Transport : public torch::autograd::Function<Transport> {
 public:
  static Tensor forward(AutogradContext* ctx, const Tensor& scores, int64_t k,
                        TransportSettings settings) {
    const Tensor values = scores.detach().to(torch::kCPU, torch::kDouble);
    const auto count = static_cast<double>(values.size(0));
    const Anchors anchors = anchors_of(k, values.size(0), settings.sorted);
    const Tensor offset = values.unsqueeze(1) - anchors.place;
    const Tensor cost = offset * offset;
    const double scale =
        settings.epsilon * (settings.divide_by_largest ? cost.max().item<double>() : 1.0);
    const bool closed = !settings.sorted && anchors.place.size(0) == 2;
    const Tensor plan = closed ? two_anchor_plan(2 * values / scale, k)
                               : transport_plan(cost / scale, anchors.mass);
    ctx->save_for_backward({plan, offset});
    ctx->saved_data["scale"] = scale;
    ctx->saved_data["count"] = count;
    const int64_t chosen = settings.sorted ? k : 1;
    return (count * plan.narrow(1, 0, chosen)).t().to(scores.options()).contiguous();
  }

  static variable_list backward(AutogradContext* ctx, const variable_list& gradients) {
    const variable_list saved = ctx->get_saved_variables();
    const Tensor &plan = saved[0], &offset = saved[1];
    const double scale = ctx->saved_data["scale"].toDouble();
    const Tensor given = gradients[0].to(torch::kCPU, torch::kDouble).t();
    Tensor by_plan = torch::zeros_like(plan);
    by_plan.narrow(1, 0, given.size(1)).copy_(given * ctx->saved_data["count"].toDouble());
    const Tensor by_scores = (cost_gradient(plan, by_plan) * offset).sum(1) * (2 / scale);
    return {by_scores.to(gradients[0].options()), Tensor(), Tensor()};
  }
};

/// The soft choice [K,P] of one row of scores [P].
Tensor soft_row(const ModelConfig& config, const DrawRequest& request, const Tensor& scores) {
  const bool has_mask = request.background.defined() && request.background.any().item<bool>() &&
                        !request.background.all().item<bool>();
  if (config.transport_normalise == TransportNormalise::max) {
    const Tensor filled = has_mask ? fill_masked(scores, request.background) : scores;
    return soft_top_k(filled, request.k, {config.transport_epsilon, true, true});
  }
  // The definition's cost (score - anchor)² with anchors k, …, 0 differs from -score·anchor/k by
  // what no plan depends on and by the factor 2k.
  const TransportSettings settings{2 * static_cast<double>(request.k) * request.tau, true, false};
  if (!has_mask) return soft_top_k(scores, request.k, settings);
  const Tensor seen = request.background.logical_not().nonzero().squeeze(1);
  if (seen.size(0) < request.k)
    return soft_top_k(fill_masked(scores, request.background), request.k, settings);
  const Tensor soft = soft_top_k(scores.index_select(0, seen), request.k, settings);
  return torch::zeros({request.k, scores.size(0)}, soft.options()).index_copy(1, seen, soft);
}

}  // namespace

Tensor soft_top_k(const Tensor& scores, int64_t k, const TransportSettings& settings) {
  check_shape(scores, {kAnySize}, "patch scores");
  require_drawable(scores.unsqueeze(0), k);
  if (!(settings.epsilon > 0))
    throw ConfigError("top-k: epsilon is {}; expected a value above 0", settings.epsilon);
  return Transport::apply(scores, k, settings);
}

Tensor fill_masked(const Tensor& scores, const Tensor& masked) {
  check_shape(masked, {scores.size(0)}, "masked patches");
  const Tensor others = scores.detach().masked_select(masked.logical_not());
  if (others.numel() == 0) throw ConfigError("top-k: every patch is masked; nothing to fill from");
  const double least = others.min().item<double>(), most = others.max().item<double>();
  return scores.masked_fill(masked, least - (most - least));
}

TopKDraw draw_soft_top_k(const ModelConfig& config, const DrawRequest& given) {
  require_drawable(given.scores, given.k);
  if (!(given.tau > 0)) throw ConfigError("top-k: tau is {}; expected a value above 0", given.tau);
  DrawRequest request = given;
  if (given.background.defined()) {
    check_shape(given.background, {given.scores.size(1)}, "background patches");
    request.background = given.background.to(given.scores.device());
  }
  if (config.transport_exploration == TransportExploration::gumbel) {
    check_shape(given.noise, {given.scores.size(0), given.scores.size(1)}, "Gumbel noise");
    request.scores = given.scores + given.noise;
  }
  std::vector<Tensor> rows;
  for (int64_t b = 0; b < request.scores.size(0); ++b)
    rows.push_back(soft_row(config, request, request.scores[b]));
  TopKDraw draw;
  draw.soft = torch::stack(rows, 1);
  draw.index = std::get<1>(request.scores.detach().topk(request.k, 1)).t().contiguous();
  draw.hard = one_hot(draw.index, request.scores.detach());
  return draw;
}

}  // namespace nmsw
