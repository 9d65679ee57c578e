#include "nmsw/training/augment.h"

#include <ATen/Parallel.h>

#include <cmath>

#include <gtest/gtest.h>

namespace nmsw {
namespace {

constexpr int kSeeds = 10000;

/// A draw in which everything happens.
AugmentationDraw everything(uint64_t seed) {
  AugmentationDraw all;
  for (uint64_t i = seed * 1000;
       !all.affine || !all.noise || !all.smoothing_sigma_xyz || !all.factor || !all.zoom ||
       !all.inverted_gamma || !all.gamma || !all.grid_steps_xyz || !all.shift;
       ++i) {
    const AugmentationDraw draw = draw_augmentation(Augmentation::authors, 0.1, i);
    all.translation = draw.translation;
    if (draw.shift) all.shift = draw.shift;
    if (draw.affine) all.affine = draw.affine;
    if (draw.noise) all.noise = draw.noise;
    if (draw.smoothing_sigma_xyz) all.smoothing_sigma_xyz = draw.smoothing_sigma_xyz;
    if (draw.factor) all.factor = draw.factor;
    if (draw.zoom) all.zoom = draw.zoom;
    if (draw.inverted_gamma) all.inverted_gamma = draw.inverted_gamma;
    if (draw.gamma) all.gamma = draw.gamma;
    if (draw.grid_steps_xyz) all.grid_steps_xyz = draw.grid_steps_xyz;
  }
  return all;
}

/// Only the changes of place.
AugmentationDraw spatial(uint64_t seed) {
  const AugmentationDraw all = everything(seed);
  AugmentationDraw draw;
  draw.translation = all.translation;
  draw.affine = all.affine;
  draw.grid_steps_xyz = all.grid_steps_xyz;
  return draw;
}

void expect_share(int count, double probability, const char* name) {
  const double deviation = std::sqrt(probability * (1 - probability) / kSeeds);
  EXPECT_NEAR(count / static_cast<double>(kSeeds), probability, 5 * deviation) << name;
}

TEST(AugmentationDraw, HappensAsOftenAsTheRecipeSays) {
  int shift = 0, translation = 0, affine = 0, noise = 0, smoothing = 0, factor = 0, zoom = 0,
      inverted = 0, gamma = 0, grid = 0;
  for (uint64_t seed = 0; seed < kSeeds; ++seed) {
    const AugmentationDraw draw = draw_augmentation(Augmentation::authors, 1, seed);
    shift += draw.shift.has_value();
    translation += draw.translation.has_value();
    affine += draw.affine.has_value();
    noise += draw.noise.has_value();
    smoothing += draw.smoothing_sigma_xyz.has_value();
    factor += draw.factor.has_value();
    zoom += draw.zoom.has_value();
    inverted += draw.inverted_gamma.has_value();
    gamma += draw.gamma.has_value();
    grid += draw.grid_steps_xyz.has_value();
  }
  EXPECT_EQ(translation, kSeeds);
  expect_share(shift, 0.2, "shift");
  expect_share(affine, 0.3, "affine");
  expect_share(noise, 0.1, "noise");
  expect_share(smoothing, 0.2, "smoothing");
  expect_share(factor, 0.15, "factor");
  expect_share(zoom, 0.25, "low resolution");
  expect_share(inverted, 0.1, "inverted gamma");
  expect_share(gamma, 0.3, "gamma");
  expect_share(grid, 0.3, "grid distortion");
}

/// Smallest and largest value seen.
struct Seen {
  double low = 1e9, high = -1e9;
  void add(double value) {
    low = std::min(low, value);
    high = std::max(high, value);
  }
  /// Within [a, b] and close to both ends.
  void expect_fills(double a, double b, const char* name) const {
    EXPECT_GE(low, a) << name;
    EXPECT_LE(high, b) << name;
    EXPECT_LT(low, a + 0.02 * (b - a)) << name;
    EXPECT_GT(high, b - 0.02 * (b - a)) << name;
  }
};

TEST(AugmentationDraw, FillsTheRangesOfTheRecipe) {
  Seen shift, moved, angle, scale_x, scale_z, move_x, move_z, noise, smoothing, factor, zoom,
      inverted, gamma, step;
  for (uint64_t seed = 0; seed < kSeeds; ++seed) {
    const AugmentationDraw draw = draw_augmentation(Augmentation::authors, 1, seed);
    for (const double voxels : draw.translation->translation_xyz_voxels) moved.add(voxels);
    if (draw.shift) shift.add(*draw.shift);
    if (draw.affine) {
      for (const double turn : draw.affine->rotation_xyz_rad) angle.add(turn);
      scale_x.add(draw.affine->scale_xyz[0]);
      scale_z.add(draw.affine->scale_xyz[2]);
      move_x.add(draw.affine->translation_xyz_voxels[0]);
      move_z.add(draw.affine->translation_xyz_voxels[2]);
    }
    if (draw.noise) noise.add(draw.noise->sigma);
    if (draw.smoothing_sigma_xyz) smoothing.add((*draw.smoothing_sigma_xyz)[1]);
    if (draw.factor) factor.add(*draw.factor);
    if (draw.zoom) zoom.add(*draw.zoom);
    if (draw.inverted_gamma) inverted.add(*draw.inverted_gamma);
    if (draw.gamma) gamma.add(*draw.gamma);
    if (draw.grid_steps_xyz) step.add((*draw.grid_steps_xyz)[2][5]);
  }
  shift.expect_fills(-0.1, 0.1, "shift");
  moved.expect_fills(-50, 50, "translation");
  angle.expect_fills(-0.52, 0.52, "rotation");
  scale_x.expect_fills(0.8, 1.2, "scale x");
  scale_z.expect_fills(0.7, 1.3, "scale z");
  move_x.expect_fills(-10, 10, "translation x of the affine map");
  move_z.expect_fills(-50, 50, "translation z of the affine map");
  noise.expect_fills(0, 0.1, "noise");
  smoothing.expect_fills(0.5, 1, "smoothing");
  factor.expect_fills(0.75, 1.25, "factor");
  zoom.expect_fills(0.5, 1, "zoom");
  inverted.expect_fills(0.7, 1.5, "inverted gamma");
  gamma.expect_fills(0.7, 1.5, "gamma");
  step.expect_fills(0.95, 1.05, "grid step");
}

TEST(AugmentationDraw, LacksShiftAndFixedTranslationInThePapersList) {
  for (uint64_t seed = 0; seed < 200; ++seed) {
    const AugmentationDraw paper = draw_augmentation(Augmentation::paper, 1, seed);
    const AugmentationDraw authors = draw_augmentation(Augmentation::authors, 1, seed);
    EXPECT_FALSE(paper.shift || paper.translation);
    EXPECT_EQ(paper.gamma, authors.gamma);
    EXPECT_EQ(paper.affine.has_value(), authors.affine.has_value());
  }
}

TEST(AugmentationDraw, ScalesEveryTranslation) {
  int turned = 0;
  for (uint64_t seed = 0; seed < 50; ++seed) {
    const AugmentationDraw draw = draw_augmentation(Augmentation::authors, 0, seed);
    const Real3 still{0, 0, 0};
    EXPECT_EQ(draw.translation->translation_xyz_voxels, still);
    if (!draw.affine) continue;
    ++turned;
    EXPECT_EQ(draw.affine->translation_xyz_voxels, still);
    EXPECT_NE(draw.affine->rotation_xyz_rad, still);
  }
  EXPECT_GT(turned, 0);
}

/// Two organs of the same look, one at low x (class 1), one at high x (class 2), and a third above
/// (class 3).
TrainingCase left_and_right() {
  Tensor label = torch::zeros({1, 1, 48, 48, 48}, torch::kUInt8);
  const Tensor box = label[0][0];
  box.slice(0, 14, 26).slice(1, 18, 30).slice(2, 8, 18).fill_(1);
  box.slice(0, 14, 26).slice(1, 18, 30).slice(2, 30, 40).fill_(2);
  box.slice(0, 30, 36).slice(1, 20, 28).slice(2, 20, 28).fill_(3);
  return make_training_case("sides", label.to(torch::kFloat), label);
}

double mean_x(const Tensor& label, int label_class) {
  return (label[0][0] == label_class)
      .nonzero()
      .select(1, 2)
      .to(torch::kDouble)
      .mean()
      .item<double>();
}

TEST(Augment, NeverSwapsLeftAndRight) {
  const TrainingCase sample = left_and_right();
  for (uint64_t seed = 0; seed < 20; ++seed) {
    const Tensor label = augment(sample, spatial(seed)).label;
    for (int label_class = 1; label_class <= 3; ++label_class) {
      ASSERT_GT((label == label_class).sum().item<int64_t>(), 100)
          << "class " << label_class << ", seed " << seed;
    }
    EXPECT_LT(mean_x(label, 1), mean_x(label, 3)) << seed;
    EXPECT_LT(mean_x(label, 3), mean_x(label, 2)) << seed;
    EXPECT_LE(label.max().item<int>(), 3);
  }
}

/// Where the image says how far a voxel's source lies along an axis, the label must say the nearest
/// whole number.
TEST(Augment, KeepsImageAndLabelTogether) {
  const Tensor ramp = torch::arange(1, 41, torch::kFloat);
  for (int64_t axis = 0; axis < 3; ++axis) {
    std::vector<int64_t> shape{1, 1, 1, 1, 1};
    shape[static_cast<size_t>(axis) + 2] = 40;
    const Tensor image = ramp.view(shape).expand({1, 1, 40, 40, 40}).contiguous();
    const TrainingCase sample = make_training_case("ramp", image, image.to(torch::kUInt8));
    const TrainingCase whole = make_training_case("whole", torch::ones_like(image), sample.label);
    for (uint64_t seed = 0; seed < 5; ++seed) {
      const TrainingCase changed = augment(sample, spatial(seed));
      const Tensor inside = augment(whole, spatial(seed)).image == 1;
      EXPECT_GT(inside.to(torch::kDouble).mean().item<double>(), 0.2);
      // Resampled two or three times: each rounds the label once.
      const Tensor gap =
          (changed.image - changed.label.to(torch::kFloat)).abs().masked_select(inside);
      EXPECT_LT(gap.mean().item<double>(), 0.6) << axis << ' ' << seed;
      EXPECT_LT(gap.max().item<double>(), 3) << axis << ' ' << seed;
      AugmentationDraw once;
      once.affine = spatial(seed).affine;
      const TrainingCase turned = augment(sample, once);
      const Tensor seen = augment(whole, once).image == 1;
      const Tensor rest = (turned.image - turned.label.to(torch::kFloat)).abs().masked_select(seen);
      EXPECT_LT(rest.max().item<double>(), 0.5 + 1e-4) << axis << ' ' << seed;
    }
  }
}

TEST(Augment, MakesTheForegroundListAnew) {
  const TrainingCase sample = left_and_right();
  const TrainingCase changed = augment(sample, spatial(3));
  EXPECT_NE(changed.foreground, sample.foreground);
  ASSERT_EQ(static_cast<int64_t>(changed.foreground.size()),
            (changed.label > 0).sum().item<int64_t>());
  ASSERT_EQ(changed.class_begins.size(), 4U);
  const auto* label = changed.label.data_ptr<uint8_t>();
  for (size_t c = 0; c < 3; ++c) {
    for (auto i = changed.class_begins[c]; i < changed.class_begins[c + 1]; ++i) {
      ASSERT_EQ(label[changed.foreground[static_cast<size_t>(i)]], c + 1);
    }
  }
}

TEST(Augment, LeavesTheCaseAloneWithoutADraw) {
  const TrainingCase sample = left_and_right();
  const TrainingCase same = augment(sample, draw_augmentation(Augmentation::none, 1, 5));
  EXPECT_TRUE(torch::equal(same.image, sample.image));
  EXPECT_TRUE(torch::equal(same.label, sample.label));
}

TEST(Augment, IsTheSameForASeedWhateverTheThreads) {
  TrainingCase sample = left_and_right();
  torch::manual_seed(2);
  sample.image = sample.image + torch::rand_like(sample.image);
  const Tensor before = sample.image.clone();
  const int threads = at::get_num_threads();
  const auto with_threads = [&](int count, uint64_t seed) {
    at::set_num_threads(count);
    const TrainingCase changed = augment(sample, everything(seed));
    at::set_num_threads(threads);
    return changed;
  };
  const TrainingCase one = with_threads(1, 4), three = with_threads(3, 4),
                     other = with_threads(1, 5);
  EXPECT_TRUE(torch::equal(one.image, three.image));
  EXPECT_TRUE(torch::equal(one.label, three.label));
  EXPECT_FALSE(torch::equal(one.image, other.image));
  EXPECT_TRUE(torch::equal(sample.image, before));  // the cached case is not written to
}

}  // namespace
}  // namespace nmsw
