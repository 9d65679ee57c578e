#include "nmsw/backbones/mednext.h"
#include "nmsw/backbones/nnunet.h"
#include "nmsw/backbones/swin_unetr.h"
#include "nmsw/backbones/unet.h"
#include "nmsw/ops/kernel_choice.h"
#include "tests/support/golden_checks.h"
#include "tests/support/golden_networks.h"

namespace nmsw {
namespace {

using testing::GoldenChecks;
using testing::GoldenFile;

/// How a network treats the axes: by our order, or by the reference's x,y,z whatever order a tensor
/// is stored in. For the latter everything spatial is turned on the way in and out.
enum class AxisOrder { ours, reference };

Tensor turned(const Tensor& tensor, AxisOrder order) {
  if (order == AxisOrder::ours || tensor.dim() != 5) return tensor;
  return tensor.permute({0, 1, 4, 3, 2}).contiguous();
}

/// Of the own kernels' gradients where there are rectifiers: some voxel always lies so near to
/// one's kink that other rounding takes it to the other side, with another gradient. LibTorch's
/// differ as much from themselves when the input changes by 1e-7.
constexpr double kKinks = 3e-2;

struct Tolerances {
  double logits, gradients, own_gradients;
};

void expect_same_features(GoldenChecks& checks, const std::string& name,
                          const BackboneOutput& output, AxisOrder order) {
  std::vector<Tensor> features = output.features;
  features.push_back(output.logits);
  const std::string beyond = name + ".feature" + std::to_string(features.size());
  EXPECT_FALSE(checks.file().has(beyond + ".mean")) << "the reference has more features";
  for (size_t i = 0; i < features.size(); ++i) {
    const std::string prefix = name + ".feature" + std::to_string(i);
    SCOPED_TRACE(prefix);
    if (checks.has(prefix + ".shape")) {
      EXPECT_EQ(turned(features[i], order)[0].sizes().vec(), checks.file().list(prefix + ".shape"));
    }
    const Tensor flat = features[i][0].detach().flatten(1);
    checks.close(prefix + ".mean", flat.mean(1), 1e-5, 1e-4);
    checks.close(prefix + ".absmean", flat.abs().mean(1), 1e-5, 1e-4);
  }
}

void expect_same_gradients(GoldenChecks& checks, const std::string& name, Backbone& network,
                           AxisOrder order, double rtol) {
  const auto parameters = network.named_parameters();
  for (const std::string& key : checks.file().below(name + ".grad.")) {
    const Tensor* parameter = parameters.find(key);
    ASSERT_NE(parameter, nullptr) << "the network has no parameter " << key;
    checks.close(name + ".grad." + key, turned(parameter->grad(), order), 0, rtol);
  }
}

void expect_same_cases(GoldenChecks& checks, Backbone& network, AxisOrder order,
                       std::pair<double, double> logits_and_gradients) {
  const auto [logits_rtol, gradients_rtol] = logits_and_gradients;
  const GoldenFile& golden = checks.file();
  for (const std::string& name : golden.cases_with("input")) {
    SCOPED_TRACE(name);
    network.zero_grad();
    const Tensor image = turned(golden.real(name + ".input"), order)
                             .clone()
                             .requires_grad_(golden.has(name + ".grad_input"));
    const BackboneOutput output = network.forward(image);
    expect_same_features(checks, name, output, order);
    const Tensor logits = turned(output.logits, order);
    checks.close(name + ".logits", logits, 0, logits_rtol);
    if (golden.below(name + ".grad.").empty()) continue;
    golden.functional(name + ".", logits).backward();
    expect_same_gradients(checks, name, network, order, gradients_rtol);
    if (golden.has(name + ".grad_input")) {
      checks.close(name + ".grad_input", turned(image.grad(), order), 0, gradients_rtol);
    }
    // Without a gradient to come, by the kernels for inference.
    const torch::NoGradGuard no_grad;
    checks.close(name + ".logits", turned(network.forward(image).logits, order), 0, logits_rtol);
  }
}

void expect_same_network(GoldenChecks& checks, Backbone& network, AxisOrder order,
                         Tolerances rtol) {
  testing::load_parameters(network, checks.file(), "sd.");
  {
    torch::NoGradGuard no_grad;
    for (Tensor& parameter : network.parameters())
      parameter.copy_(turned(parameter, order).clone());
  }
  network.eval();
  expect_same_cases(checks, network, order, {rtol.logits, rtol.own_gradients});
  const LibraryOnly library;
  SCOPED_TRACE("by LibTorch alone");
  expect_same_cases(checks, network, order, {rtol.logits, rtol.gradients});
}

TEST(GoldenUNet, HasTheReferencesFeaturesLogitsAndGradients) {
  NMSW_GOLDEN_OR_SKIP(golden, "unet_small.pt");
  const auto [config, ends] = testing::unet_sizes(golden, "sd.");
  UNet network(config, ends.in_channels, ends.num_classes);
  GoldenChecks checks(golden);
  expect_same_network(checks, network, AxisOrder::ours, {1e-5, 1e-4, kKinks});
  NMSW_SKIP_UNLESS_COMPARED(checks);
}

TEST(GoldenMedNeXt, HasTheReferencesFeaturesLogitsAndGradients) {
  NMSW_GOLDEN_OR_SKIP(golden, "mednext_small.pt");
  const auto [config, ends] = testing::mednext_sizes(golden, "sd.");
  MedNeXt network(config, ends.in_channels, ends.num_classes);
  GoldenChecks checks(golden);
  expect_same_network(checks, network, AxisOrder::ours, {1e-5, 1e-4, 1e-4});
  NMSW_SKIP_UNLESS_COMPARED(checks);
}

TEST(GoldenSwinUnetr, HasTheReferencesFeaturesLogitsAndGradients) {
  NMSW_GOLDEN_OR_SKIP(golden, "swin_small.pt");
  const auto [config, ends] = testing::swin_sizes(golden, "sd.");
  SwinUnetr network(config, ends.in_channels, ends.num_classes);
  GoldenChecks checks(golden);
  expect_same_network(checks, network, AxisOrder::reference, {5e-5, 1e-2, kKinks});
  NMSW_SKIP_UNLESS_COMPARED(checks);
}

TEST(GoldenNnUnet, HasTheReferencesLogitsAndGradients) {
  NMSW_GOLDEN_OR_SKIP(golden, "systems/nnunet_small.pt");
  const auto [config, ends] = testing::nnunet_sizes(golden, "sd.");
  NnUnet network(config, ends.in_channels, ends.num_classes);
  GoldenChecks checks(golden);
  expect_same_network(checks, network, AxisOrder::ours, {2e-5, 1e-2, kKinks});
  NMSW_SKIP_UNLESS_COMPARED(checks);
}

TEST(GoldenNnUnetResEnc, HasTheReferencesLogitsAndGradients) {
  NMSW_GOLDEN_OR_SKIP(golden, "systems/resenc_small.pt");
  const auto [config, ends] = testing::resenc_sizes(golden, "sd.");
  NnUnet network(config, ends.in_channels, ends.num_classes);
  GoldenChecks checks(golden);
  expect_same_network(checks, network, AxisOrder::ours, {2e-5, 1e-2, kKinks});
  NMSW_SKIP_UNLESS_COMPARED(checks);
}

}  // namespace
}  // namespace nmsw
