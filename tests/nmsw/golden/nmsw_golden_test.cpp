#include "nmsw/backbones/mednext.h"
#include "nmsw/backbones/unet.h"
#include "nmsw/model/nmsw_net.h"
#include "tests/support/golden.h"

namespace nmsw {
namespace {

using testing::close;
using testing::GoldenFile;

/// The reference's whole model in the authors' wiring.
std::shared_ptr<NmswNet> golden_net(const GoldenFile& golden) {
  const std::vector<int64_t> channels = golden.list("unet_channels");
  MedNeXtConfig mednext;
  mednext.channels = golden.whole("mednext_channels");
  ModelConfig config;
  apply_preset(Preset::authors, config);
  config.aggregation = AggregationKind::class_weight;
  config.entropy_multiplier = golden.number("entropy_multiplier");
  const UNetConfig unet{channels, {2, 2, 2, 2, 2, 1}};
  const auto net = std::make_shared<NmswNet>(
      std::make_shared<MedNeXt>(mednext, 1, 4), std::make_shared<UNet>(unet, 1, 4), 4, config,
      PatchGeometry{golden.triple("patch"), golden.triple("rate"), 0.5});
  testing::load_parameters(*net, golden, "sd.");
  return net;
}

Tensor every(const Tensor& tensor, int64_t stride) {
  return tensor.slice(-3, 0, {}, stride).slice(-2, 0, {}, stride).slice(-1, 0, {}, stride);
}

void expect_same_logits(const GoldenFile& golden, const std::string& mode, const Tensor& all,
                        const Tensor& coarse_logits) {
  const Tensor logits = all.detach();
  const int64_t stride = golden.whole("stride");
  EXPECT_TRUE(close(every(coarse_logits, stride), golden.tensor(mode + ".global_logits"), 1e-4, 0));
  EXPECT_TRUE(close(every(logits, stride), golden.tensor(mode + ".logits"), 1e-4, 0));
  const Tensor wide = logits[0].to(torch::kDouble).flatten(1);
  EXPECT_TRUE(close(wide.sum(1), golden.tensor(mode + ".logits_sum"), 0, 1e-5));
  EXPECT_TRUE(close(wide.square().sum(1), golden.tensor(mode + ".logits_sumsq"), 0, 1e-5));
  const Tensor labels = every(logits.argmax(1).to(torch::kByte), stride / 2);
  const Tensor& expected = golden.tensor(mode + ".argmax");
  ASSERT_EQ(labels.sizes(), expected.sizes());
  EXPECT_LE((labels != expected).sum().item<int64_t>(), expected.numel() / 10000);
}

TEST(GoldenNmsw, SegmentsAsTheReference) {
  NMSW_GOLDEN_OR_SKIP(golden, "nmsw.pt");
  const auto net = golden_net(golden);
  net->eval();
  const NmswPrediction got =
      net->forward_test(golden.real("input"), golden.tensor("test.index").numel(), golden.tensor("test.noise"));
  EXPECT_TRUE(close(got.scores, golden.tensor("test.masked_objectness"), 1e-4, 0));
  EXPECT_TRUE(torch::equal(got.index, golden.tensor("test.index")));
  expect_same_logits(golden, "test", got.logits, got.coarse_logits);
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
  EXPECT_TRUE(torch::equal(got.index, golden.tensor("train.index")));
  EXPECT_TRUE(close(got.scores, golden.tensor("train.masked_objectness"), 1e-4, 0));
  EXPECT_TRUE(close(every(got.patches, golden.whole("stride")), golden.tensor("train.patches"), 1e-5, 0));
  expect_same_logits(golden, "train", got.logits, got.coarse_logits);
  EXPECT_TRUE(close(got.local, golden.tensor("train.local_loss"), 0, 1e-5));
  EXPECT_TRUE(close(got.global, golden.tensor("train.global_loss"), 0, 1e-5));
  EXPECT_TRUE(close(got.aggregated, golden.tensor("train.agg_loss"), 0, 1e-5));
  EXPECT_TRUE(close(got.entropy, golden.tensor("train.entropy_loss"), 0, 1e-5));
  EXPECT_TRUE(close(got.total, golden.tensor("train.total_loss"), 0, 1e-5));
  got.total.backward();
  const auto parameters = net->named_parameters();
  for (const std::string& key : golden.below("train.grad.")) {
    EXPECT_TRUE(close(parameters[key].grad(), golden.tensor("train.grad." + key), 0, 1e-3)) << key;
  }
}

}  // namespace
}  // namespace nmsw
