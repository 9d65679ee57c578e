#include "nmsw/training/step_prefetch.h"

#include <gtest/gtest.h>

#include "tests/nmsw/training/toy_training.h"

namespace nmsw {
namespace {

using testing::CaseList;
using testing::local_settings;
using testing::small_unet;

struct Trained {
  TrainingOutcome outcome;
  std::map<std::string, Tensor> weights;
};

Trained trained_with(int64_t workers, Augmentation augmentation) {
  SchemeSettings scheme_settings = local_settings();
  scheme_settings.training.augmentation = augmentation;
  scheme_settings.training.augmentation_translation_scale = 0.05;
  CaseList training(3), validation(1);
  TrainerSettings settings;
  settings.training = scheme_settings.training;
  settings.training.data_workers = workers;
  settings.seed = 5;
  const BackbonePtr network = small_unet();
  const auto scheme = make_local_scheme(network, scheme_settings);
  Trained trained{train(*scheme, training, validation, settings), {}};
  for (const auto& [name, tensor] : module_tensors(*network))
    trained.weights.emplace(name, tensor.detach().clone());
  return trained;
}

TEST(StepPrefetch, ChangesNoBitWhateverTheNumberOfWorkers) {
  for (const Augmentation augmentation : {Augmentation::none, Augmentation::authors}) {
    const Trained expected = trained_with(0, augmentation);
    for (const int64_t workers : {1, 4}) {
      const Trained found = trained_with(workers, augmentation);
      for (size_t i = 0; i < expected.outcome.epochs.size(); ++i) {
        EXPECT_EQ(found.outcome.epochs[i].train_loss, expected.outcome.epochs[i].train_loss);
      }
      for (const auto& [name, tensor] : expected.weights)
        EXPECT_TRUE(torch::equal(found.weights.at(name), tensor)) << name << " " << workers;
    }
  }
}

/// Loading a case takes two of its seconds.
class SlowCases final : public TrainingCases {
 public:
  int64_t count() const override { return cases_.count(); }
  std::shared_ptr<const TrainingCase> get(int64_t index) override {
    pass(2);
    return cases_.get(index);
  }
  double now_s() const { return now_s_; }
  void pass(double seconds) { now_s_ += seconds; }

 private:
  CaseList cases_{3};
  double now_s_ = 0;
};

/// A scheme whose steps take three of those seconds beside their data.
class SlowSteps final : public Scheme {
 public:
  SlowSteps(Scheme& scheme, SlowCases& clock) : scheme_(scheme), clock_(clock) {}
  torch::nn::Module& network() override { return scheme_.network(); }
  StepInput prepare(const TrainingCase& sample, uint64_t seed) const override {
    return scheme_.prepare(sample, seed);
  }
  StepLoss train_step(const StepInput& input, double tau) override {
    clock_.pass(3);
    return scheme_.train_step(input, tau);
  }
  StepLoss validate(const TrainingCase& sample, uint64_t seed) override {
    return scheme_.validate(sample, seed);
  }

 private:
  Scheme& scheme_;
  SlowCases& clock_;
};

TEST(StepPrefetch, CountsHowLongStepsWait) {
  SlowCases training;
  CaseList validation(1);
  const SchemeSettings scheme_settings = local_settings();
  TrainerSettings settings;
  settings.training = scheme_settings.training;
  settings.training.data_workers = 0;
  settings.now = [&] { return training.now_s(); };
  const auto scheme = make_local_scheme(small_unet(), scheme_settings);
  SlowSteps slow(*scheme, training);
  const TrainingOutcome outcome = train(slow, training, validation, settings);
  constexpr double kSteps = 12;
  EXPECT_EQ(outcome.waited_seconds, 2 * kSteps);
  EXPECT_EQ(outcome.step_seconds, (2 + 3) * kSteps);
}

/// Its second case cannot be read.
class FaultyCases final : public TrainingCases {
 public:
  int64_t count() const override { return 2; }
  std::shared_ptr<const TrainingCase> get(int64_t index) override {
    if (index == 1) throw DataError("case 1: damaged");
    return good_.get(0);
  }

 private:
  CaseList good_{1};
};

TEST(StepPrefetch, AFaultOfACaseEndsTheTrainingAtItsStep) {
  std::vector<int64_t> steps_done;
  for (const int64_t workers : {0, 2}) {
    FaultyCases training;
    CaseList validation(1);
    const SchemeSettings scheme_settings = local_settings();
    TrainerSettings settings;
    settings.training = scheme_settings.training;
    settings.training.data_workers = workers;
    int64_t steps = 0;
    settings.progress = [&](int64_t done, int64_t, int64_t, const std::string&) { steps = done; };
    EXPECT_THROW(
        train(*make_local_scheme(small_unet(), scheme_settings), training, validation, settings),
        DataError);
    steps_done.push_back(steps);
  }
  EXPECT_EQ(steps_done[0], steps_done[1]);
}

}  // namespace
}  // namespace nmsw
