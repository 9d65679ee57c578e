#include "nmsw/sampling/gumbel.h"
#include "nmsw/sampling/gumbel_top_k.h"
#include "tests/support/golden_checks.h"

namespace nmsw {
namespace {

using testing::GoldenChecks;

TEST(GoldenTopK, PicksWeighsAndDifferentiatesAsTheReference) {
  NMSW_GOLDEN_OR_SKIP(golden, "topk.pt");
  GoldenChecks checks(golden);
  for (const std::string& name : golden.cases_with("noise")) {
    SCOPED_TRACE(name);
    const Tensor& noise = golden.tensor(name + ".noise");
    if (golden.has(name + ".uniform")) {
      checks.close(name + ".noise", gumbel_from_uniform(golden.tensor(name + ".uniform")), 1e-6,
                   1e-6);
    }
    const DrawnRemoval removal =
        golden.whole(name + ".train") != 0 ? DrawnRemoval::tiny : DrawnRemoval::exact;
    const auto drawn = [&](const Tensor& logits) {
      return gumbel_top_k(logits, noise, golden.whole(name + ".k"), golden.number(name + ".tau"),
                          removal);
    };
    const TopKDraw draw = drawn(golden.tensor(name + ".logits"));
    checks.equal(name + ".index", draw.index);
    checks.equal(name + ".hard", draw.hard);
    checks.close(name + ".soft", draw.soft, 1e-6, 1e-4);
    checks.close(name + ".straight_through", patch_weights(draw, Estimator::straight_through), 1e-6,
                 1e-4);
    if (!golden.has(name + ".A")) continue;
    const auto gradient = [&](Estimator estimator) {
      const Tensor logits = golden.tensor(name + ".logits").clone().requires_grad_();
      (patch_weights(drawn(logits), estimator) * golden.tensor(name + ".A")).sum().backward();
      return logits.grad();
    };
    checks.close(name + ".grad_paper", gradient(Estimator::paper), 1e-6, 1e-4);
    checks.close(name + ".grad_code", gradient(Estimator::authors), 1e-6, 1e-4);
    checks.close(name + ".grad_straight_through", gradient(Estimator::straight_through), 1e-6,
                 1e-4);
  }
  NMSW_SKIP_UNLESS_COMPARED(checks);
}

}  // namespace
}  // namespace nmsw
