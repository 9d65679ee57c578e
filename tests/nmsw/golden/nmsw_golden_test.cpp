#include "nmsw/backbones/mednext.h"
#include "nmsw/backbones/unet.h"
#include "nmsw/model/nmsw_net.h"
#include "tests/support/golden_checks.h"
#include "tests/support/golden_networks.h"

namespace nmsw {
namespace {

using testing::GoldenChecks;
using testing::GoldenFile;

/// The reference's whole model in the authors' wiring.
std::shared_ptr<NmswNet> golden_net(const GoldenFile& golden) {
  const auto [mednext, local] = testing::mednext_sizes(golden, "sd.local_backbone.");
  const auto [unet, global] = testing::unet_sizes(golden, "sd.global_backbone.");
  ModelConfig config;
  apply_preset(Preset::authors, config);
  config.aggregation = AggregationKind::class_weight;
  config.entropy_multiplier = golden.number("entropy_multiplier");
  const auto net = std::make_shared<NmswNet>(
      std::make_shared<MedNeXt>(mednext, local.in_channels, local.num_classes),
      std::make_shared<UNet>(unet, global.in_channels, global.num_classes), local.num_classes,
      config, PatchGeometry{golden.triple("patch"), golden.triple("rate"), 0.5});
  testing::load_parameters(*net, golden, "sd.");
  return net;
}

Tensor every(const Tensor& tensor, int64_t stride) {
  return tensor.slice(-3, 0, {}, stride).slice(-2, 0, {}, stride).slice(-1, 0, {}, stride);
}

/// All but one voxel of 10,000.
void expect_same_labels(GoldenChecks& checks, const std::string& key, const Tensor& labels) {
  if (!checks.has(key)) return;
  const Tensor& expected = checks.file().tensor(key);
  ASSERT_EQ(labels.sizes(), expected.sizes());
  EXPECT_LE((labels != expected).sum().item<int64_t>(), expected.numel() / 10000);
}

void expect_same_logits(GoldenChecks& checks, const std::string& mode, const Tensor& all,
                        const Tensor& coarse_logits) {
  const Tensor logits = all.detach();
  const int64_t stride = checks.file().whole("stride");
  checks.close(mode + ".global_logits", every(coarse_logits, stride), 1e-4, 0);
  checks.close(mode + ".logits", every(logits, stride), 1e-4, 0);
  const Tensor wide = logits[0].to(torch::kDouble).flatten(1);
  checks.close(mode + ".logits_sum", wide.sum(1), 0, 1e-5);
  checks.close(mode + ".logits_sumsq", wide.square().sum(1), 0, 1e-5);
  expect_same_labels(checks, mode + ".argmax",
                     every(logits.argmax(1).to(torch::kByte), std::max<int64_t>(1, stride / 2)));
}

TEST(GoldenNmsw, SegmentsAsTheReference) {
  NMSW_GOLDEN_OR_SKIP(golden, "nmsw.pt");
  const auto net = golden_net(golden);
  net->eval();
  const NmswPrediction got = net->forward_test(
      golden.real("input"), golden.tensor("test.index").numel(), golden.tensor("test.noise"));
  GoldenChecks checks(golden);
  checks.close("test.masked_objectness", got.scores, 1e-4, 0);
  checks.equal("test.index", got.index);
  expect_same_logits(checks, "test", got.logits, got.coarse_logits);
}

TEST(GoldenNmsw, TrainsAsTheReference) {
  NMSW_GOLDEN_OR_SKIP(golden, "nmsw.pt");
  const auto net = golden_net(golden);
  net->train();
  NmswStepOptions step;
  step.k = golden.tensor("train.index").numel();
  step.tau = golden.number("train.tau");
  step.loss = {golden.number("lambda_dice"), golden.number("lambda_ce")};
  step.noise = golden.tensor("train.noise");
  step.random_starts_dhw = golden.triples("random_patch_start");
  step.keep_logits = true;
  const NmswTerms got = net->forward_train(golden.real("input"), golden.tensor("label"), step);
  GoldenChecks checks(golden);
  checks.equal("train.index", got.index);
  checks.close("train.masked_objectness", got.scores, 1e-4, 0);
  checks.close("train.patches", every(got.patches, golden.whole("stride")), 1e-5, 0);
  expect_same_logits(checks, "train", got.logits, got.coarse_logits);
  checks.close("train.local_loss", got.local, 0, 1e-5);
  checks.close("train.global_loss", got.global, 0, 1e-5);
  checks.close("train.agg_loss", got.aggregated, 0, 1e-5);
  checks.close("train.entropy_loss", got.entropy, 0, 1e-5);
  checks.close("train.total_loss", got.total, 0, 1e-5);
  got.total.backward();
  const auto parameters = net->named_parameters();
  for (const std::string& key : golden.below("train.grad.")) {
    const Tensor* parameter = parameters.find(key);
    ASSERT_NE(parameter, nullptr) << "the network has no parameter " << key;
    checks.close("train.grad." + key, parameter->grad(), 0, 1e-3);
  }
}

}  // namespace
}  // namespace nmsw
