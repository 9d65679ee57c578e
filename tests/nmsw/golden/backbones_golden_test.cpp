#include "nmsw/backbones/mednext.h"
#include "nmsw/backbones/swin_unetr.h"
#include "nmsw/backbones/unet.h"
#include "tests/support/golden.h"

namespace nmsw {
namespace {

using testing::close;
using testing::GoldenFile;

/// How a network treats the axes: by our order, or by the reference's x,y,z whatever order a tensor is stored in. For
/// the latter everything spatial is turned on the way in and out.
enum class AxisOrder { ours, reference };

Tensor turned(const Tensor& tensor, AxisOrder order) {
  if (order == AxisOrder::ours || tensor.dim() != 5) return tensor;
  return tensor.permute({0, 1, 4, 3, 2}).contiguous();
}

struct Tolerances {
  double logits, gradients;
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

void expect_same_network(const GoldenFile& golden, Backbone& network, AxisOrder order,
                         Tolerances rtol) {
  testing::load_parameters(network, golden, "sd.");
  {
    torch::NoGradGuard no_grad;
    for (Tensor& parameter : network.parameters()) parameter.copy_(turned(parameter, order).clone());
  }
  network.eval();
  ASSERT_GT(golden.count("case"), 0U);
  for (const std::string& name : golden.cases()) {
    SCOPED_TRACE(name);
    network.zero_grad();
    const BackboneOutput output = network.forward(turned(golden.tensor(name + ".input"), order));
    expect_same_features(golden, name, output, order);
    const Tensor logits = turned(output.logits, order);
    EXPECT_TRUE(close(logits, golden.tensor(name + ".logits"), 0, rtol.logits));
    golden.functional(name + ".", logits).backward();
    const auto parameters = network.named_parameters();
    const std::vector<std::string> keys = golden.below(name + ".grad.");
    ASSERT_FALSE(keys.empty());
    for (const std::string& key : keys) {
      EXPECT_TRUE(close(turned(parameters[key].grad(), order), golden.tensor(name + ".grad." + key),
                        0, rtol.gradients))
          << key;
    }
  }
}

TEST(GoldenUNet, HasTheReferencesFeaturesLogitsAndGradients) {
  NMSW_GOLDEN_OR_SKIP(golden, "unet_small.pt");
  UNet network({{8, 16, 32, 64, 80, 80}, {2, 2, 2, 2, 2, 1}}, 1, 4);
  expect_same_network(golden, network, AxisOrder::ours, {1e-5, 1e-4});
}

TEST(GoldenMedNeXt, HasTheReferencesFeaturesLogitsAndGradients) {
  NMSW_GOLDEN_OR_SKIP(golden, "mednext_small.pt");
  MedNeXtConfig config;
  config.channels = 8;
  MedNeXt network(config, 1, 4);
  expect_same_network(golden, network, AxisOrder::ours, {1e-5, 1e-4});
}

TEST(GoldenSwinUnetr, HasTheReferencesFeaturesLogitsAndGradients) {
  NMSW_GOLDEN_OR_SKIP(golden, "swin_small.pt");
  SwinUnetrConfig config;
  config.feature_size = 12;
  SwinUnetr network(config, 1, 4);
  expect_same_network(golden, network, AxisOrder::reference, {5e-5, 1e-2});
}

}  // namespace
}  // namespace nmsw
