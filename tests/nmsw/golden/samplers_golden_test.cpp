#include "nmsw/losses/entropy.h"
#include "nmsw/sampling/attention_sampling.h"
#include "nmsw/sampling/gumbel.h"
#include "nmsw/sampling/inclusion_weights.h"
#include "nmsw/sampling/ordered_draws.h"
#include "nmsw/sampling/perturbed_top_k.h"
#include "nmsw/sampling/score_function.h"
#include "nmsw/sampling/soft_top_k.h"
#include "tests/support/golden_checks.h"

// Independent formulas in double: converged iterations with autograd and differences, and
// enumerations of all draws.

namespace nmsw {
namespace {

using testing::GoldenChecks;
using testing::GoldenFile;

struct Tolerance {
  torch::ScalarType type;
  double atol, rtol;
};
const std::array<Tolerance, 2> kTolerances{
    {{torch::kDouble, 1e-9, 1e-7}, {torch::kFloat, 1e-5, 1e-4}}};

/// A leaf in the type under test.
Tensor leaf(const Tensor& values, torch::ScalarType type) {
  return values.to(type).clone().requires_grad_();
}

TEST(GoldenSoftTopK, EqualsTheConvergedPlanAndItsGradient) {
  NMSW_GOLDEN_OR_SKIP(golden, "systems/soft_top_k.pt");
  GoldenChecks checks(golden);
  for (const std::string& name : golden.cases_with("scores")) {
    for (const Tolerance& allowed : kTolerances) {
      SCOPED_TRACE(name + " " + c10::toString(allowed.type));
      const Tensor scores = leaf(golden.tensor(name + ".scores"), allowed.type);
      const Tensor masked = golden.tensor(name + ".masked");
      const Tensor filled = masked.any().item<bool>() ? fill_masked(scores, masked) : scores;
      if (masked.any().item<bool>())
        checks.close(name + ".fill", filled.masked_select(masked)[0], allowed.atol, allowed.rtol);
      const Tensor soft =
          soft_top_k(filled, golden.whole(name + ".k"),
                     {golden.number(name + ".epsilon"), golden.whole(name + ".sorted") != 0,
                      golden.whole(name + ".normalised") != 0});
      checks.close(name + ".soft", soft, allowed.atol, allowed.rtol);
      if (!golden.has(name + ".W")) continue;
      (soft * golden.tensor(name + ".W")).sum().backward();
      checks.close(name + ".grad_scores", scores.grad(), allowed.atol, allowed.rtol);
    }
  }
  NMSW_SKIP_UNLESS_COMPARED(checks);
}

/// The attention's estimates from each of the file's draws.
void compare_estimates(const std::string& name, bool with_replacement, const Tolerance& allowed,
                       GoldenChecks& checks) {
  const GoldenFile& golden = checks.file();
  const std::string kind = name + (with_replacement ? ".with." : ".without.");
  std::vector<Tensor> value, by_attention, by_features;
  const Tensor draws = golden.tensor(name + ".draws");
  for (int64_t d = 0; d < draws.size(0); ++d) {
    const Tensor attention = leaf(golden.tensor(name + ".attention"), allowed.type);
    const Tensor features = leaf(golden.tensor(name + ".features"), allowed.type);
    value.push_back(attention_estimate(attention, features, draws[d], with_replacement));
    (value.back() * golden.tensor(name + ".R")).sum().backward();
    by_attention.push_back(attention.grad());
    by_features.push_back(features.grad());
  }
  checks.close(kind + "value", torch::stack(value), allowed.atol, allowed.rtol);
  checks.close(kind + "grad_attention", torch::stack(by_attention), allowed.atol, allowed.rtol);
  checks.close(kind + "grad_features", torch::stack(by_features), allowed.atol, allowed.rtol);
}

/// Gradient to the scores where the m-th drawn patch is worth features[q_m]·R.
Tensor ratio_gradients(const GoldenFile& golden, const std::string& name, torch::ScalarType type) {
  const Tensor draws = golden.tensor(name + ".draws");
  const Tensor worth =
      torch::mv(golden.tensor(name + ".features"), golden.tensor(name + ".R")).to(type);
  const Tensor scores = leaf(golden.tensor(name + ".scores").expand({draws.size(0), -1}), type);
  const Tensor ratio = attention_ratio(log_attention(scores, 0), draws.t());
  EXPECT_TRUE(torch::equal(ratio, torch::ones_like(ratio)));
  (ratio * worth.index_select(0, draws.t().flatten()).view_as(ratio)).sum().backward();
  return scores.grad();
}

TEST(GoldenAttentionSampling, EstimatesValueAndGradientsOfEachDraw) {
  NMSW_GOLDEN_OR_SKIP(golden, "systems/attention_sampling.pt");
  GoldenChecks checks(golden);
  for (const std::string& name : golden.cases_with("scores")) {
    for (const Tolerance& allowed : kTolerances) {
      SCOPED_TRACE(name + " " + c10::toString(allowed.type));
      const Tensor scores = golden.tensor(name + ".scores").to(allowed.type).unsqueeze(0);
      checks.close(name + ".attention", log_attention(scores, 0).exp(), allowed.atol, allowed.rtol);
      checks.close(name + ".attention_smooth",
                   log_attention(scores, golden.number(name + ".smooth")).exp(), allowed.atol,
                   allowed.rtol);
      checks.close(name + ".entropy", patch_entropy(scores), allowed.atol, allowed.rtol);
      compare_estimates(name, false, allowed, checks);
      compare_estimates(name, true, allowed, checks);
      checks.close(name + ".ratio.grad_scores", ratio_gradients(golden, name, allowed.type),
                   allowed.atol, allowed.rtol);
    }
  }
  NMSW_SKIP_UNLESS_COMPARED(checks);
}

/// Gradient to the scores [P] of what `term` makes of the log probabilities of draws [S,K].
template <class Term>
Tensor gradient_of(const Tensor& scores, const Tensor& draws, const Term& term) {
  const Tensor row = leaf(scores, scores.scalar_type());
  term(draw_log_prob(row.unsqueeze(0).expand({draws.size(0), -1}), draws.t(), false)).backward();
  return row.grad();
}

TEST(GoldenScoreFunction, HasTheLogProbabilitiesAndTheGradientsOfEveryDraw) {
  NMSW_GOLDEN_OR_SKIP(golden, "systems/score_function.pt");
  GoldenChecks checks(golden);
  for (const std::string& name : golden.cases_with("scores")) {
    for (const Tolerance& allowed : kTolerances) {
      SCOPED_TRACE(name + " " + c10::toString(allowed.type));
      const Tensor scores = golden.tensor(name + ".scores").to(allowed.type);
      const Tensor draws = golden.tensor(name + ".draws");
      const Tensor loss = golden.tensor(name + ".loss").to(allowed.type);
      const Tensor rows = leaf(scores.expand({draws.size(0), -1}), allowed.type);
      const Tensor log_prob = draw_log_prob(rows, draws.t(), false);
      checks.close(name + ".log_prob", log_prob, allowed.atol, allowed.rtol);
      log_prob.sum().backward();
      checks.close(name + ".grad_log_prob", rows.grad(), allowed.atol, allowed.rtol);
      const Tensor chance = log_prob.detach().exp();
      checks.close(name + ".expected_loss", (chance * loss).sum(), allowed.atol, allowed.rtol);
      // Whatever baseline: the mean over all draws is the gradient of the expected loss.
      for (const double baseline : {0.0, 3.0}) {
        checks.close(name + ".expected_grad",
                     gradient_of(scores, draws,
                                 [&](const Tensor& p) {
                                   const auto count = static_cast<double>(draws.size(0));
                                   return count *
                                          score_function_term(p, loss * chance, baseline * chance);
                                 }),
                     allowed.atol, allowed.rtol);
      }
      checks.close(name + ".loo.grad",
                   gradient_of(scores, golden.tensor(name + ".loo.draws"),
                               [&](const Tensor& p) {
                                 return leave_one_out_term(
                                     p, golden.tensor(name + ".loo.loss").to(allowed.type));
                               }),
                   allowed.atol, allowed.rtol);
    }
  }
  NMSW_SKIP_UNLESS_COMPARED(checks);
}

TEST(GoldenScoreFunction, UsesTheRunningBaselineOfEachStep) {
  NMSW_GOLDEN_OR_SKIP(golden, "systems/score_function.pt");
  GoldenChecks checks(golden);
  for (const std::string& name : golden.cases_with("ema.loss")) {
    Tensor state = fresh_baseline();
    std::vector<Tensor> used;
    const Tensor loss = golden.tensor(name + ".ema.loss");
    for (int64_t i = 0; i < loss.size(0); ++i)
      used.push_back(next_baseline(state, loss[i], golden.number(name + ".ema.beta")));
    checks.close(name + ".ema.baseline_used", torch::stack(used), 1e-9, 1e-7);
    checks.close(name + ".ema.after", state[0], 1e-9, 1e-7);
  }
  NMSW_SKIP_UNLESS_COMPARED(checks);
}

TEST(GoldenInclusionWeights, EstimateTheSumFromEverySample) {
  NMSW_GOLDEN_OR_SKIP(golden, "systems/score_function.pt");
  GoldenChecks checks(golden);
  for (const std::string& name : golden.cases_with("kool.uniform")) {
    const std::string kool = name + ".kool.";
    const Tensor log_prob = golden.tensor(kool + "log_prob"), values = golden.tensor(kool + "f");
    const Tensor noise = gumbel_from_uniform(golden.tensor(kool + "uniform"));
    std::vector<Tensor> index, kappa, inclusion, estimate, normalised;
    for (int64_t i = 0; i < noise.size(0); ++i) {
      const InclusionSample sample =
          inclusion_sample(log_prob, noise[i], golden.size(kool + "index", 1));
      index.push_back(sample.index);
      kappa.push_back(sample.threshold);
      inclusion.push_back(sample.inclusion);
      estimate.push_back(inclusion_estimate(sample, log_prob, values, false));
      normalised.push_back(inclusion_estimate(sample, log_prob, values, true));
    }
    checks.equal(kool + "index", torch::stack(index));
    checks.close(kool + "kappa", torch::stack(kappa), 1e-9, 1e-7);
    checks.close(kool + "inclusion", torch::stack(inclusion), 1e-9, 1e-7);
    checks.close(kool + "estimate", torch::stack(estimate), 1e-9, 1e-7);
    checks.close(kool + "normalised", torch::stack(normalised), 1e-9, 1e-7);
  }
  NMSW_SKIP_UNLESS_COMPARED(checks);
}

TEST(GoldenPerturbedTopK, HasTheSharesAndBothGradients) {
  NMSW_GOLDEN_OR_SKIP(golden, "systems/perturbed_top_k.pt");
  GoldenChecks checks(golden);
  for (const std::string& name : golden.cases_with("scores")) {
    for (const Tolerance& allowed : kTolerances) {
      SCOPED_TRACE(name + " " + c10::toString(allowed.type));
      const Tensor noise = golden.tensor(name + ".noise").to(allowed.type);
      const auto gradient = [&](PerturbationBaseline baseline) {
        const Tensor scores = leaf(golden.tensor(name + ".scores"), allowed.type);
        const TopKDraw draw = perturbed_top_k(scores, noise, golden.whole(name + ".k"),
                                              golden.number(name + ".sigma"), baseline);
        checks.close(name + ".soft", draw.soft, allowed.atol, allowed.rtol);
        checks.equal(name + ".first_index", draw.index);
        (draw.soft * golden.tensor(name + ".W")).sum().backward();
        return scores.grad();
      };
      checks.close(name + ".grad_scores", gradient(PerturbationBaseline::none), allowed.atol,
                   allowed.rtol);
      checks.close(name + ".grad_scores_leave_one_out",
                   gradient(PerturbationBaseline::leave_one_out), allowed.atol, allowed.rtol);
      checks.close(name + ".min_max_scores",
                   min_max_scores(golden.tensor(name + ".scores").to(allowed.type), {}),
                   allowed.atol, allowed.rtol);
    }
  }
  NMSW_SKIP_UNLESS_COMPARED(checks);
}

}  // namespace
}  // namespace nmsw
