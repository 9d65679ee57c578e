#include "nmsw/backbones/mixed_precision.h"

#include <cmath>
#include <limits>

#include <gtest/gtest.h>

#include "nmsw/tensor/autocast.h"
#include "nmsw/training/loss_scaler.h"
#include "nmsw/training/trainer.h"
#include "tests/support/expect_error.h"

namespace nmsw {
namespace {

constexpr double kInfinity = std::numeric_limits<double>::infinity();

TEST(AutocastGuard, ReducesProductsWhileItLives) {
  const Tensor a = torch::rand({4, 4});
  {
    const AutocastGuard guard(torch::kCPU, torch::kBFloat16);
    EXPECT_EQ(a.matmul(a).scalar_type(), torch::kBFloat16);
    {
      const AutocastGuard inner(torch::kCPU, torch::kBFloat16);
      EXPECT_EQ(a.matmul(a).scalar_type(), torch::kBFloat16);
    }
    EXPECT_EQ(a.matmul(a).scalar_type(), torch::kBFloat16);
  }
  EXPECT_EQ(a.matmul(a).scalar_type(), torch::kFloat);
  const AutocastGuard nothing(torch::kCPU, torch::kFloat);
  EXPECT_EQ(a.matmul(a).scalar_type(), torch::kFloat);
}

/// Logits and feature are products with one weight; notes in which type they were computed.
class ProductNet final : public Backbone {
 public:
  ProductNet() { weight = register_parameter("weight", torch::rand({4, 4}) + 1.0 / 3); }
  BackboneOutput forward(const Tensor& image) override {
    const Tensor product = image.matmul(weight);
    computed_in = product.scalar_type();
    return {{product}, product};
  }
  int64_t feature_channels() const override { return 1; }
  int64_t size_multiple() const override { return 1; }
  Tensor weight;
  torch::ScalarType computed_in = torch::kFloat;
};

TEST(ForwardIn, ComputesInThePrecisionAndGivesFloat32) {
  torch::manual_seed(1);
  ProductNet network;
  const Tensor image = torch::rand({1, 1, 4, 4, 4});
  const Tensor exact = network.forward(image).logits;
  EXPECT_TRUE(torch::equal(forward_in(Precision::fp32, network, image).logits, exact));
  EXPECT_EQ(network.computed_in, torch::kFloat);
  const BackboneOutput reduced = forward_in(Precision::bf16, network, image);
  EXPECT_EQ(network.computed_in, torch::kBFloat16);
  EXPECT_EQ(reduced.logits.scalar_type(), torch::kFloat);
  EXPECT_EQ(reduced.features.back().scalar_type(), torch::kFloat);
  EXPECT_FALSE(torch::equal(reduced.logits, exact));
  EXPECT_TRUE(torch::allclose(reduced.logits, exact, 0.02));  // bf16 has 8 bits
  reduced.logits.sum().backward();
  EXPECT_EQ(network.weight.grad().scalar_type(), torch::kFloat);
}

TEST(Precision, IsRefusedOnTheCpu) {
  for (const Precision precision : {Precision::bf16, Precision::fp16}) {
    testing::expect_error<ConfigError>([&] { require_precision(precision, torch::kCPU); },
                                       {"training.precision", enum_name(precision), "cpu", "fp32"});
    EXPECT_NO_THROW(require_precision(precision, torch::kCUDA));
    SchemeSettings settings;
    settings.training.precision = precision;
    EXPECT_THROW(make_local_scheme(std::make_shared<ProductNet>(), settings), ConfigError);
  }
  EXPECT_NO_THROW(require_precision(Precision::fp32, torch::kCPU));
}

TEST(LossScaler, LeavesFp32AndBf16Alone) {
  for (const Precision precision : {Precision::fp32, Precision::bf16}) {
    LossScaler scaler(precision);
    const Tensor loss = torch::full({1}, 3.0);
    EXPECT_TRUE(scaler.scaled(loss).is_same(loss));
    EXPECT_TRUE(scaler.accept(kInfinity));
    EXPECT_EQ(scaler.scale(), 1);
  }
}

TEST(LossScaler, ScalesTheLossAndGivesTheTrueGradient) {
  const LossScaler scaler(Precision::fp16);
  const Tensor weight = torch::full({2}, 5.0).requires_grad_(),
               unused = torch::zeros({1}).requires_grad_();
  const Tensor scaled = scaler.scaled((3 * weight).sum());
  EXPECT_EQ(scaled.item<double>(), 65536.0 * 30);
  scaled.backward();
  scaler.unscale({weight, unused});
  EXPECT_TRUE(torch::equal(weight.grad(), torch::full({2}, 3.0)));
}

TEST(LossScaler, HalvesAfterAnOverflowAndDoublesAfterGoodStepsInARow) {
  LossScaler scaler(Precision::fp16);
  EXPECT_FALSE(scaler.accept(kInfinity));
  EXPECT_FALSE(scaler.accept(std::nan("")));
  EXPECT_EQ(scaler.scale(), 16384);
  for (int i = 0; i < 1999; ++i) EXPECT_TRUE(scaler.accept(1));
  EXPECT_EQ(scaler.scale(), 16384);
  LossScaler continued(Precision::fp16);
  continued.restore(scaler.state());
  EXPECT_TRUE(continued.accept(1));
  EXPECT_EQ(continued.scale(), 32768);
  EXPECT_FALSE(scaler.accept(kInfinity));  // the row begins again
  EXPECT_EQ(scaler.scale(), 8192);
  for (int i = 0; i < 1999; ++i) scaler.accept(1);
  EXPECT_EQ(scaler.scale(), 8192);
}

/// A loss of 0 whose gradient is no number in the first `bad` steps.
class BadGradients final : public Scheme {
 public:
  explicit BadGradients(int bad) : bad_(bad) {}
  torch::nn::Module& network() override { return *linear; }
  StepLoss train_step(const StepInput& /*input*/, double /*tau*/) override {
    if (steps_++ < bad_) return {(linear->weight * 0).sqrt().sum(), {}};
    return {linear->weight.sum(), {}};
  }
  StepLoss validate(const TrainingCase& /*sample*/, uint64_t /*seed*/) override {
    return {linear->weight.sum(), {}};
  }
  torch::nn::Linear linear{torch::nn::LinearOptions(1, 1).bias(false)};

