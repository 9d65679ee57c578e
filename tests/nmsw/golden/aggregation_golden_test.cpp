#include "nmsw/aggregation/aggregate.h"
#include "nmsw/aggregation/class_weight.h"
#include "nmsw/losses/dice_ce.h"
#include "nmsw/losses/entropy.h"
#include "nmsw/model/conv_aggregation.h"
#include "nmsw/tensor/patch_ops.h"
#include "nmsw/tensor/resize.h"
#include "tests/support/golden_checks.h"

namespace nmsw {
namespace {

using testing::GoldenChecks;
using testing::GoldenFile;

/// The patches, the coarse logits and what the reference made of them.
struct Merge {
  Merge(const GoldenFile& golden, const std::string& name)
      : patches(golden.tensor(name + ".patches").clone().requires_grad_()),
        coarse(golden.tensor(name + ".global").clone().requires_grad_()),
        volume(golden.triple(name + ".volume")),
        patch(golden.triple(name + ".patch")),
        starts(golden.triples(name + ".starts")) {}

  Tensor blended(const Tensor& logits) const {
    return blend_patches(logits, starts, importance_map(patch), volume, OverlapBlend::normalised);
  }
  Tensor covered() const { return covered_voxels(starts, patch, volume); }

  Tensor patches, coarse;
  Int3 volume, patch;
  std::vector<Int3> starts;
};

void expect_same_merge(GoldenChecks& checks, const std::string& name, const std::string& version,
                       const Merge& merge, const Tensor& output) {
  const std::string expected = name + "." + version;
  checks.close(expected + ".output", output, 1e-5, 1e-5);
  checks.file().functional(name + ".", output).backward();
  checks.close(expected + ".grad_patches", merge.patches.grad(), 0, 1e-4);
  checks.close(expected + ".grad_global", merge.coarse.grad(), 0, 1e-4);
}

TEST(GoldenAggregation, MergesByClassWeightAsTheReference) {
  NMSW_GOLDEN_OR_SKIP(golden, "aggregation.pt");
  GoldenChecks checks(golden);
  for (const std::string& name : golden.cases_with("class_weight")) {
    SCOPED_TRACE(name);
    const Merge merge(golden, name);
    ClassWeight weight(merge.patches.size(1), 0, -1, 10);
    {
      torch::NoGradGuard no_grad;
      weight.parameters()[0].copy_(golden.tensor(name + ".class_weight").view({1, -1, 1, 1, 1}));
    }
    const Tensor output = aggregate_class_weight(merge.blended(merge.patches), merge.covered(),
                                                 merge.coarse, weight.forward());
    expect_same_merge(checks, name, "class_weight_version", merge, output);
    checks.close(name + ".class_weight_version.grad_class_weight", weight.parameters()[0].grad(), 0,
                 1e-4);
  }
  NMSW_SKIP_UNLESS_COMPARED(checks);
}

TEST(GoldenAggregation, PastesAsTheReference) {
  NMSW_GOLDEN_OR_SKIP(golden, "aggregation.pt");
  GoldenChecks checks(golden);
  for (const std::string& name : golden.cases_with("patches")) {
    SCOPED_TRACE(name);
    const Merge merge(golden, name);
    expect_same_merge(checks, name, "paste_version", merge,
                      aggregate_paste(merge.blended(merge.patches), merge.covered(), merge.coarse));
  }
  NMSW_SKIP_UNLESS_COMPARED(checks);
}

TEST(GoldenConvAggregation, RefinesAndDifferentiatesAsTheReference) {
  NMSW_GOLDEN_OR_SKIP(golden, "aggregation.pt");
  GoldenChecks checks(golden);
  for (const std::string& name : golden.cases_with("conv_version.output")) {
    SCOPED_TRACE(name);
    const Merge merge(golden, name);
    ConvAggregation network(merge.patches.size(1));
    testing::load_parameters(*network.named_children()["aggregate"], golden,
                             name + ".conv_version.sd.");
    std::vector<Tensor> refined;
    for (size_t k = 0; k < merge.starts.size(); ++k) {
      refined.push_back(
          network.forward(merge.patches.narrow(0, static_cast<int64_t>(k), 1),
                          upsample_box(merge.coarse, merge.volume, merge.starts[k], merge.patch)));
    }
    const Tensor output =
        aggregate_paste(merge.blended(torch::cat(refined)), merge.covered(), merge.coarse);
    expect_same_merge(checks, name, "conv_version", merge, output);
  }
  NMSW_SKIP_UNLESS_COMPARED(checks);
}

TEST(GoldenLosses, HaveTheReferencesValuesAndGradients) {
  NMSW_GOLDEN_OR_SKIP(golden, "losses.pt");
  GoldenChecks checks(golden);
  const std::vector<std::pair<std::string, DiceCeWeights>> mixes{{"config", {1, 1}},
                                                                 {"paper", {0.8, 0.2}}};
  for (const std::string& name : golden.cases_with("label")) {
    SCOPED_TRACE(name);
    const Tensor& label = golden.tensor(name + ".label");
    checks.close(name + ".dice", dice_loss(golden.tensor(name + ".logits"), label), 0, 1e-5);
    checks.close(name + ".ce", cross_entropy(golden.tensor(name + ".logits"), label), 0, 1e-5);
    for (const auto& [mix, weights] : mixes) {
      const Tensor logits = golden.tensor(name + ".logits").clone().requires_grad_();
      const Tensor loss = dice_ce_loss(logits, label, weights);
      loss.backward();
      checks.close(name + "." + mix + ".value", loss, 0, 1e-5);
      checks.close(name + "." + mix + ".grad", logits.grad(), 1e-8, 1e-4);
    }
  }
  NMSW_SKIP_UNLESS_COMPARED(checks);
}

TEST(GoldenLosses, HaveTheReferencesEntropy) {
  NMSW_GOLDEN_OR_SKIP(golden, "losses.pt");
  GoldenChecks checks(golden);
  for (const std::string& name : golden.cases_with("value")) {
    SCOPED_TRACE(name);
    const Tensor logits = golden.tensor(name + ".logits").clone().requires_grad_();
    const Tensor entropy = patch_entropy(logits.flatten(1));
    entropy.backward();
    checks.close(name + ".value", entropy, 0, 1e-5);
    checks.close(name + ".grad", logits.grad(), 1e-8, 1e-4);
  }
  NMSW_SKIP_UNLESS_COMPARED(checks);
}

}  // namespace
}  // namespace nmsw
