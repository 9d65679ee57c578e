#include "nmsw/backbones/segformer3d.h"
#include "nmsw/backbones/umamba_bot.h"
#include "nmsw/backbones/unetr_pp.h"
#include "nmsw/ops/kernel_choice.h"
#include "nmsw/training/tensor_file.h"
#include "tests/support/golden_checks.h"
#include "tests/support/golden_systems.h"

// Networks of systems that the paper names, by their public code.

namespace nmsw {
namespace {

using testing::GoldenChecks;
using testing::GoldenFile;

struct SystemTolerances {
  double logits, gradients;
};

void expect_cases_of_system(GoldenChecks& checks, Backbone& network, SystemTolerances rtol) {
  const GoldenFile& golden = checks.file();
  for (const std::string& name : golden.cases_with("input")) {
    SCOPED_TRACE(name);
    network.zero_grad();
    const Tensor image = golden.real(name + ".input").clone().requires_grad_();
    const Tensor logits = network.forward(image).logits;
    checks.close(name + ".logits", logits, 0, rtol.logits);
    golden.functional(name + ".", logits).backward();
    checks.close(name + ".grad_input", image.grad(), 0, rtol.gradients);
    const auto parameters = network.named_parameters();
    for (const std::string& key : golden.below(name + ".grad.")) {
      const Tensor* parameter = parameters.find(key);
      ASSERT_NE(parameter, nullptr) << "the network has no parameter " << key;
      checks.close(name + ".grad." + key, parameter->grad(), 0, rtol.gradients);
    }
    // Without a gradient to come, by the kernels for inference.
    const torch::NoGradGuard no_grad;
    checks.close(name + ".logits", network.forward(image).logits, 0, rtol.logits);
  }
}

/// With the reference's weights, every name of which must be the network's.
void expect_same_system(GoldenChecks& checks, Backbone& network, SystemTolerances rtol) {
  std::map<std::string, Tensor> weights;
  for (const std::string& key : checks.file().below("sd."))
    weights.emplace(key, checks.file().tensor("sd." + key));
  assign_tensors(network, weights, checks.file().name());
  network.eval();
  expect_cases_of_system(checks, network, rtol);
  const LibraryOnly library;
  SCOPED_TRACE("by LibTorch alone");
  expect_cases_of_system(checks, network, rtol);
}

TEST(GoldenSegFormer3d, HasTheReferencesLogitsAndGradients) {
  NMSW_GOLDEN_OR_SKIP(golden, "systems/segformer3d_small.pt");
  const auto [config, ends] = testing::segformer3d_sizes(golden, "sd.");
  SegFormer3d network(config, ends.in_channels, ends.num_classes);
  GoldenChecks checks(golden);
  expect_same_system(checks, network, {2e-5, 1e-4});
  NMSW_SKIP_UNLESS_COMPARED(checks);
}

TEST(GoldenUnetrPp, HasTheReferencesLogitsAndGradients) {
  NMSW_GOLDEN_OR_SKIP(golden, "systems/unetrpp_small.pt");
  const auto [config, ends] = testing::unetr_pp_sizes(golden, "sd.", "case0.input");
  UnetrPp network(config, ends.in_channels, ends.num_classes);
  GoldenChecks checks(golden);
  expect_same_system(checks, network, {3e-5, 1e-3});
  NMSW_SKIP_UNLESS_COMPARED(checks);
}

TEST(GoldenUMambaBot, HasTheReferencesLogitsAndGradients) {
  NMSW_GOLDEN_OR_SKIP(golden, "systems/umamba_bot_small.pt");
  const auto [config, ends] =
      testing::umamba_bot_sizes(golden, "sd.", {{1, 1, 1}, {2, 2, 2}, {2, 2, 2}, {2, 2, 1}});
  UMambaBot network(config, ends.in_channels, ends.num_classes);
  GoldenChecks checks(golden);
  expect_same_system(checks, network, {3e-5, 1e-2});
  NMSW_SKIP_UNLESS_COMPARED(checks);
}

}  // namespace
}  // namespace nmsw
