#include "nmsw/model/nmsw_net.h"

#include <gtest/gtest.h>

#include "nmsw/sampling/gumbel.h"
#include "nmsw/sampling/sampler.h"
#include "nmsw/tensor/patch_ops.h"
#include "nmsw/tensor/resize.h"
#include "tests/support/golden.h"
#include "tests/support/small_net.h"

namespace nmsw {
namespace {

TEST(ScoreHead, Has819ParametersAt32Channels) {
  ScoreHead head(32, ScorePositions::uniform);
  int64_t count = 0;
  for (const Tensor& parameter : head.parameters()) count += parameter.numel();
  EXPECT_EQ(count, 819);
}

TEST(NmswNet, TrainsEveryPartWithEverySamplerAndEstimator) {
  for (const auto& [sampler, sampler_name] : EnumNames<Sampler>::values) {
    for (const auto& [estimator, estimator_name] : EnumNames<Estimator>::values) {
      SCOPED_TRACE(std::string(sampler_name) + ", " + estimator_name);
      ModelConfig config;
      config.sampler = sampler;
      config.estimator = estimator;
      config.entropy_multiplier = 0;  // the choice alone has to reach the score head
      const auto net = testing::small_net(config);
      NmswStepOptions step;
      step.k = 2;
      step.random_starts_dhw = {{1, 2, 3}};
      step.noise = draw_noise(config, step.k, 12, seeded_generator(9));
      const Tensor volume = torch::randn({1, 1, 32, 24, 24});
      const Tensor label = torch::randint(0, 3, {1, 1, 32, 24, 24}).to(torch::kByte);
      const NmswTerms terms = net->forward_train(volume, label, step);
      terms.total.backward();
      EXPECT_TRUE(std::isfinite(terms.total.item<double>()));
      // The first step has no earlier loss to be compared with.
      if (sampler == Sampler::score_function)
        net->forward_train(0.5 * volume, label, step).total.backward();
      for (const auto& entry : net->named_parameters()) {
        EXPECT_TRUE(entry.value().grad().defined()) << entry.key();
      }
      EXPECT_GT(net->named_parameters()["feature_to_logit.1.conv_0.conv.weight"]
                    .grad()
                    .abs()
                    .max()
                    .item<double>(),
                0);
    }
  }
}

/// A step's inputs, the same whenever they are asked for.
struct GivenStep {
  Tensor volume, label;
  NmswStepOptions step;
  explicit GivenStep(const ModelConfig& config, int64_t k = 2) {
    torch::manual_seed(3);
    volume = torch::randn({1, 1, 32, 24, 24});
    label = torch::randint(0, 3, {1, 1, 32, 24, 24}).to(torch::kByte);
    step.k = k;
    step.random_starts_dhw = {{1, 2, 3}};
    step.noise = draw_noise(config, k, 12, seeded_generator(9));
  }
};

double largest_score_gradient(NmswNet& net) {
  return net.named_parameters()["feature_to_logit.1.conv_0.conv.weight"]
      .grad()
      .abs()
      .max()
      .item<double>();
}

TEST(NmswNet, GivesAPatchThatIsDrawnTwiceTheSameLossAndGradientAsTwoOfIt) {
  ModelConfig config;
  config.sampler = Sampler::attention;
  config.draw_with_replacement = true;
  GivenStep given(config, 3);
  given.step.noise.zero_();
  given.step.noise.select(2, 4).fill_(100);  // of every draw
  const auto net = testing::small_net(config);
  const NmswTerms got = net->forward_train(given.volume, given.label, given.step);
  EXPECT_TRUE(torch::equal(got.index, torch::tensor({4, 4, 4}).to(torch::kLong)));
  EXPECT_EQ(got.patches.size(0), 1) << "computed once";
  got.total.backward();
  // Three equal images through the local network, by a sampler that keeps each.
  ModelConfig thrice = config;
  thrice.sampler = Sampler::with_replacement;
  thrice.estimator = Estimator::straight_through;
  const auto other = testing::small_net(thrice);
  const NmswTerms expected = other->forward_train(given.volume, given.label, given.step);
  EXPECT_EQ(expected.patches.size(0), 3);
  expected.total.backward();
  EXPECT_NEAR(got.total.item<double>(), expected.total.item<double>(), 1e-5);
  for (const auto& entry : net->local().named_parameters()) {
    EXPECT_TRUE(testing::close(entry.value().grad(),
                               other->local().named_parameters()[entry.key()].grad(), 1e-6, 1e-3))
        << entry.key();
  }
}

TEST(NmswNet, GivesTheScoresTheGradientOfAttentionSampling) {
  // The aggregated loss with each patch's logits multiplied by a factor: the gradient to a score is
  // Σ_m (1[drawn] - attention)·∂loss/∂factor_m. The factors' derivatives by differences.
  ModelConfig config;
  config.sampler = Sampler::attention;
  config.entropy_multiplier = 0;
  const GivenStep given(config);
  const auto net = testing::small_net(config);
  const NmswTerms terms = net->forward_train(given.volume, given.label, given.step);
  terms.scores.retain_grad();
  terms.total.backward();
  const torch::NoGradGuard no_grad;
  const GlobalLook seen = net->look(given.volume);
  const std::vector<Int3> starts = starts_of(seen.grid, terms.index);
  const Tensor logits = net->local().forward(terms.patches).logits;
  const PatchMerge merge{starts,
                         importance_map({16, 16, 16}),
                         seen.coarse_logits,
                         net->class_weight(),
                         config.overlap_blend,
                         {32, 24, 24}};
  const auto loss = [&](int64_t m, double factor) {
    Tensor scaled = logits.clone();
    scaled[m] *= factor;
    return aggregated_loss(scaled, merge, given.label, given.step.loss).item<double>();
  };
  const Tensor attention = torch::softmax(seen.scores, 1)[0];
  Tensor expected = torch::zeros_like(attention);
  for (int64_t m = 0; m < given.step.k; ++m) {
    const double worth = (loss(m, 1.05) - loss(m, 0.95)) / 0.1;
    expected -= worth * attention;
    expected[terms.index[m].item<int64_t>()] += worth;
  }
  EXPECT_TRUE(testing::close(terms.scores.grad(), expected, 1e-5, 1e-2));
}

TEST(NmswNet, TrainsByTheLossOfTheDrawWithEveryBaseline) {
  for (const auto& [baseline, name] : EnumNames<ScoreFunctionBaseline>::values) {
    for (const bool again : {false, true}) {
      SCOPED_TRACE(::testing::Message() << name << " " << again);
      ModelConfig config;
      config.sampler = Sampler::score_function;
      config.score_function_baseline = baseline;
      config.draw_with_replacement = again;
      config.entropy_multiplier = 0;
      const auto net = testing::small_net(config);
      const GivenStep given(config);
      for (const double scale : {1.0, 0.5}) {
        const NmswTerms terms = net->forward_train(scale * given.volume, given.label, given.step);
        EXPECT_NEAR(terms.total.item<double>(),
                    (terms.local + terms.global + terms.aggregated).item<double>(), 1e-6)
            << "the term's value is 0";
        terms.total.backward();
      }
      EXPECT_GT(largest_score_gradient(*net), 0);
      const bool runs =
          baseline == ScoreFunctionBaseline::ema || baseline == ScoreFunctionBaseline::coarse;
      EXPECT_EQ(net->named_buffers().contains("baseline"), runs);
      if (runs) {
        EXPECT_EQ(net->named_buffers()["baseline"][1].item<double>(), 1);
      }
    }
  }
}

TEST(NmswNet, ComparesTheLossOfADrawWithThatOfTheCoarsePrediction) {
  // With k = 1 and baseline none the gradient to a score is loss·(1[drawn] - softmax).
  ModelConfig config;
  config.sampler = Sampler::score_function;
  config.score_function_baseline = ScoreFunctionBaseline::none;
  config.entropy_multiplier = 0;
  const GivenStep given(config, 1);
  const auto net = testing::small_net(config);
  const NmswTerms terms = net->forward_train(given.volume, given.label, given.step);
  terms.scores.retain_grad();
  terms.total.backward();
  const double loss = terms.aggregated.item<double>();
  Tensor expected = -loss * torch::softmax(terms.scores.detach(), 1);
  expected[0][terms.index[0].item<int64_t>()] += loss;
  EXPECT_TRUE(testing::close(terms.scores.grad(), expected, 1e-6, 1e-4));
  // Against the coarse prediction: the mean of earlier differences stands in the buffer.
  config.score_function_baseline = ScoreFunctionBaseline::coarse;
  const auto other = testing::small_net(config);
  other->forward_train(given.volume, given.label, given.step);
  const double coarse = aggregated_loss(torch::zeros({0, 3, 16, 16, 16}),
                                        {{},
                                         importance_map({16, 16, 16}),
                                         terms.coarse_logits.detach(),
                                         other->class_weight(),
                                         config.overlap_blend,
                                         {32, 24, 24}},
                                        given.label, given.step.loss)
                            .item<double>();
  const Tensor upsampled = resize_trilinear(terms.coarse_logits.detach(), {32, 24, 24});
  EXPECT_NEAR(coarse, dice_ce_loss(upsampled, given.label, given.step.loss).item<double>(), 1e-5);
  EXPECT_NEAR(other->named_buffers()["baseline"][0].item<double>(), loss - coarse, 1e-5);
}

TEST(NmswNet, LearnsFromTheLabelWhereTheCoarsePredictionErrs) {
  ModelConfig config;
  config.sampler = Sampler::error_map;
  config.error_map_weight = 2;
  const GivenStep given(config);
  const auto net = testing::small_net(config);
  const NmswTerms terms = net->forward_train(given.volume, given.label, given.step);
  terms.scores.retain_grad();
  terms.total.backward();
  EXPECT_NEAR(terms.total.item<double>(),
              (terms.local + terms.global + terms.aggregated + 2 * terms.error_map).item<double>(),
              1e-5);
  // The box means of the wrong coarse voxels, patch by patch: rate 2 divides the places.
  const Tensor coarse_label = resize_label(given.label, {16, 12, 12}, config.label_alignment);
  const Tensor wrong =
      terms.coarse_logits.argmax(1)[0].ne(coarse_label[0][0].to(torch::kLong)).to(torch::kFloat);
  const GlobalLook seen = net->look(given.volume);
  Tensor share = torch::zeros({seen.grid.count()});
  for (int64_t p = 0; p < seen.grid.count(); ++p) {
    const Int3 start = seen.grid.starts_dhw[static_cast<size_t>(p)];
    share[p] = wrong.narrow(0, start[0] / 2, 8)
                   .narrow(1, start[1] / 2, 8)
                   .narrow(2, start[2] / 2, 8)
                   .mean();
  }
  const Tensor expected =
      2 * (torch::sigmoid(terms.scores.detach()) - share) / static_cast<double>(seen.grid.count());
  EXPECT_TRUE(testing::close(terms.scores.grad(), expected, 1e-6, 1e-4));
}

TEST(NmswNet, TrainsTheConvolutionsOfTheReleasedAggregationUnderTheReferencesNames) {
  ModelConfig config;
  config.aggregation = AggregationKind::conv;
  const auto net = testing::small_net(config);
  NmswStepOptions step;
  step.k = 2;
  const Tensor label = torch::randint(0, 3, {1, 1, 32, 24, 24}).to(torch::kByte);
  net->forward_train(torch::randn({1, 1, 32, 24, 24}), label, step).total.backward();
  std::map<std::string, std::vector<int64_t>> shapes;
  for (const auto& entry : net->named_parameters()) {
    if (entry.key().rfind("get_aggreated_logit.", 0) != 0) continue;
    shapes[entry.key().substr(20)] = entry.value().sizes().vec();
    EXPECT_GT(entry.value().grad().abs().max().item<double>(), 0) << entry.key();
  }
  const std::map<std::string, std::vector<int64_t>> expected{
      {"aggregate.0.conv_0.conv.weight", {6, 6, 3, 3, 3}}, {"aggregate.0.conv_0.conv.bias", {6}},
      {"aggregate.0.conv_1.conv.weight", {6, 6, 3, 3, 3}}, {"aggregate.0.conv_1.conv.bias", {6}},
      {"aggregate.1.conv_0.conv.weight", {3, 6, 3, 3, 3}}, {"aggregate.1.conv_0.conv.bias", {3}},
      {"aggregate.1.conv_1.conv.weight", {3, 3, 3, 3, 3}}, {"aggregate.1.conv_1.conv.bias", {3}}};
  EXPECT_EQ(shapes, expected);
}

TEST(NmswNet, SwitchesTheSignOfTheEntropyTerm) {
  ModelConfig config;
  config.entropy_multiplier = 0.5;
  const Tensor volume = torch::randn({1, 1, 16, 16, 24});
  const Tensor label = torch::zeros({1, 1, 16, 16, 24}, torch::kByte);
  NmswStepOptions step;
  step.k = 1;
  const NmswTerms up = testing::small_net(config)->forward_train(volume, label, step);
  config.entropy_sign = EntropySign::minimise;
  const NmswTerms down = testing::small_net(config)->forward_train(volume, label, step);
  EXPECT_NEAR((down.total - up.total).item<double>(), up.entropy.item<double>(), 1e-5);
}

TEST(NmswNet, SamplesTheScoresAtPatchCentresWhenAsked) {
  ModelConfig config;
  config.score_positions = ScorePositions::patch_centre;
  const auto net = testing::small_net(config);
  EXPECT_EQ(net->look(torch::randn({1, 1, 32, 24, 24})).scores.sizes(),
            (std::vector<int64_t>{1, 12}));
}

}  // namespace
}  // namespace nmsw
