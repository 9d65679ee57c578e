#include "nmsw/inference/sliding_window.h"
#include "tests/support/golden.h"

namespace nmsw {
namespace {

TEST(GoldenSlidingWindow, BlendsAsTheReferenceAtEverySize) {
  NMSW_GOLDEN_OR_SKIP(golden, "sliding_window.pt");
  const PatchNetwork network = [&](const Tensor& patches) {
    const Tensor middle = torch::leaky_relu(
        torch::conv3d(patches, golden.tensor("net.0.weight"), golden.tensor("net.0.bias"), 1, 1),
        0.1);
    return torch::conv3d(middle, golden.tensor("net.2.weight"), golden.tensor("net.2.bias"), 1, 1);
  };
  ASSERT_GT(golden.count("case"), 0U);
  for (const std::string& name : golden.cases()) {
    SCOPED_TRACE(name);
    SlidingWindowSettings settings;
    settings.patch_dhw = golden.triple(name + ".roi");
    settings.overlap = golden.number(name + ".overlap");
    settings.weights =
        golden.whole(name + ".gaussian") != 0 ? WindowWeights::gaussian : WindowWeights::constant;
    EXPECT_TRUE(
        testing::close(sliding_window_logits(golden.tensor(name + ".input"), network, settings),
                       golden.tensor(name + ".output"), 1e-5, 1e-5));
  }
}

}  // namespace
}  // namespace nmsw
