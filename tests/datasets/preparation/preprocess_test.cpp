#include "datasets/preparation/preprocess.h"

#include <algorithm>
#include <cmath>

#include <gtest/gtest.h>

#include "datasets/grid/geometry.h"
#include "datasets/image_io.h"
#include "datasets/preparation/crop_pad.h"
#include "datasets/preparation/intensity.h"
#include "datasets/preparation/resample.h"
#include "tests/support/expect_error.h"
#include "tests/support/make_volume.h"
#include "tests/support/shared_data.h"

namespace nmsw::datasets {
namespace {

using testing::expect_error;

/// Nothing but reorientation and the window 0..1.
PreprocessConfig plain() {
  PreprocessConfig config;
  config.window = {0, 1};
  config.crop_foreground = false;
  return config;
}

ImageVolume row_image(std::vector<float> voxels) {
  ImageVolume image;
  image.geometry.extent_xyz = {static_cast<int64_t>(voxels.size()), 1, 1};
  image.geometry.direction_lps = {-1, 0, 0, 0, -1, 0, 0, 0, 1};
  image.voxels = std::move(voxels);
  return image;
}

TEST(Preprocess, TheWindowMapsToZeroAndOneAndIsLimited) {
  PreprocessConfig config = plain();
  config.window = {-250, 500};
  const PreparedCase prepared =
      prepare_case("a", row_image({-1000, -250, 125, 500, 2000}), nullptr, config, {});
  EXPECT_EQ(prepared.image.voxels, (std::vector<float>{0, 0, 0.5, 1, 1}));
  EXPECT_TRUE(prepared.label.voxels.empty());
}

TEST(Preprocess, ChannelsKeepTheirOwnRulesAndAreCutToTheBoxAroundAll) {
  PreprocessConfig first = plain();
  first.crop_foreground = true;
  PreprocessConfig second = first;
  second.window = {0, 10};
  const std::vector<ImageVolume> channels{row_image({0, 0, 1, 0, 0}), row_image({0, 0, 0, 5, 0})};
  const PreparedCase prepared = prepare_case("a", channels, nullptr, {first, second}, {});
  EXPECT_EQ(prepared.image.geometry.extent_xyz, (Int3{2, 1, 1}));
  EXPECT_EQ(prepared.image.voxels, (std::vector<float>{1, 0, 0, 0.5}));
  expect_error<DataError>([&] { prepare_case("a", channels, nullptr, {first}, {}); },
                          {"2 channels", "has 1"});
}

TEST(Preprocess, PercentilesInterpolateAndIgnoreZerosUnlessTold) {
  EXPECT_DOUBLE_EQ(percentile({4, 1, 3, 2}, 50), 2.5);
  EXPECT_DOUBLE_EQ(percentile({4, 1, 3, 2}, 100), 4);
  EXPECT_DOUBLE_EQ(percentile({10, 20, 30}, 25), 15);
  PreprocessConfig config = plain();
  config.intensity = IntensityRule::percentile;
  config.percentiles = {0, 100};
  EXPECT_EQ(prepare_case("a", row_image({0, 10, 20, 30}), nullptr, config, {}).image.voxels,
            (std::vector<float>{0, 0, 0.5, 1}));
  config.statistics_over = StatisticsOver::all;
  EXPECT_EQ(prepare_case("a", row_image({0, 10, 20, 40}), nullptr, config, {}).image.voxels,
            (std::vector<float>{0, 0.25, 0.5, 1}));
}

TEST(Preprocess, ZscoreHasMeanZeroAndDeviationOneOverTheNonzeroVoxels) {
  PreprocessConfig config = plain();
  config.intensity = IntensityRule::zscore;
  config.crop_foreground = true;
  // Mean 6 and deviation 2 of {4, 8}; the outer zeros are cropped, the inner one is not.
  const PreparedCase prepared =
      prepare_case("a", row_image({0, 4, 0, 8, 0, 0}), nullptr, config, {});
  EXPECT_EQ(prepared.image.voxels, (std::vector<float>{-1, -3, 1}));
}

TEST(Preprocess, ClippedZscoreIsAFixedScoreWithinTheWindow) {
  PreprocessConfig config = plain();
  config.intensity = IntensityRule::clipped_zscore;
  config.window = {-60, 210};
  config.mean_and_deviation = {90, 30};
  config.crop_foreground = true;
  const PreparedCase prepared =
      prepare_case("a", row_image({0, -900, -60, 0, 90, 150, 1500, 0, 0}), nullptr, config, {});
  EXPECT_EQ(prepared.image.voxels, (std::vector<float>{-5, -5, -3, 0, 2, 4}));
}

TEST(Preprocess, AConstantImageBecomesZeroWithANote) {
  for (const IntensityRule rule : {IntensityRule::percentile, IntensityRule::zscore}) {
    PreprocessConfig config;
    config.intensity = rule;
    const PreparedCase prepared = prepare_case("a", row_image({7, 7, 7}), nullptr, config, {});
    EXPECT_EQ(prepared.image.voxels, (std::vector<float>{0, 0, 0}));
    EXPECT_FALSE(prepared.notes.empty());
  }
}

TEST(Preprocess, ForegroundIsTheBoxAboveZeroAndLabelsFollow) {
  ImageVolume image = row_image(std::vector<float>(60, 0));
  image.geometry.extent_xyz = {5, 4, 3};
  for (const auto& [x, y, z] : {Int3{1, 2, 0}, Int3{3, 1, 2}})
    image.voxels[static_cast<size_t>(image.index(x, y, z))] = 1;
  const LabelVolume label = testing::random_label(image.geometry, 9, 1);
  PreprocessConfig config = plain();
  config.crop_foreground = true;
  const PreparedCase prepared = prepare_case("a", image, &label, config, {});
  EXPECT_EQ(prepared.transform.crop_start_xyz, (Int3{1, 1, 0}));
  EXPECT_EQ(prepared.image.geometry.extent_xyz, (Int3{3, 2, 3}));
  EXPECT_EQ(prepared.label.voxels[0], label.voxels[static_cast<size_t>(label.index(1, 1, 0))]);
  EXPECT_EQ(prepared.label.voxels.back(), label.voxels[static_cast<size_t>(label.index(3, 2, 2))]);
  EXPECT_EQ(prepared.image.geometry.origin_lps_mm, (Real3{-1, -1, 0}));
}

TEST(Preprocess, PadsAreSymmetricWithTheSmallerHalfLowAndInOrder) {
  PreprocessConfig config = plain();
  config.pad_value = -0.1;
  config.divisible_pad_value = 0.25;
  FitConfig fit;
  fit.minimum_xyz = {6, 1, 1};
  fit.multiple_xyz = {4, 1, 1};
  // 3 → 6: one low, two high; 6 → 8: one on each side.
  const PreparedCase prepared = prepare_case("a", row_image({1, 1, 1}), nullptr, config, fit);
  EXPECT_EQ(prepared.image.voxels, (std::vector<float>{0.25, -0.1F, 1, 1, 1, -0.1F, -0.1F, 0.25}));
  EXPECT_EQ(prepared.transform.offset_xyz[0], -2);
  // 8 → 5: start floor(8/2) - floor(5/2) = 2.
  fit.fixed_xyz = Int3{5, 2, 1};
  const PreparedCase fixed = prepare_case("a", row_image({1, 1, 1}), nullptr, config, fit);
  EXPECT_EQ(fixed.image.voxels,
            (std::vector<float>{1, 1, 1, -0.1F, -0.1F, -0.1F, -0.1F, -0.1F, -0.1F, -0.1F}));
}

TEST(Preprocess, TheAuthorsExtentsOfAWordScan) {
  EXPECT_EQ(pad_to_multiple({500, 419, 200}, {96, 96, 96}).extent_xyz, (Int3{576, 480, 288}));
  const VoxelBox box = crop_or_pad_to({576, 480, 288}, {480, 480, 288});
  EXPECT_EQ(box.start_xyz, (Int3{48, 0, 0}));
  EXPECT_EQ(crop_or_pad_to({7, 4, 5}, {4, 7, 5}).start_xyz, (Int3{1, -1, 0}));
}

TEST(Preprocess, WithoutResamplingEveryLabelComesBackBitForBit) {
  const Geometry geometry = testing::oblique_geometry({9, 12, 7});
  const ImageVolume image = testing::random_image(geometry, 1);
  const LabelVolume label = testing::random_label(geometry, 200, 2);
  FitConfig fit;
  fit.minimum_xyz = {16, 5, 8};
  fit.multiple_xyz = {6, 6, 6};
  PreprocessConfig config = plain();
  const PreparedCase prepared = prepare_case("a", image, &label, config, fit);
  EXPECT_EQ(prepared.image.geometry.extent_xyz, (Int3{18, 12, 12}));
  const LabelVolume restored = restore_label(prepared.label, prepared.transform);
  EXPECT_EQ(restored.voxels, label.voxels);
  EXPECT_EQ(restored.geometry.origin_lps_mm, geometry.origin_lps_mm);
  EXPECT_EQ(restored.geometry.direction_lps, geometry.direction_lps);
  EXPECT_EQ(restored.geometry.spacing_xyz_mm, geometry.spacing_xyz_mm);
}

TEST(Preprocess, WhatWasCutAwayComesBackAsBackground) {
  const ImageVolume image = row_image({0, 1, 1, 1, 1, 1, 0});
  LabelVolume label{image.geometry, {9, 1, 2, 3, 4, 5, 9}};
  PreprocessConfig config = plain();
  config.crop_foreground = true;
  FitConfig fit;
  fit.fixed_xyz = Int3{3, 1, 1};
  const PreparedCase prepared = prepare_case("a", image, &label, config, fit);
  EXPECT_EQ(prepared.label.voxels, (std::vector<uint8_t>{2, 3, 4}));
  EXPECT_EQ(restore_label(prepared.label, prepared.transform).voxels,
            (std::vector<uint8_t>{0, 0, 2, 3, 4, 0, 0}));
}

TEST(Preprocess, RestoringTakesThePreparedVoxelNearestInThePatient) {
  const Geometry geometry = testing::oblique_geometry({23, 17, 11});
  const ImageVolume image = testing::random_image(geometry, 1);
  PreprocessConfig config;
  for (const Real3& spacing : {Real3{1, 1, 3}, Real3{0.4, 0.9, 1.1}}) {
    config.spacing_xyz_mm = spacing;
    FitConfig fit;
    fit.minimum_xyz = {40, 8, 8};
    const PreparedCase prepared = prepare_case("a", image, nullptr, config, fit);
    const LabelVolume prediction = testing::random_label(prepared.image.geometry, 250, 3);
    const LabelVolume restored = restore_label(prediction, prepared.transform);
    const Geometry& grid = prepared.image.geometry;
    for (int64_t z = 0; z < 11; ++z) {
      for (int64_t y = 0; y < 17; ++y) {
        for (int64_t x = 0; x < 23; ++x) {
          const Real3 place = world_position(geometry, {double(x), double(y), double(z)});
          Int3 nearest{};
          bool tie = false;
          for (size_t a = 0; a < 3; ++a) {
            double along = 0;
            for (size_t row = 0; row < 3; ++row) {
              along += (place[row] - grid.origin_lps_mm[row]) * grid.direction_lps[row * 3 + a] /
                       grid.spacing_xyz_mm[a];
            }
            const int64_t last =
                prepared.transform.resampled_extent_xyz[a] - 1 - prepared.transform.offset_xyz[a];
            nearest[a] = std::min<int64_t>(std::lround(along), last);
            tie = tie || std::abs(std::abs(along - std::floor(along)) - 0.5) < 1e-6;
          }
          if (tie) continue;
          ASSERT_EQ(restored.voxels[static_cast<size_t>(restored.index(x, y, z))],
                    prediction.voxels[static_cast<size_t>(
                        prediction.index(nearest[0], nearest[1], nearest[2]))]);
        }
      }
    }
  }
}

TEST(Preprocess, SenselessSettingsAndGridsAreRefused) {
  const ImageVolume image = row_image({1, 2, 3});
  PreprocessConfig config;
  config.window = {500, -250};
  expect_error<ConfigError>([&] { prepare_case("a", image, nullptr, config, {}); },
                            {"preprocessing.window"});
  config = {};
  config.percentiles = {50, 101};
  expect_error<ConfigError>([&] { prepare_case("a", image, nullptr, config, {}); },
                            {"preprocessing.percentiles"});
  config = {};
  config.spacing_xyz_mm = Real3{1, 0, 1};
  expect_error<ConfigError>([&] { prepare_case("a", image, nullptr, config, {}); },
                            {"preprocessing.spacing_xyz_mm"});
  const LabelVolume other = testing::random_label(testing::oblique_geometry({3, 1, 1}), 2, 1);
  expect_error<DataError>([&] { prepare_case("case_7", image, &other, {}, {}); },
                          {"label of case case_7", "one grid"});
  const PreparedCase prepared = prepare_case("a", image, nullptr, {}, {});
  expect_error<ShapeError>(
      [&] { restore_label(testing::random_label(other.geometry, 2, 1), CaseTransform{}); },
      {"prepared grid"});
}

TEST(Preprocess, SettingsReadFromYamlAndRefuseTypos) {
  const PreprocessConfig config = read_config<PreprocessConfig>(ConfigNode::parse(
      "intensity: percentile\nspacing_xyz_mm: [1, 2, 3]\npad_value: -0.1\n", "a.yaml"));
  EXPECT_EQ(config.intensity, IntensityRule::percentile);
  EXPECT_EQ(config.spacing_xyz_mm, (Real3{1, 2, 3}));
  EXPECT_EQ(config.pad_value, -0.1);
  expect_error<ConfigError>(
      [] { read_config<PreprocessConfig>(ConfigNode::parse("windw: [1, 2]\n", "a.yaml")); },
      {"a.yaml:1", "window"});
}

TEST(Preprocess, ARealLabelSurvivesTheWayToAFinerGridAndBack) {
  NMSW_SHARED_OR_SKIP(folder, "data/ct_a");
  const ImageVolume image = read_image(folder / "ct.nii.gz");
  const LabelVolume label = read_label(folder / "seg61.nii.gz");
  PreprocessConfig config;
  config.window = {-1300, 500};
  config.spacing_xyz_mm = Real3{1.5, 1.5, 1.5};
  const PreparedCase prepared = prepare_case("ct", image, &label, config, {});
  // Every original voxel has a prepared one exactly on it.
  EXPECT_EQ(restore_label(prepared.label, prepared.transform).voxels, label.voxels);
}

}  // namespace
}  // namespace nmsw::datasets
