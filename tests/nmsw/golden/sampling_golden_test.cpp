#include "nmsw/sampling/gumbel.h"
#include "nmsw/sampling/gumbel_top_k.h"
#include "tests/support/golden.h"

namespace nmsw {
namespace {

using testing::close;

TEST(GoldenTopK, PicksWeighsAndDifferentiatesAsTheReference) {
  NMSW_GOLDEN_OR_SKIP(golden, "topk.pt");
  ASSERT_GT(golden.count("case"), 0U);
  for (const std::string& name : golden.cases()) {
    SCOPED_TRACE(name);
    const Tensor& noise = golden.tensor(name + ".noise");
    EXPECT_TRUE(close(gumbel_from_uniform(golden.tensor(name + ".uniform")), noise, 1e-6, 1e-6));
    const DrawnRemoval removal =
        golden.whole(name + ".train") != 0 ? DrawnRemoval::tiny : DrawnRemoval::exact;
    const auto gradient = [&](Estimator estimator) {
      const Tensor logits = golden.tensor(name + ".logits").clone().requires_grad_();
      const TopKDraw draw = gumbel_top_k(logits, noise, golden.whole(name + ".k"),
                                         golden.number(name + ".tau"), removal);
      (patch_weights(draw, estimator) * golden.tensor(name + ".A")).sum().backward();
      return logits.grad();
    };
    const TopKDraw draw = gumbel_top_k(golden.tensor(name + ".logits"), noise, golden.whole(name + ".k"),
                                       golden.number(name + ".tau"), removal);
    EXPECT_TRUE(torch::equal(draw.index, golden.tensor(name + ".index")));
    EXPECT_TRUE(torch::equal(draw.hard, golden.tensor(name + ".hard")));
    EXPECT_TRUE(close(draw.soft, golden.tensor(name + ".soft"), 1e-6, 1e-4));
    EXPECT_TRUE(close(patch_weights(draw, Estimator::straight_through),
                      golden.tensor(name + ".straight_through"), 1e-6, 1e-4));
    EXPECT_TRUE(close(gradient(Estimator::paper), golden.tensor(name + ".grad_paper"), 1e-6, 1e-4));
    EXPECT_TRUE(close(gradient(Estimator::authors), golden.tensor(name + ".grad_code"), 1e-6, 1e-4));
    EXPECT_TRUE(close(gradient(Estimator::straight_through),
                      golden.tensor(name + ".grad_straight_through"), 1e-6, 1e-4));
  }
}

}  // namespace
}  // namespace nmsw
