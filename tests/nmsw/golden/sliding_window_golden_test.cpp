#include "nmsw/inference/sliding_window.h"
#include "tests/support/golden_checks.h"

namespace nmsw {
namespace {

TEST(GoldenSlidingWindow, BlendsAsTheReferenceAtEverySize) {
  NMSW_GOLDEN_OR_SKIP(golden, "sliding_window.pt");
  const auto conv = [&](const Tensor& input, const std::string& name) {
    const Tensor weight = golden.real(name + ".weight");
    return torch::conv3d(input, weight, golden.real(name + ".bias"), 1, weight.size(-1) / 2);
  };
  const PatchNetwork network = [&](const Tensor& patches) {
    return conv(torch::leaky_relu(conv(patches, "net.0"), 0.1), "net.2");
  };
  testing::GoldenChecks checks(golden);
  for (const std::string& name : golden.cases_with("input")) {
    SCOPED_TRACE(name);
    SlidingWindowSettings settings;
    settings.patch_dhw = golden.triple(name + ".roi");
    settings.overlap = golden.number(name + ".overlap");
    settings.weights =
        golden.whole(name + ".gaussian") != 0 ? WindowWeights::gaussian : WindowWeights::constant;
    checks.close(name + ".output",
                 sliding_window_logits(golden.tensor(name + ".input"), network, settings), 1e-5,
                 1e-5);
  }
  NMSW_SKIP_UNLESS_COMPARED(checks);
}

}  // namespace
}  // namespace nmsw
