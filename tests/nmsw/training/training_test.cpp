#include <cmath>

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <torch/csrc/jit/serialization/pickle.h>

#include "nmsw/backbones/unet.h"
#include "nmsw/base/atomic_file.h"
#include "nmsw/training/adamw.h"
#include "nmsw/training/schedule.h"
#include "nmsw/training/trainer.h"
#include "tests/nmsw/training/toy_training.h"
#include "tests/support/golden_checks.h"
#include "tests/support/temporary_folder.h"

namespace nmsw {
namespace {

using testing::CaseList;
using testing::local_settings;
using testing::small_unet;

/// Keeps the images it is given.
class ImageKeeper final : public Scheme {
 public:
  torch::nn::Module& network() override { return *network_; }
  StepLoss train_step(const StepInput& input, double /*tau*/) override {
    trained.push_back(input.image);
    return {network_->forward(torch::ones({1, 1})).sum(), {}};
  }
  StepLoss validate(const TrainingCase& sample, uint64_t /*seed*/) override {
    validated.push_back(sample.image);
    return {torch::zeros({1}), {}};
  }
  std::vector<Tensor> trained, validated;

 private:
  torch::nn::Linear network_{1, 1};
};

TEST(Trainer, AugmentsWhatItTrainsOnAnewInEveryStepAndNeverWhatItValidatesOn) {
  CaseList training(1), validation(1);
  TrainerSettings settings;
  settings.training = local_settings().training;
  settings.training.augmentation = Augmentation::authors;
  settings.training.augmentation_translation_scale = 0.05;
  ImageKeeper keeper;
  train(keeper, training, validation, settings);
  ASSERT_EQ(keeper.trained.size(), 12U);
  for (size_t i = 0; i < keeper.trained.size(); ++i) {
    EXPECT_FALSE(torch::equal(keeper.trained[i], training.get(0)->image)) << i;
    if (i > 0) {
      EXPECT_FALSE(torch::equal(keeper.trained[i], keeper.trained[i - 1])) << i;
    }
  }
  ASSERT_EQ(keeper.validated.size(), 4U);
  for (const Tensor& image : keeper.validated)
    EXPECT_TRUE(torch::equal(image, validation.get(0)->image));
}

SchemeSettings nmsw_settings() {
  SchemeSettings settings = local_settings();
  settings.training.epochs = 6;
  settings.training.iterations_per_epoch = 2;
  settings.training.top_k_patches = 2;
  settings.training.validation_k = 3;
  settings.geometry.rate_dhw = {2, 2, 2};
  return settings;
}

std::shared_ptr<NmswNet> small_nmsw(const SchemeSettings& settings) {
  const BackbonePtr local = small_unet(), global = small_unet();
  return std::make_shared<NmswNet>(local, global, 2, settings.model, settings.geometry);
}

TEST(Trainer, RecordsWhatNmswWouldChooseAndCarriesItThroughAnInterruption) {
  const testing::TemporaryFolder folder;
  const SchemeSettings scheme_settings = nmsw_settings();
  CaseList training(2), validation(2);
  TrainerSettings settings;
  settings.training = scheme_settings.training;
  const auto whole = make_nmsw_scheme(small_nmsw(scheme_settings), scheme_settings);
  const TrainingOutcome expected = train(*whole, training, validation, settings);
  ASSERT_EQ(expected.selections.size(),
            2U);  // of 6 epochs the first (2 and 50 of 300) and the last
  EXPECT_EQ(expected.selections[0].epoch, 0);
  EXPECT_EQ(expected.selections[1].epoch, 5);
  for (const SelectionRecord& record : expected.selections) {
    EXPECT_EQ(record.case_id, "0");
    EXPECT_EQ(record.selection.counts_dhw, (Int3{3, 3, 3}));
    EXPECT_EQ(record.selection.chosen.size(), 3U);
  }

  settings.state_file = folder / "state.pt";
  int64_t steps = 0;
  settings.stop = [&] { return ++steps == 9; };
  const auto interrupted = make_nmsw_scheme(small_nmsw(scheme_settings), scheme_settings);
  EXPECT_THROW(train(*interrupted, training, validation, settings), Interrupted);
  ASSERT_TRUE(std::filesystem::exists(settings.state_file));
  settings.stop = [] { return false; };
  const auto continued = make_nmsw_scheme(small_nmsw(scheme_settings), scheme_settings);
  const TrainingOutcome outcome = train(*continued, training, validation, settings);
  ASSERT_EQ(outcome.selections.size(), expected.selections.size());
  for (size_t i = 0; i < expected.selections.size(); ++i) {
    EXPECT_EQ(to_json(outcome.selections[i]), to_json(expected.selections[i])) << i;
  }
}

TEST(PatchSelection, IsTheSoftmaxOfTheScoresAndTheBestPatches) {
  const PatchGrid grid = patch_grid({8, 8, 12}, {8, 8, 8}, 0.5);  // two patches, at 0 and 4
  ASSERT_EQ(grid.count(), 2);
  // Probabilities 1:3, whatever is added to both scores.
  const Tensor scores = torch::tensor({{5.0F, 5.0F + std::log(3.0F)}});
  const PatchSelection selection = select_patches(scores, grid, 7);
  EXPECT_EQ(selection.counts_dhw, (Int3{1, 1, 2}));
  EXPECT_NEAR(selection.log_probability[0], std::log(0.25), 1e-6);
  EXPECT_NEAR(selection.log_probability[1], std::log(0.75), 1e-6);
  EXPECT_EQ(selection.chosen, (std::vector<int64_t>{1, 0}));
  EXPECT_EQ(selection.starts_dhw[0], (Int3{0, 0, 4}));
}

TEST(PatchSelection, IsRecordedAfterThePapersEpochs) {
  const auto recorded = [](int64_t epochs) {
    std::vector<int64_t> after;  // counted from 1, as the paper does
    for (int64_t e = 0; e < epochs; ++e) {
      if (is_recorded(e, epochs)) after.push_back(e + 1);
    }
    return after;
  };
  EXPECT_EQ(recorded(300), (std::vector<int64_t>{2, 50, 300}));
  EXPECT_EQ(recorded(30), (std::vector<int64_t>{1, 5, 30}));
  EXPECT_EQ(recorded(1), (std::vector<int64_t>{1}));
}

TEST(Trainer, LearnsABrightBox) {
  SchemeSettings scheme_settings = local_settings();
  scheme_settings.training.epochs = 30;
  scheme_settings.training.iterations_per_epoch = 10;
  CaseList training(3), validation(2);
  TrainerSettings settings;
  settings.training = scheme_settings.training;
  const auto scheme = make_local_scheme(small_unet(), scheme_settings);
  const TrainingOutcome outcome = train(*scheme, training, validation, settings);
  EXPECT_LT(outcome.epochs.back().train_loss, 0.5 * outcome.epochs.front().train_loss);
}

TEST(AdamW, EqualsTorchsOwn) {
  torch::manual_seed(3);
  const Tensor start = torch::randn({5});
  Tensor ours = start.clone().requires_grad_(), theirs = start.clone().requires_grad_();
  AdamW optimiser({ours}, {0.1});
  torch::optim::AdamW reference({theirs}, torch::optim::AdamWOptions(1e-2).weight_decay(0.1));
  for (int i = 0; i < 6; ++i) {
    optimiser.zero_gradients();
    reference.zero_grad();
    (ours * ours * (i + 1)).sum().backward();
    (theirs * theirs * (i + 1)).sum().backward();
    optimiser.step(1e-2);
    reference.step();
  }
  EXPECT_TRUE(torch::allclose(ours, theirs, 1e-6, 1e-7));
}

TEST(AdamW, TakesAParametersOwnShareOfTheRate) {
  Tensor a = torch::zeros({1}).requires_grad_(), b = torch::zeros({1}).requires_grad_();
  AdamW optimiser({a, b}, {0}, {1, 50});
  (2 * a + 3 * b).sum().backward();
  optimiser.step(1e-3);  // Adam's first step is the rate against the gradient's sign
  EXPECT_NEAR(a.item<double>(), -1e-3, 1e-8);
  EXPECT_NEAR(b.item<double>(), -5e-2, 1e-7);
  EXPECT_THROW(AdamW({a, b}, {}, {1}), ShapeError);
}

TEST(NmswScheme, MovesTheClassWeightsAloneByTheirOwnRate) {
  SchemeSettings settings = local_settings();
  settings.training.class_weight_lr_factor = 30;
  settings.geometry.rate_dhw = {2, 2, 2};
  const auto network =
      std::make_shared<NmswNet>(small_unet(), small_unet(), 2, settings.model, settings.geometry);
  const auto scheme = make_nmsw_scheme(network, settings);
  size_t own = 0;
  for (const auto& parameter : scheme->network().named_parameters()) {
    const bool is_class_weight = parameter.key().find("class_weight") != std::string::npos;
    own += is_class_weight ? 1 : 0;
    EXPECT_EQ(scheme->learning_rate_factor(parameter.key()), is_class_weight ? 30 : 1)
        << parameter.key();
  }
  EXPECT_EQ(own, 1U);
}

TEST(AdamW, ClipsTheJointNorm) {
  Tensor a = torch::zeros({1}).requires_grad_(), b = torch::zeros({1}).requires_grad_();
  (3 * a + 4 * b).sum().backward();
  AdamW optimiser({a, b}, {});
  EXPECT_NEAR(optimiser.clip_gradients(1), 5, 1e-6);
  EXPECT_NEAR(a.grad().item<double>(), 0.6, 1e-5);
  EXPECT_NEAR(b.grad().item<double>(), 0.8, 1e-5);
}

TEST(TensorFile, NamesMissingSurplusAndMisshapenKeys) {
  const BackbonePtr network = small_unet();
  const auto values = module_tensors(*network);
  const std::string first = values.begin()->first;
  auto missing = values;
  missing.erase(first);
  auto surplus = values;
  surplus.emplace("extra.key", torch::zeros({1}));
  auto misshapen = values;
  misshapen[first] = torch::zeros({3, 5});
  const std::vector<std::pair<std::map<std::string, Tensor>, std::string>> wrong{
      {missing, first}, {surplus, "extra.key"}, {misshapen, first}};
  for (const auto& [dict, name] : wrong) {
    try {
      assign_tensors(*network, dict, "file.pt");
      ADD_FAILURE() << name << " was accepted";
    } catch (const DataError& fault) {
      EXPECT_THAT(fault.what(), ::testing::HasSubstr(name));
    }
  }
}

TEST(TensorFile, ComesBackAsItWas) {
  const testing::TemporaryFolder folder;
  TensorFile content;
  content.manifest["answer"] = 42;
  content.tensors["a.b"] = torch::arange(6).reshape({2, 3});
  save_tensor_file(folder / "x.pt", content);
  const TensorFile again = load_tensor_file(folder / "x.pt");
  EXPECT_EQ(again.manifest.at("answer"), 42);
  EXPECT_TRUE(torch::equal(again.tensors.at("a.b"), content.tensors.at("a.b")));
}

TEST(TensorFile, RefusesADamagedFileByName) {
  const testing::TemporaryFolder folder;
  write_text_atomically(folder / "bad.pt", "no pickle");
  try {
    load_tensor_file(folder / "bad.pt");
    FAIL();
  } catch (const DataError& fault) {
    EXPECT_THAT(fault.what(), ::testing::HasSubstr("bad.pt"));
  }
}

TEST(RandomPatch, StaysInsideAndHoldsForeground) {
  CaseList cases(1);
  const auto sample = cases.get(0);
  uint64_t state = 1;
  for (int i = 0; i < 50; ++i) {
    const Int3 start = random_patch_start(*sample, {8, 8, 8}, {1, ForegroundDraw::voxel}, state);
    Tensor box = sample->label;
    for (int axis = 0; axis < 3; ++axis) {
      ASSERT_GE(start[axis], 0);
      ASSERT_LE(start[axis] + 8, 16);
      box = box.narrow(axis + 2, start[axis], 8);
    }
    EXPECT_GT(box.sum().item<int64_t>(), 0);
  }
}

TEST(RandomPatch, DrawsEveryClassAsOftenHoweverSmall) {
  Tensor label = torch::zeros({1, 1, 16, 16, 16}, torch::kByte);
  label.slice(2, 0, 8).fill_(1);  // 2048 voxels
  label[0][0][15][15][15] = 3;    // one
  const TrainingCase sample = make_training_case("two", torch::zeros({1, 1, 16, 16, 16}), label);
  const auto share_of_small = [&](ForegroundDraw draw) {
    uint64_t state = 1;
    int hits = 0;
    for (int i = 0; i < 400; ++i)
      hits += random_patch_start(sample, {2, 2, 2}, {1, draw}, state) == Int3{14, 14, 14};
    return hits / 400.0;
  };
  EXPECT_NEAR(share_of_small(ForegroundDraw::class_then_voxel), 0.5,
              0.1);  // four standard deviations
  EXPECT_LT(share_of_small(ForegroundDraw::voxel), 0.02);
}

TEST(Schedule, WarmsUpInOneStepWithoutAnIdleEpoch) {
  const LearningRateSchedule rate{1.0, 0.2, 10, WarmupStart::one_step};
  EXPECT_DOUBLE_EQ(rate.at(0), 0.5);
  EXPECT_DOUBLE_EQ(rate.at(1), 1.0);
  EXPECT_DOUBLE_EQ(rate.at(2), 1.0);
  EXPECT_DOUBLE_EQ(rate.at(6), 0.5);
}

TEST(GoldenSchedules, HaveTheAuthorsLearningRates) {
  NMSW_GOLDEN_OR_SKIP(golden, "schedules.pt");
  testing::GoldenChecks checks(golden);
  for (const std::string& name : golden.cases_with("warmup_ratio")) {
    const LearningRateSchedule rate{golden.number(name + ".base"),
                                    golden.number(name + ".warmup_ratio"),
                                    golden.whole(name + ".steps"), WarmupStart::zero};
    if (!checks.has(name + ".values")) continue;
    const Tensor values = golden.tensor(name + ".values");
    for (int64_t e = 0; e < values.numel(); ++e) {
      EXPECT_NEAR(rate.at(e), values[e].item<double>(), 1e-9 * rate.peak) << name << e;
    }
  }
  NMSW_SKIP_UNLESS_COMPARED(checks);
}

TEST(GoldenSchedules, HaveTheAuthorsTemperatures) {
  NMSW_GOLDEN_OR_SKIP(golden, "schedules.pt");
  testing::GoldenChecks checks(golden);
  for (const std::string& name : golden.cases_with("final")) {
    const TemperatureSchedule tau{golden.number(name + ".start"), golden.number(name + ".final"),
                                  golden.number(name + ".share"), golden.whole(name + ".epochs")};
    if (!checks.has(name + ".values")) continue;
    const Tensor values = golden.tensor(name + ".values");
    for (int64_t e = 0; e < values.numel(); ++e) {
      EXPECT_NEAR(tau.at(e), values[e].item<double>(), 1e-9 * tau.start) << name << e;
    }
  }
  NMSW_SKIP_UNLESS_COMPARED(checks);
}

}  // namespace
}  // namespace nmsw
