#include <gtest/gtest.h>

#include <cmath>

#include "nmsw/backbones/catalog.h"
#include "nmsw/backbones/mednext.h"
#include "nmsw/backbones/nnunet.h"
#include "nmsw/backbones/swin_unetr.h"
#include "nmsw/backbones/unet.h"

namespace nmsw {
namespace {

/// The fill rule of METHOD 1.5.
Tensor filled(const std::string& key, const Tensor& like) {
  int64_t hash = 0;
  for (size_t i = 0; i < key.size(); ++i) hash += static_cast<int64_t>(i + 1) * key[i];
  const auto has = [&key](const char* part) { return key.find(part) != std::string::npos; };
  if (has("adn.A.weight")) return torch::full_like(like, 0.25);
  if (has("dummy")) return torch::ones_like(like);
  const Tensor s = torch::sin(0.01 * static_cast<double>(hash % 1000) +
                              0.7 * torch::arange(like.numel(), torch::kDouble))
                       .view(like.sizes());
  if (like.dim() >= 2) return s / std::sqrt(static_cast<double>(like.numel() / like.size(0)));
  const bool weight = key.size() > 6 && key.compare(key.size() - 6, 6, "weight") == 0;
  return weight ? 1 + 0.1 * s : 0.1 * s;
}

BackboneOutput spec_output(Backbone& network) {
  torch::NoGradGuard no_grad;
  for (auto& entry : network.named_parameters())
    entry.value().copy_(filled(entry.key(), entry.value()));
  const Tensor x = 0.5 + 0.5 * torch::sin(0.013 * torch::arange(64 * 64 * 64, torch::kDouble));
  return network.forward(x.view({1, 1, 64, 64, 64}).to(torch::kFloat));
}

Tensor turned(const Tensor& tensor) { return tensor.permute({0, 1, 4, 3, 2}); }

/// The same for a network that takes z,y,x for what the reference calls x,y,z.
BackboneOutput turned_spec_output(Backbone& network) {
  torch::NoGradGuard no_grad;
  for (auto& entry : network.named_parameters()) {
    const Tensor value = filled(entry.key(), entry.value());
    entry.value().copy_(value.dim() == 5 ? turned(value) : value);
  }
  const Tensor x = 0.5 + 0.5 * torch::sin(0.013 * torch::arange(64 * 64 * 64, torch::kDouble));
  return network.forward(turned(x.view({1, 1, 64, 64, 64})).to(torch::kFloat));
}

struct Expected {
  double mean, deviation, minimum, maximum, first, last;
};

void expect_numbers(const Tensor& tensor, const Expected& expected) {
  const Tensor flat = tensor.flatten().to(torch::kDouble);
  const double allowed = 1e-4 * std::max(-expected.minimum, expected.maximum);
  EXPECT_NEAR(flat.mean().item<double>(), expected.mean, 1e-5 * expected.deviation + 1e-6);
  EXPECT_NEAR(flat.std(false).item<double>(), expected.deviation, 3e-5 * expected.deviation);
  EXPECT_NEAR(flat.min().item<double>(), expected.minimum, allowed);
  EXPECT_NEAR(flat.max().item<double>(), expected.maximum, allowed);
  EXPECT_NEAR(flat[0].item<double>(), expected.first, allowed);
  EXPECT_NEAR(flat[-1].item<double>(), expected.last, allowed);
}

int64_t parameters_of(torch::nn::Module& module) {
  int64_t count = 0;
  for (const Tensor& parameter : module.parameters()) count += parameter.numel();
  return count;
}

TEST(UNet, HasTheSpecsNumbersUnderTheFillRule) {
  UNet network({}, 1, 5);
  const BackboneOutput output = spec_output(network);
  expect_numbers(output.features.back(),
                 {0.545541067, 0.963899362, -3.05838982, 10.1357222, 0.142291586, -0.0529597589});
  expect_numbers(output.logits,
                 {0.23818486, 3.0041552, -28.132146, 25.4162469, 0.147556777, -0.0945299064});
}

TEST(MedNeXt, HasTheSpecsNumbersUnderTheFillRule) {
  MedNeXt network({}, 1, 5);
  const BackboneOutput output = spec_output(network);
  expect_numbers(output.features.back(),
                 {-0.0420414049, 2.65348068, -33.9965151, 34.1351776, 0, -2.71954027});
  expect_numbers(output.logits,
                 {0.399390028, 0.791116414, -10.7070001, 13.8538357, -0.0237240591, -0.139139121});
}

TEST(SwinUnetr, HasTheSpecsNumbersUnderTheFillRule) {
  SwinUnetr network({}, 1, 5);
  const BackboneOutput output = turned_spec_output(network);
  expect_numbers(turned(output.features.back()), {0.486560572, 0.862543148, -0.0911532975,
                                                  8.98343702, -0.013753231, -0.0167166624});
  expect_numbers(turned(output.logits),
                 {-0.0245406452, 0.27728023, -1.27798544, 1.9062165, 0.4432049, -0.315171826});
}

TEST(Backbones, HaveTheSpecsParameterCounts) {
  UNet unet({}, 1, 20);
  EXPECT_EQ(parameters_of(unet), 26537933);
  EXPECT_EQ(unet.named_parameters().size(), 75U);
  MedNeXt mednext({}, 1, 20);
  EXPECT_EQ(parameters_of(mednext), 17549558);
  EXPECT_EQ(mednext.named_parameters().size(), 358U);
  SwinUnetr swin({}, 1, 20);
  EXPECT_EQ(parameters_of(swin), 15703454);
  EXPECT_EQ(swin.named_parameters().size(), 151U)
      << "159 in the reference, 8 of them its position index";
  NnUnet plain(NnUnetConfig{}, 1, 20), residual(NnUnetResEncConfig{}, 1, 20);
  EXPECT_EQ(parameters_of(plain), 31210084);
  EXPECT_EQ(plain.named_parameters().size(), 108U);
  EXPECT_EQ(parameters_of(residual), 102364260);
  EXPECT_EQ(residual.named_parameters().size(), 264U);
}

TEST(Backbones, RefuseExtentsThatDoNotDivide) {
  UNet network({{4, 8}, {2, 1}}, 1, 2);
  EXPECT_THROW(network.forward(torch::zeros({1, 1, 3, 4, 4})), ShapeError);
}

TEST(BackboneCatalog, BuildsFromYamlAndNamesTheNearestEntry) {
  const auto node = ConfigNode::parse("{channels: [4, 8, 8], strides: [2, 2, 1]}", "test");
  const BackbonePtr network = backbone_entry("unet").parse(node)(1, 3);
  EXPECT_EQ(network->size_multiple(), 4);
  EXPECT_EQ(network->forward(torch::zeros({1, 1, 8, 4, 12})).logits.sizes(),
            (std::vector<int64_t>{1, 3, 8, 4, 12}));
  EXPECT_THROW(backbone_entry("unett"), ConfigError);
}

}  // namespace
}  // namespace nmsw