 private:
  int bad_, steps_ = 0;
};

class OneCase final : public TrainingCases {
 public:
  explicit OneCase(int64_t count) : count_(count) {}
  int64_t count() const override { return count_; }
  std::shared_ptr<const TrainingCase> get(int64_t /*index*/) override {
    return std::make_shared<TrainingCase>(make_training_case(
        "one", torch::zeros({1, 1, 2, 2, 2}), torch::zeros({1, 1, 2, 2, 2}, torch::kUInt8)));
  }

 private:
  int64_t count_;
};

/// Trains so many steps in fp16 (the gradients come from the scheme, so that the CPU will do) and
/// returns the weight.
double weight_after(BadGradients& scheme, int64_t steps) {
  TrainerSettings settings;
  settings.training.epochs = 1;
  settings.training.iterations_per_epoch = steps;
  settings.training.learning_rate = 0.1;
  settings.training.warmup_share = 0;
  settings.training.weight_decay = 0;
  settings.training.augmentation = Augmentation::none;
  settings.training.precision = Precision::fp16;
  OneCase training(1), validation(0);
  train(scheme, training, validation, settings);
  return scheme.linear->weight.item<double>();
}

TEST(Trainer, SkipsStepsWhoseGradientsOverflowed) {
  BadGradients scheme(3);
  const double before = scheme.linear->weight.item<double>();
  EXPECT_EQ(weight_after(scheme, 3), before);
  // AdamW's first step is the learning rate against the gradient's sign.
  BadGradients recovered(3);
  const double start = recovered.linear->weight.item<double>();
  EXPECT_NEAR(weight_after(recovered, 4), start - 0.1, 1e-5);
}

TEST(Trainer, StopsWhenNoScaleGivesGradients) {
  BadGradients scheme(100);
  testing::expect_error<DataError>([&] { weight_after(scheme, 100); },
                                   {"gradients", "iteration 16", "bf16"});
}

}  // namespace
}  // namespace nmsw
