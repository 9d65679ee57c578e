#include "nmsw/backbones/mednext.h"
#include "nmsw/backbones/unet.h"
#include "tests/support/golden.h"

namespace nmsw {
namespace {

using testing::close;
using testing::GoldenFile;

void expect_same_features(const GoldenFile& golden, const std::string& name, const BackboneOutput& output) {
  std::vector<Tensor> features = output.features;
  features.push_back(output.logits);
  for (size_t i = 0; i < features.size(); ++i) {
    const std::string prefix = name + ".feature" + std::to_string(i);
    SCOPED_TRACE(prefix);
    ASSERT_TRUE(golden.has(prefix + ".mean"));
    EXPECT_EQ(features[i][0].sizes().vec(), golden.list(prefix + ".shape"));
    const Tensor flat = features[i][0].detach().flatten(1);
    EXPECT_TRUE(close(flat.mean(1), golden.tensor(prefix + ".mean"), 1e-5, 1e-4));
    EXPECT_TRUE(close(flat.abs().mean(1), golden.tensor(prefix + ".absmean"), 1e-5, 1e-4));
  }
}

void expect_same_network(const GoldenFile& golden, Backbone& network) {
  testing::load_parameters(network, golden, "sd.");
  network.eval();
  ASSERT_GT(golden.count("case"), 0U);
  for (const std::string& name : golden.cases()) {
    SCOPED_TRACE(name);
    network.zero_grad();
    const BackboneOutput output = network.forward(golden.tensor(name + ".input"));
    expect_same_features(golden, name, output);
    EXPECT_TRUE(close(output.logits, golden.tensor(name + ".logits"), 0, 1e-5));
    golden.functional(name + ".", output.logits).backward();
    const auto parameters = network.named_parameters();
    for (const std::string& key : golden.below(name + ".grad.")) {
      EXPECT_TRUE(close(parameters[key].grad(), golden.tensor(name + ".grad." + key), 0, 1e-4)) << key;
    }
  }
}

TEST(GoldenUNet, HasTheReferencesFeaturesLogitsAndGradients) {
  NMSW_GOLDEN_OR_SKIP(golden, "unet_small.pt");
  UNet network({{8, 16, 32, 64, 80, 80}, {2, 2, 2, 2, 2, 1}}, 1, 4);
  expect_same_network(golden, network);
}

TEST(GoldenMedNeXt, HasTheReferencesFeaturesLogitsAndGradients) {
  NMSW_GOLDEN_OR_SKIP(golden, "mednext_small.pt");
  MedNeXtConfig config;
  config.channels = 8;
  MedNeXt network(config, 1, 4);
  expect_same_network(golden, network);
}

}  // namespace
}  // namespace nmsw
