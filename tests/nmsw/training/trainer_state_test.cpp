#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "nmsw/backbones/unetr_pp.h"
#include "nmsw/base/atomic_file.h"
#include "nmsw/training/trainer.h"
#include "tests/nmsw/training/toy_training.h"
#include "tests/support/temporary_folder.h"

namespace nmsw {
namespace {

using testing::CaseList;
using testing::local_settings;
using testing::small_unet;

/// A training interrupted in its tenth step and continued must equal an uninterrupted one.
void expect_continues_bit_for_bit(const SchemeSettings& scheme_settings,
                                  const std::function<BackbonePtr()>& made = small_unet) {
  const testing::TemporaryFolder folder;
  CaseList training(3), validation(2);
  TrainerSettings settings;
  settings.training = scheme_settings.training;
  settings.seed = 5;

  const BackbonePtr whole = made();
  const auto whole_scheme = make_local_scheme(whole, scheme_settings);
  const TrainingOutcome expected = train(*whole_scheme, training, validation, settings);

  settings.state_file = folder / "state.pt";
  int64_t steps = 0;
  settings.stop = [&] { return ++steps == 10; };
  EXPECT_THROW(train(*make_local_scheme(made(), scheme_settings), training, validation, settings),
               Interrupted);
  settings.stop = [] { return false; };
  const BackbonePtr continued = made();
  const auto continued_scheme = make_local_scheme(continued, scheme_settings);
  const TrainingOutcome outcome = train(*continued_scheme, training, validation, settings);

  ASSERT_EQ(outcome.epochs.size(), expected.epochs.size());
  for (size_t i = 0; i < expected.epochs.size(); ++i) {
    EXPECT_EQ(outcome.epochs[i].train_loss, expected.epochs[i].train_loss) << "epoch " << i;
    EXPECT_EQ(outcome.epochs[i].validation_loss, expected.epochs[i].validation_loss)
        << "epoch " << i;
  }
  const auto expected_weights = module_tensors(*whole);
  for (const auto& [name, tensor] : module_tensors(*continued)) {
    EXPECT_TRUE(torch::equal(tensor, expected_weights.at(name))) << name;
  }
}

TEST(Trainer, ContinuesAnInterruptedTrainingBitForBit) {
  expect_continues_bit_for_bit(local_settings());
}

TEST(Trainer, ContinuesAnAugmentedTrainingBitForBit) {
  SchemeSettings settings = local_settings();
  settings.training.augmentation = Augmentation::authors;
  settings.training.augmentation_translation_scale = 0.05;
  expect_continues_bit_for_bit(settings);
}

/// Dropout draws from LibTorch's own generator, and batch norm keeps running means.
TEST(Trainer, ContinuesANetworkWithDropoutAndBatchNormBitForBit) {
  const auto made = [] {
    UnetrPpConfig config;
    config.feature_size = 4;
    config.depths = {1};
    config.projections = {3};
    config.heads = 2;
    config.size_xyz = {8, 8, 8};
    torch::manual_seed(7);
    return std::make_shared<UnetrPp>(config, 1, 2);
  };
  expect_continues_bit_for_bit(local_settings(), made);
}

TEST(Trainer, StoppedAfterAnyStepRepeatsNoneAndEndsWithTheSameBits) {
  SchemeSettings scheme_settings = local_settings();
  scheme_settings.training.epochs = 2;
  scheme_settings.training.checkpoint_every_s = 1'000'000;  // saved because it is stopped
  CaseList training(3), validation(2);
  TrainerSettings settings;
  settings.training = scheme_settings.training;
  int64_t steps = 0, stop_at = -1;
  settings.progress = [&](int64_t, int64_t, int64_t, const std::string&) { ++steps; };
  int64_t questions = 0;  // after each step and each validated case
  settings.stop = [&] { return ++questions == stop_at; };
  const BackbonePtr whole = small_unet();
  const TrainingOutcome expected =
      train(*make_local_scheme(whole, scheme_settings), training, validation, settings);
  const int64_t all_steps = steps, all_questions = questions;
  ASSERT_EQ(all_steps, 6);
  ASSERT_EQ(all_questions, 10);
  for (int64_t stop = 1; stop <= all_questions; ++stop) {
    const testing::TemporaryFolder folder;
    settings.state_file = folder / "state.safetensors";
    steps = questions = 0;
    stop_at = stop;
    EXPECT_THROW(
        train(*make_local_scheme(small_unet(), scheme_settings), training, validation, settings),
        Interrupted);
    stop_at = -1;
    const BackbonePtr continued = small_unet();
    const TrainingOutcome outcome =
        train(*make_local_scheme(continued, scheme_settings), training, validation, settings);
    EXPECT_EQ(steps, all_steps) << "stopped at " << stop;
    ASSERT_EQ(outcome.epochs.size(), expected.epochs.size());
    EXPECT_EQ(outcome.epochs.back().train_loss, expected.epochs.back().train_loss);
    EXPECT_EQ(outcome.epochs.back().terms, expected.epochs.back().terms);
    EXPECT_EQ(outcome.best_validation_loss, expected.best_validation_loss);
    const auto weights = module_tensors(*whole);
    for (const auto& [name, tensor] : module_tensors(*continued)) {
      EXPECT_TRUE(torch::equal(tensor, weights.at(name))) << name << ", stopped at " << stop;
    }
  }
}

TEST(Trainer, SetsADamagedStateAsideAndBeginsAnew) {
  const testing::TemporaryFolder folder;
  const SchemeSettings scheme_settings = local_settings();
  CaseList training(3), validation(2);
  TrainerSettings settings;
  settings.training = scheme_settings.training;
  const TrainingOutcome expected =
      train(*make_local_scheme(small_unet(), scheme_settings), training, validation, settings);
  settings.state_file = folder / "state.safetensors";
  int64_t steps = 0;
  settings.stop = [&] { return ++steps == 5; };
  EXPECT_THROW(
      train(*make_local_scheme(small_unet(), scheme_settings), training, validation, settings),
      Interrupted);
  settings.stop = [] { return false; };
  const std::string whole = read_file(settings.state_file);
  std::string flipped = whole;
  flipped[flipped.size() - 3] ^= 1;
  for (const std::string& damaged : {flipped, whole.substr(0, whole.size() / 2), std::string()}) {
    write_text_atomically(settings.state_file, damaged);
    std::string note;
    settings.note = [&](const std::string& text) { note = text; };
    const TrainingOutcome outcome =
        train(*make_local_scheme(small_unet(), scheme_settings), training, validation, settings);
    EXPECT_THAT(note, ::testing::HasSubstr("begins anew"));
    EXPECT_EQ(read_file(folder / "state.safetensors.damaged"), damaged);
    EXPECT_EQ(outcome.epochs.back().train_loss, expected.epochs.back().train_loss);
  }
}

}  // namespace
}  // namespace nmsw
