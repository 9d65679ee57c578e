#pragma once

#include "nmsw/base/config_fields.h"
#include "nmsw/config/precision.h"
#include "nmsw/config/preset.h"

namespace nmsw {

enum class TrainingScheme { local, global, nmsw };

/// Where the networks inside NMSW start: fresh, or from the local and global trainings of the same
/// seed.
enum class InitialiseFrom { scratch, trained };

/// Which patches the patch loss averages over: the K chosen ones (Eq. 7 to the letter), or one
/// batch of the chosen and the random patches (code; what "3 top-k + 1 random" needs in order to
/// matter).
enum class PatchLoss { batch_with_random, mean_over_k };

/// First step of the linear warm-up over w epochs: zero gives lr(e) = peak·e/(w-1), so that the
/// first epoch trains nothing (the authors' scheduler); one_step gives peak·(e+1)/w.
enum class WarmupStart { one_step, zero };

/// Which epoch's weights a task keeps: the lowest validation loss, or the last.
enum class KeepWeights { best, last };

/// Which foreground voxel a patch is centred on: any one with equal chance (paper and code), so
/// that large organs get most patches, or any one of a class that was drawn first, so that every
/// class of the case gets as many.
enum class ForegroundDraw { voxel, class_then_voxel };

/// Random changes of a training case: none, the paper's list, or the authors' code's, which has a
/// shift of the intensities and a translation of every case besides (METHOD 4.4).
enum class Augmentation { none, paper, authors };

template <>
struct EnumNames<TrainingScheme> {
  static constexpr std::array<std::pair<TrainingScheme, const char*>, 3> values{
      {{TrainingScheme::local, "local"},
       {TrainingScheme::global, "global"},
       {TrainingScheme::nmsw, "nmsw"}}};
};
template <>
struct EnumNames<InitialiseFrom> {
  static constexpr std::array<std::pair<InitialiseFrom, const char*>, 2> values{
      {{InitialiseFrom::scratch, "scratch"}, {InitialiseFrom::trained, "trained"}}};
};
template <>
struct EnumNames<PatchLoss> {
  static constexpr std::array<std::pair<PatchLoss, const char*>, 2> values{
      {{PatchLoss::batch_with_random, "batch_with_random"},
       {PatchLoss::mean_over_k, "mean_over_k"}}};
};
template <>
struct EnumNames<WarmupStart> {
  static constexpr std::array<std::pair<WarmupStart, const char*>, 2> values{
      {{WarmupStart::one_step, "one_step"}, {WarmupStart::zero, "zero"}}};
};
template <>
struct EnumNames<KeepWeights> {
  static constexpr std::array<std::pair<KeepWeights, const char*>, 2> values{
      {{KeepWeights::best, "best"}, {KeepWeights::last, "last"}}};
};
template <>
struct EnumNames<ForegroundDraw> {
  static constexpr std::array<std::pair<ForegroundDraw, const char*>, 2> values{
      {{ForegroundDraw::voxel, "voxel"}, {ForegroundDraw::class_then_voxel, "class_then_voxel"}}};
};
template <>
struct EnumNames<Augmentation> {
  static constexpr std::array<std::pair<Augmentation, const char*>, 3> values{
      {{Augmentation::none, "none"},
       {Augmentation::paper, "paper"},
       {Augmentation::authors, "authors"}}};
};

/// What one training scheme does differently from the others; an absent key keeps the common value.
struct SchemeOverrides {
  std::optional<int64_t> epochs;
  std::optional<int64_t> iterations_per_epoch;
  std::optional<double> learning_rate;
  std::optional<double> warmup_share;
};

template <class Visitor>
void visit_fields(SchemeOverrides& c, Visitor& v) {
  v.field("epochs", c.epochs, repetitions, "epochs of this scheme; absent: the common value");
  v.field("iterations_per_epoch", c.iterations_per_epoch, repetitions,
          "iterations of this scheme; absent: the common value");
  v.field("learning_rate", c.learning_rate,
          "peak learning rate of this scheme; absent: the common value");
  v.field("warmup_share", c.warmup_share, "warm-up of this scheme; absent: the common value");
}

/// How networks are trained. Defaults are the paper's.
struct TrainingConfig {
  int64_t epochs = 300;
  int64_t iterations_per_epoch = 500;
  double learning_rate = 3e-4;
  double class_weight_lr_factor = 1;
  double score_lr_factor = 1;
  double weight_decay = 1e-5;
  double gradient_clip = 1.0;
  double warmup_share = 0.2;
  WarmupStart warmup_start = WarmupStart::one_step;
  double dice_weight = 0.8;
  double ce_weight = 0.2;
  int64_t local_patches = 4;
  double positive_share = 2.0 / 3.0;
  int64_t top_k_patches = 3;
  int64_t random_patches = 1;
  double random_positive_share = 0.5;
  ForegroundDraw foreground_draw = ForegroundDraw::voxel;
  PatchLoss patch_loss = PatchLoss::batch_with_random;
  InitialiseFrom initialise_nmsw_from = InitialiseFrom::scratch;
  bool equal_local_steps = false;
  Augmentation augmentation = Augmentation::paper;
  double augmentation_translation_scale = 1;
  Precision precision = Precision::fp32;
  int64_t validation_every = 2;
  int64_t validation_cases = 30;
  int64_t validation_k = 5;
  KeepWeights keep_weights = KeepWeights::best;
  int64_t checkpoint_every_s = 300;
  std::optional<int64_t> data_workers;
  SchemeOverrides local;
  SchemeOverrides global;
  SchemeOverrides nmsw;
};

template <class Visitor>
void visit_fields(TrainingConfig& c, Visitor& v) {
  v.field("epochs", c.epochs, repetitions, "epochs of a training");
  v.field("iterations_per_epoch", c.iterations_per_epoch, repetitions,
          "optimiser steps in an epoch (authors: 400)");
  v.field("learning_rate", c.learning_rate, positive, "peak learning rate of AdamW");
  v.field("class_weight_lr_factor", c.class_weight_lr_factor, positive,
          "what the learning rate of NMSW's class weights is multiplied by; a short training needs "
          "more than 1 to move them (authors: 1)");
  v.field("score_lr_factor", c.score_lr_factor, positive,
          "what the learning rate of NMSW's score head is multiplied by (authors: 1)");
  v.field("weight_decay", c.weight_decay, not_negative, "weight decay of AdamW");
  v.field("gradient_clip", c.gradient_clip, positive, "largest global norm of the gradient");
  v.field("warmup_share", c.warmup_share, ratio,
          "share of the epochs with a rising learning rate (authors: 0.1)");
  v.field("warmup_start", c.warmup_start, "learning rate of the first epoch");
  v.field("dice_weight", c.dice_weight, not_negative, "weight of the Dice loss (authors: 1)");
  v.field("ce_weight", c.ce_weight, not_negative, "weight of the cross-entropy (authors: 1)");
  v.field("local_patches", c.local_patches, patch_count,
          "patches in a step of the local training (authors: 5)");
  v.field("positive_share", c.positive_share, ratio,
          "share of local patches around a foreground voxel");
  v.field("top_k_patches", c.top_k_patches, patch_count,
          "patches NMSW chooses in a training step (authors: 4)");
  v.field("random_patches", c.random_patches, patch_count_or_none,
          "patches added at random in an NMSW step");
  v.field("random_positive_share", c.random_positive_share, ratio,
          "share of NMSW's random patches around a foreground voxel");
  v.field("foreground_draw", c.foreground_draw,
          "which foreground voxel a random patch is centred on");
  v.field("patch_loss", c.patch_loss, "which patches the patch loss averages over");
  v.field("initialise_nmsw_from", c.initialise_nmsw_from, "where the networks inside NMSW start");
  v.field(
      "equal_local_steps", c.equal_local_steps,
      "under initialise_nmsw_from: trained, the local network of the other methods goes on for as "
      "many steps, at the same learning rate, as NMSW's training has, so that every method's has "
      "seen as many");
  v.field("augmentation", c.augmentation, "random changes of training cases");
  v.field(
      "augmentation_translation_scale", c.augmentation_translation_scale, not_negative,
      "factor on augmentation's translations, which reach 50 voxels; lower it for small volumes");
  v.field("precision", c.precision,
          "arithmetic of training steps; all but fp32 need an NVIDIA device");
  v.field("validation_every", c.validation_every, repetitions, "epochs between validations");
  v.field("validation_cases", c.validation_cases, not_negative,
          "validation cases used; 0 takes all");
  v.field("validation_k", c.validation_k, patch_count, "patches NMSW chooses in validation");
  v.field("keep_weights", c.keep_weights, "which epoch's weights are kept");
  v.field(
      "checkpoint_every_s", c.checkpoint_every_s, not_negative,
      "seconds between checkpoints; one is written at the end of an epoch; 0: after every epoch");
  v.field(
      "data_workers", c.data_workers, worker_count,
      "threads that prepare the data of the next steps, which changes no result; absent: one per "
      "eight cores, with an NVIDIA device up to 16; 0: none, each step prepares its own");
  v.field("local", c.local, "differences of the local training");
  v.field("global", c.global, "differences of the global training");
  v.field("nmsw", c.nmsw, "differences of the NMSW training");
}

/// Sets the values in which the two sources differ, leaving the others alone.
inline void apply_preset(Preset preset, TrainingConfig& c) {
  const bool authors = preset == Preset::authors;
  c.iterations_per_epoch = authors ? 400 : 500;
  c.warmup_share = authors ? 0.1 : 0.2;
  c.warmup_start = authors ? WarmupStart::zero : WarmupStart::one_step;
  c.dice_weight = authors ? 1.0 : 0.8;
  c.ce_weight = authors ? 1.0 : 0.2;
  c.local_patches = authors ? 5 : 4;
  c.top_k_patches = authors ? 4 : 3;
  c.augmentation = authors ? Augmentation::authors : Augmentation::paper;
}

/// The common values with one scheme's differences put in; the overrides themselves are then empty.
inline TrainingConfig for_scheme(TrainingConfig c, TrainingScheme scheme) {
  const SchemeOverrides own = scheme == TrainingScheme::local    ? c.local
                              : scheme == TrainingScheme::global ? c.global
                                                                 : c.nmsw;
  c.epochs = own.epochs.value_or(c.epochs);
  c.iterations_per_epoch = own.iterations_per_epoch.value_or(c.iterations_per_epoch);
  c.learning_rate = own.learning_rate.value_or(c.learning_rate);
  c.warmup_share = own.warmup_share.value_or(c.warmup_share);
  c.local = c.global = c.nmsw = SchemeOverrides{};
  return c;
}

}  // namespace nmsw
