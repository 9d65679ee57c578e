#include "nmsw/sampling/soft_top_k.h"

#include <cmath>

namespace nmsw {

namespace {

using torch::autograd::AutogradContext;
using torch::autograd::variable_list;

constexpr int64_t kMostIterations = 5000;
/// Sinkhorn's iterations before Newton's are tried.
constexpr int64_t kFirstIterations = 20;
/// How far an anchor's mass may still be from what it is to get, relative to that and in units of
/// the largest cost, as whose logarithm it is rounded.
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

/// How the masses [J-1] that anchors but the last get move with their potentials: Σ_i of
/// diag(Γ_i) - Γ_i Γ_iᵀ/μ_i. Off its diagonal everything is at most 0 and its rows' sums are what the
/// last anchor shares; taken so, no difference of almost equal numbers occurs however sharp the plan
/// is. Never quite singular.
Tensor mass_by_potential(const Tensor& plan) {
  constexpr double kNeverZero = 1e-30;
  const int64_t free = plan.size(1) - 1;
  Tensor shared = torch::matmul(plan.t(), plan / plan.sum(1, true));
  shared.fill_diagonal_(0);
  return (torch::diag(shared.sum(1) + kNeverZero) - shared).narrow(0, 0, free).narrow(1, 0, free);
}

/// The plan of the anchors' potentials: each patch gives all it has.
Tensor plan_of(const Tensor& cost, const Tensor& anchor) {
  return torch::softmax(anchor - cost, 1) / static_cast<double>(cost.size(0));
}

/// Potentials after a step of Newton's, or undefined where it does not halve what is missing.
Tensor newton_step(const Tensor& cost, const Tensor& anchor_mass, const Tensor& anchor,
                   double missing) {
  const int64_t free = anchor.size(0) - 1;
  if (free == 0) return {};
  const Tensor plan = plan_of(cost, anchor);
  const Tensor wanted = (anchor_mass - plan.sum(0)).narrow(0, 0, free);
  Tensor next = anchor.clone();
  next.narrow(0, 0, free).add_(torch::linalg_solve(mass_by_potential(plan), wanted));
  const Tensor left = (plan_of(cost, next).sum(0) / anchor_mass - 1).abs().max();
  return left.item<double>() < 0.5 * missing ? next : Tensor();  // false for NaN too
}

/// Transport plan [N,J] of a cost [N,J] in units of epsilon: Sinkhorn's iterations in logarithms,
/// which come near from anywhere, and Newton's for the anchors' potentials, which end where
/// Sinkhorn's would crawl. The anchors' masses are met exactly.
Tensor transport_plan(const Tensor& cost, const Tensor& anchor_mass) {
  const Tensor log_anchor = anchor_mass.log();
  const double log_patch = -std::log(static_cast<double>(cost.size(0)));
  const double enough = kConverged * (1 + cost.abs().max().item<double>());
  Tensor patch, anchor = torch::zeros_like(anchor_mass);
  for (int64_t i = 0; i < kMostIterations; ++i) {
    patch = log_patch - torch::logsumexp(anchor - cost, 1, true);
    const Tensor next = log_anchor - torch::logsumexp(patch - cost, 0);
    const double missing = (anchor - next).expm1().abs().max().item<double>();
    if (missing <= enough) return torch::exp(patch + next - cost);
    const Tensor better =
        i < kFirstIterations ? Tensor() : newton_step(cost, anchor_mass, anchor, missing);
    anchor = better.defined() ? better : next;
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
  Tensor anchor = torch::zeros({plan.size(1)}, plan.options());
  if (free > 0) {
    const Tensor beside = plan * (by_plan - (rows / mass).unsqueeze(1));
    anchor.narrow(0, 0, free)
        .copy_(torch::linalg_solve(mass_by_potential(plan), beside.sum(0).narrow(0, 0, free)));
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
    double scale = settings.epsilon;
    if (settings.divide_by_largest)
      scale *= (values.unsqueeze(1) - anchors.place).square().max().item<double>();
    // (score - anchor)² without what no plan depends on.
    const Tensor cost = torch::outer(values - values.mean(), -2 * anchors.place) / scale;
    const bool closed = !settings.sorted && anchors.place.size(0) == 2;
    const Tensor plan =
        closed ? two_anchor_plan(2 * values / scale, k) : transport_plan(cost, anchors.mass);
    ctx->save_for_backward({plan, anchors.place});
    ctx->saved_data["scale"] = scale;
    ctx->saved_data["count"] = count;
    const int64_t chosen = settings.sorted ? k : 1;
    return (count * plan.narrow(1, 0, chosen)).t().to(scores.options()).contiguous();
  }

  static variable_list backward(AutogradContext* ctx, const variable_list& gradients) {
    const variable_list saved = ctx->get_saved_variables();
    const Tensor &plan = saved[0], &place = saved[1];
    const double scale = ctx->saved_data["scale"].toDouble();
    const Tensor given = gradients[0].to(torch::kCPU, torch::kDouble).t();
    Tensor by_plan = torch::zeros_like(plan);
    by_plan.narrow(1, 0, given.size(1)).copy_(given * ctx->saved_data["count"].toDouble());
    const Tensor by_scores = torch::mv(cost_gradient(plan, by_plan), place) * (-2 / scale);
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
