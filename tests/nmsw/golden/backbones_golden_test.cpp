#include "nmsw/backbones/mednext.h"
#include "nmsw/backbones/swin_unetr.h"
#include "nmsw/backbones/unet.h"
#include "nmsw/tensor/own_kernels.h"
#include "tests/support/golden.h"

namespace nmsw {
namespace {

using testing::close;
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

void expect_same_features(const GoldenFile& golden, const std::string& name,
                          const BackboneOutput& output, AxisOrder order) {
  std::vector<Tensor> features = output.features;
  features.push_back(output.logits);
  EXPECT_FALSE(golden.has(name + ".feature" + std::to_string(features.size()) + ".mean"));
  for (size_t i = 0; i < features.size(); ++i) {
    const std::string prefix = name + ".feature" + std::to_string(i);
    SCOPED_TRACE(prefix);
    ASSERT_TRUE(golden.has(prefix + ".mean"));
    EXPECT_EQ(turned(features[i], order)[0].sizes().vec(), golden.list(prefix + ".shape"));
    const Tensor flat = features[i][0].detach().flatten(1);
    EXPECT_TRUE(close(flat.mean(1), golden.tensor(prefix + ".mean"), 1e-5, 1e-4));
    EXPECT_TRUE(close(flat.abs().mean(1), golden.tensor(prefix + ".absmean"), 1e-5, 1e-4));
  }
}

void expect_same_cases(const GoldenFile& golden, Backbone& network, AxisOrder order,
                       std::pair<double, double> logits_and_gradients) {
  const auto [logits_rtol, gradients_rtol] = logits_and_gradients;
  for (const std::string& name : golden.cases()) {
    SCOPED_TRACE(name);
    network.zero_grad();
    const BackboneOutput output = network.forward(turned(golden.tensor(name + ".input"), order));
    expect_same_features(golden, name, output, order);
    const Tensor logits = turned(output.logits, order);
    EXPECT_TRUE(close(logits, golden.tensor(name + ".logits"), 0, logits_rtol));
    golden.functional(name + ".", logits).backward();
    const auto parameters = network.named_parameters();
    const std::vector<std::string> keys = golden.below(name + ".grad.");
    ASSERT_FALSE(keys.empty());
    for (const std::string& key : keys) {
      EXPECT_TRUE(close(turned(parameters[key].grad(), order), golden.tensor(name + ".grad." + key),
                        0, gradients_rtol))
          << key;
    }
  }
}

void expect_same_network(const GoldenFile& golden, Backbone& network, AxisOrder order,
                         Tolerances rtol) {
  testing::load_parameters(network, golden, "sd.");
  {
    torch::NoGradGuard no_grad;
    for (Tensor& parameter : network.parameters())
      parameter.copy_(turned(parameter, order).clone());
  }
  network.eval();
  ASSERT_GT(golden.count("case"), 0U);
  expect_same_cases(golden, network, order, {rtol.logits, rtol.own_gradients});
  const LibraryOnly library;
  SCOPED_TRACE("by LibTorch alone");
  expect_same_cases(golden, network, order, {rtol.logits, rtol.gradients});
}

TEST(GoldenUNet, HasTheReferencesFeaturesLogitsAndGradients) {
  NMSW_GOLDEN_OR_SKIP(golden, "unet_small.pt");
  UNet network({{8, 16, 32, 64, 80, 80}, {2, 2, 2, 2, 2, 1}}, 1, 4);
  expect_same_network(golden, network, AxisOrder::ours, {1e-5, 1e-4, kKinks});
}

TEST(GoldenMedNeXt, HasTheReferencesFeaturesLogitsAndGradients) {
  NMSW_GOLDEN_OR_SKIP(golden, "mednext_small.pt");
  MedNeXtConfig config;
  config.channels = 8;
  MedNeXt network(config, 1, 4);
  expect_same_network(golden, network, AxisOrder::ours, {1e-5, 1e-4, 1e-4});
}

TEST(GoldenSwinUnetr, HasTheReferencesFeaturesLogitsAndGradients) {
  NMSW_GOLDEN_OR_SKIP(golden, "swin_small.pt");
  SwinUnetrConfig config;
  config.feature_size = 12;
  SwinUnetr network(config, 1, 4);
  expect_same_network(golden, network, AxisOrder::reference, {5e-5, 1e-2, kKinks});
}

}  // namespace
}  // namespace nmsw
