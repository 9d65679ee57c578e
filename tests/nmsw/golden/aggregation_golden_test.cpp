#include "nmsw/aggregation/aggregate.h"
#include "nmsw/aggregation/class_weight.h"
#include "nmsw/losses/dice_ce.h"
#include "nmsw/losses/entropy.h"
#include "nmsw/model/conv_aggregation.h"
#include "nmsw/tensor/patch_ops.h"
#include "nmsw/tensor/resize.h"
#include "tests/support/golden.h"

namespace nmsw {
namespace {

using testing::close;

TEST(GoldenAggregation, MergesAndDifferentiatesAsTheReference) {
  NMSW_GOLDEN_OR_SKIP(golden, "aggregation.pt");
  for (const std::string& name : golden.cases()) {
    for (const std::string version : {"class_weight_version", "paste_version"}) {
      const std::string expected = name + "." + version;
      if (!golden.has(expected + ".output")) continue;
      SCOPED_TRACE(expected);
      const Tensor patches = golden.tensor(name + ".patches").clone().requires_grad_();
      const Tensor coarse = golden.tensor(name + ".global").clone().requires_grad_();
      ClassWeight weight(patches.size(1), 0, -1, 10);
      {
        torch::NoGradGuard no_grad;
        weight.parameters()[0].copy_(golden.tensor(name + ".class_weight").view({1, -1, 1, 1, 1}));
      }
      const Int3 volume = golden.triple(name + ".volume"), patch = golden.triple(name + ".patch");
      const auto starts = golden.triples(name + ".starts");
      const Tensor blended =
          blend_patches(patches, starts, importance_map(patch), volume, OverlapBlend::normalised);
      const Tensor covered = covered_voxels(starts, patch, volume);
      const bool weighted = version == "class_weight_version";
      const Tensor output =
          weighted ? aggregate_class_weight(blended, covered, coarse, weight.forward())
                   : aggregate_paste(blended, covered, coarse);
      EXPECT_TRUE(close(output, golden.tensor(expected + ".output"), 1e-5, 1e-5));
      golden.functional(name + ".", output).backward();
      EXPECT_TRUE(close(patches.grad(), golden.tensor(expected + ".grad_patches"), 0, 1e-4));
      EXPECT_TRUE(close(coarse.grad(), golden.tensor(expected + ".grad_global"), 0, 1e-4));
      if (weighted) {
        EXPECT_TRUE(close(weight.parameters()[0].grad(),
                          golden.tensor(expected + ".grad_class_weight"), 0, 1e-4));
      }
    }
  }
}

TEST(GoldenConvAggregation, RefinesAndDifferentiatesAsTheReference) {
  NMSW_GOLDEN_OR_SKIP(golden, "aggregation.pt");
  size_t seen = 0;
  for (const std::string& name : golden.cases()) {
    const std::string expected = name + ".conv_version";
    if (!golden.has(expected + ".output")) continue;
    SCOPED_TRACE(expected);
    ++seen;
    const Tensor patches = golden.tensor(name + ".patches").clone().requires_grad_();
    const Tensor coarse = golden.tensor(name + ".global").clone().requires_grad_();
    ConvAggregation network(patches.size(1));
    testing::load_parameters(*network.named_children()["aggregate"], golden, expected + ".sd.");
    const Int3 volume = golden.triple(name + ".volume"), patch = golden.triple(name + ".patch");
    const auto starts = golden.triples(name + ".starts");
    std::vector<Tensor> refined;
    for (size_t k = 0; k < starts.size(); ++k) {
      refined.push_back(network.forward(patches.narrow(0, static_cast<int64_t>(k), 1),
                                        upsample_box(coarse, volume, starts[k], patch)));
    }
    const Tensor blended = blend_patches(torch::cat(refined), starts, importance_map(patch), volume,
                                         OverlapBlend::normalised);
    const Tensor output = aggregate_paste(blended, covered_voxels(starts, patch, volume), coarse);
    EXPECT_TRUE(close(output, golden.tensor(expected + ".output"), 1e-5, 1e-5));
    golden.functional(name + ".", output).backward();
    EXPECT_TRUE(close(patches.grad(), golden.tensor(expected + ".grad_patches"), 0, 1e-4));
    EXPECT_TRUE(close(coarse.grad(), golden.tensor(expected + ".grad_global"), 0, 1e-4));
  }
  EXPECT_EQ(seen, 2U);
}

TEST(GoldenLosses, HaveTheReferencesValuesAndGradients) {
  NMSW_GOLDEN_OR_SKIP(golden, "losses.pt");
  const std::vector<std::pair<std::string, DiceCeWeights>> mixes{{"config", {1, 1}},
                                                                 {"paper", {0.8, 0.2}}};
  for (const std::string& name : golden.cases()) {
    SCOPED_TRACE(name);
    const Tensor& label = golden.tensor(name + ".label");
    EXPECT_TRUE(close(dice_loss(golden.tensor(name + ".logits"), label),
                      golden.tensor(name + ".dice"), 0, 1e-5));
    EXPECT_TRUE(close(cross_entropy(golden.tensor(name + ".logits"), label),
                      golden.tensor(name + ".ce"), 0, 1e-5));
    for (const auto& [mix, weights] : mixes) {
      const Tensor logits = golden.tensor(name + ".logits").clone().requires_grad_();
      const Tensor loss = dice_ce_loss(logits, label, weights);
      loss.backward();
      EXPECT_TRUE(close(loss, golden.tensor(name + "." + mix + ".value"), 0, 1e-5));
      EXPECT_TRUE(close(logits.grad(), golden.tensor(name + "." + mix + ".grad"), 1e-8, 1e-4));
    }
  }
  for (const std::string& name : golden.cases("entropy")) {
    SCOPED_TRACE(name);
    const Tensor logits = golden.tensor(name + ".logits").clone().requires_grad_();
    const Tensor entropy = patch_entropy(logits.flatten(1));
    entropy.backward();
    EXPECT_TRUE(close(entropy, golden.tensor(name + ".value"), 0, 1e-5));
    EXPECT_TRUE(close(logits.grad(), golden.tensor(name + ".grad"), 1e-8, 1e-4));
  }
}

}  // namespace
}  // namespace nmsw
