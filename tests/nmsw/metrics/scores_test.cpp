#include "nmsw/metrics/scores.h"

#include <gtest/gtest.h>

#include <cmath>
#include <limits>
#include <map>
#include <string_view>

#include "nmsw/base/error.h"
#include "nmsw/metrics/catalog.h"
#include "nmsw/metrics/surface_distances.h"
#include "tests/nmsw/metrics/brute_force.h"

namespace nmsw {
namespace {

constexpr double kNaN = std::numeric_limits<double>::quiet_NaN();
constexpr double kInfinity = std::numeric_limits<double>::infinity();

ScoreOptions in_voxels(AbsentPolicy absent = AbsentPolicy::monai) {
  return {2, 2.0, SurfaceUnit::voxel, absent};
}
ScoreOptions in_mm(AbsentPolicy absent = AbsentPolicy::monai) {
  return {2, 2.0, SurfaceUnit::mm, absent};
}

/// The example of METHOD 5: a cube of 20³ in 40³ that lies at [10,30)³, moved and grown.
LabelVolume cube(Int3 shift, int64_t grown = 0) {
  LabelVolume volume = testing::empty_label({40, 40, 40}, {1, 1, 1});
  const int64_t low = 10 - grown;
  const int64_t high = 30 + grown;
  for (int64_t z = low; z < high; ++z) {
    for (int64_t y = low; y < high; ++y) {
      for (int64_t x = low; x < high; ++x) {
        volume.voxels[volume.index(x + shift[0], y + shift[1], z + shift[2])] = 1;
      }
    }
  }
  return volume;
}

LabelVolume nothing() { return testing::empty_label({40, 40, 40}, {1, 1, 1}); }

ClassScores score(const LabelVolume& prediction, const LabelVolume& label,
                  const ScoreOptions& options) {
  return score_label_maps(prediction, label, options).at(0);
}

TEST(Scores, GiveThePublishedValuesForShiftedCubesInVoxels) {
  const LabelVolume label = cube({0, 0, 0});
  const ClassScores one = score(cube({1, 0, 0}), label, in_voxels());
  EXPECT_DOUBLE_EQ(one.value("dsc"), 0.95);
  EXPECT_DOUBLE_EQ(one.value("nsd"), 1);
  const ClassScores two = score(cube({2, 0, 0}), label, in_voxels());
  EXPECT_DOUBLE_EQ(two.value("dsc"), 0.90);
  EXPECT_DOUBLE_EQ(two.value("nsd"), 1);
  const ClassScores three = score(cube({3, 0, 0}), label, in_voxels());
  EXPECT_DOUBLE_EQ(three.value("dsc"), 0.85);
  EXPECT_NEAR(three.value("nsd"), 0.725092, 5e-7);
  const ClassScores four = score(cube({0, 0, 4}), label, in_voxels());
  EXPECT_DOUBLE_EQ(four.value("dsc"), 0.80);
  EXPECT_NEAR(four.value("nsd"), 0.690037, 5e-7);
  EXPECT_DOUBLE_EQ(four.shown("hd95"), 4);
  const ClassScores grown = score(cube({0, 0, 0}, 3), label, in_voxels());
  EXPECT_NEAR(grown.value("dsc"), 0.625587, 1e-6);
  EXPECT_DOUBLE_EQ(grown.value("nsd"), 0);
}

/// Cubes of `side`³ of classes 1 and 2 side by side, moved along x.
LabelVolume two_cubes(int64_t side, int64_t shift) {
  LabelVolume volume = testing::empty_label({4 * side, 2 * side, 2 * side}, {1, 1, 1});
  for (int64_t z = 0; z < side; ++z) {
    for (int64_t y = 0; y < side; ++y) {
      for (int64_t x = 0; x < side; ++x) {
        for (const int64_t c : {1, 2}) {
          const int64_t low = (c - 1) * 2 * side + side / 2;
          volume.voxels[volume.index(low + shift + x, side / 2 + y, side / 2 + z)] =
              static_cast<uint8_t>(c);
        }
      }
    }
  }
  return volume;
}

TEST(Scores, HoldEachClassToItsOwnTolerance) {
  ScoreOptions options{3, 2, SurfaceUnit::voxel, AbsentPolicy::monai, {{2, 1}}};
  EXPECT_EQ(options.tolerance_of(1), 2);
  EXPECT_EQ(options.tolerance_of(2), 1);
  const auto in_voxels = score_label_maps(two_cubes(20, 2), two_cubes(20, 0), options);
  EXPECT_EQ(in_voxels[0].value("nsd"), 1);
  // Of the 20³ - 18³ voxels at a border, the face ahead, and of the face behind those that lie two
  // or more off its edges, are 2 voxels from the other border.
  EXPECT_DOUBLE_EQ(in_voxels[1].value("nsd"),
                   1 - (20.0 * 20 + 16 * 16) / (20 * 20 * 20 - 18 * 18 * 18));

  // Tolerances of Mandible and Brainstem in head-and-neck work.
  options = {3, 1.01, SurfaceUnit::mm, AbsentPolicy::monai, {{2, 2.5}}};
  const LabelVolume label = two_cubes(8, 0), moved = two_cubes(8, 2);
  const auto in_mm = score_label_maps(moved, label, options);
  const double strict = testing::brute_force_scores(moved, label, 1, 1.01, SurfaceUnit::mm).nsd;
  EXPECT_LT(strict, 0.8);
  EXPECT_NEAR(in_mm[0].value("nsd"), strict, 1e-12);
  EXPECT_EQ(in_mm[1].value("nsd"), 1);
  EXPECT_EQ(in_mm[0].value("dsc"), in_mm[1].value("dsc"));
  EXPECT_EQ(in_mm[0].value("hd95"), in_mm[1].value("hd95"));
}

TEST(SurfaceDistances, GiveThePublishedSurfaceDiceOfBorderVoxelsWithSpacing) {
  const Box whole{{0, 0, 0}, {39, 39, 39}};
  const Mask label = class_mask(cube({0, 0, 0}), 1, whole);
  const auto nsd_of = [&](Int3 shift) {
    const Mask moved = class_mask(cube(shift), 1, whole);
    return surface_dice(surface_distances_voxel(label, moved, {1, 1, 3}), 2);
  };
  EXPECT_NEAR(nsd_of({3, 0, 0}), 0.699262, 1e-6);
  EXPECT_NEAR(nsd_of({0, 0, 4}), 0.619926, 1e-6);
}

TEST(Scores, FollowTheMonaiPolicyForAbsentClassesInVoxels) {
  const ClassScores missed = score(nothing(), cube({0, 0, 0}), in_voxels());
  EXPECT_EQ(missed.value("dsc"), 0);
  EXPECT_EQ(missed.value("nsd"), 0);
  EXPECT_TRUE(std::isnan(missed.shown("hd95")));
  const ClassScores invented = score(cube({0, 0, 0}), nothing(), in_voxels());
  EXPECT_TRUE(std::isnan(invented.value("dsc")));
  EXPECT_EQ(invented.value("nsd"), 0);
  const ClassScores neither = score(nothing(), nothing(), in_voxels());
  EXPECT_TRUE(std::isnan(neither.value("dsc")));
  EXPECT_TRUE(std::isnan(neither.value("nsd")));
}

TEST(Scores, FollowTheDeepmindPolicyForAbsentClassesInMillimetres) {
  const ClassScores invented = score(cube({0, 0, 0}), nothing(), in_mm(AbsentPolicy::deepmind));
  EXPECT_EQ(invented.value("dsc"), 0);
  EXPECT_EQ(invented.value("nsd"), 0);
  EXPECT_EQ(invented.shown("hd95"), kInfinity);
  const ClassScores neither = score(nothing(), nothing(), in_mm(AbsentPolicy::deepmind));
  EXPECT_TRUE(std::isnan(neither.value("dsc")));
  EXPECT_TRUE(std::isnan(neither.value("nsd")));
  EXPECT_EQ(neither.shown("hd95"), kInfinity);
}

TEST(Scores, CountAMissedClassAsTheLongestDistance) {
  // 40³ voxels of 1 mm: the diagonal is 40·√3.
  const double diagonal = 40 * std::sqrt(3.0);
  const ClassScores missed = score(nothing(), cube({0, 0, 0}), in_mm());
  EXPECT_DOUBLE_EQ(missed.value("hd95"), diagonal);
  EXPECT_EQ(missed.value("missed"), 1);
  EXPECT_DOUBLE_EQ(score(nothing(), cube({0, 0, 0}), in_voxels()).value("hd95"), diagonal);
  const ClassScores shifted = score(cube({0, 0, 4}), cube({0, 0, 0}), in_mm());
  EXPECT_EQ(shifted.value("hd95"), shifted.shown("hd95"));
  EXPECT_LT(shifted.shown("hd95"), diagonal);
  EXPECT_EQ(shifted.value("missed"), 0);
}

TEST(Scores, DoNotCountTheDistanceOfAnAbsentClass) {
  const ClassScores invented = score(cube({0, 0, 0}), nothing(), in_mm());
  EXPECT_TRUE(std::isnan(invented.value("hd95"))) << "monai: the label decides, as for DSC";
  EXPECT_TRUE(std::isnan(invented.value("missed")));
  EXPECT_DOUBLE_EQ(score(cube({0, 0, 0}), nothing(), in_mm(AbsentPolicy::deepmind)).value("hd95"),
                   40 * std::sqrt(3.0));
  EXPECT_TRUE(std::isnan(score(nothing(), nothing(), in_mm()).value("hd95")));
}

TEST(Scores, OfAnEqualPredictionArePerfect) {
  const LabelVolume label = testing::random_blobs({13, 11, 9}, {0.7, 1.3, 2.1}, 4, 5);
  for (const SurfaceUnit unit : {SurfaceUnit::mm, SurfaceUnit::voxel}) {
    for (const ClassScores& scores :
         score_label_maps(label, label, {4, 0, unit, AbsentPolicy::monai})) {
      EXPECT_EQ(scores.value("dsc"), 1);
      EXPECT_EQ(scores.value("nsd"), 1);
      EXPECT_EQ(scores.shown("hd95"), 0);
    }
  }
}

TEST(Scores, OfDistantObjectsAreZero) {
  LabelVolume label = testing::empty_label({30, 5, 5}, {1, 1, 1});
  LabelVolume prediction = label;
  label.voxels[label.index(2, 2, 2)] = 1;
  prediction.voxels[label.index(22, 2, 2)] = 1;
  const ClassScores scores = score(prediction, label, in_mm());
  EXPECT_EQ(scores.value("dsc"), 0);
  EXPECT_EQ(scores.value("nsd"), 0);
  // The nearest corners of the two voxels are 19 apart, the farthest 20; 5% of 8 equal elements is
  // less than one.
  EXPECT_DOUBLE_EQ(scores.shown("hd95"), 20);
}

/// NSD and HD95 of every class in both units.
void expect_brute_force(const LabelVolume& prediction, const LabelVolume& label, int64_t classes) {
  const auto mm =
      score_label_maps(prediction, label, {classes, 1.23, SurfaceUnit::mm, AbsentPolicy::monai});
  const auto voxel =
      score_label_maps(prediction, label, {classes, 1.0, SurfaceUnit::voxel, AbsentPolicy::monai});
  for (int64_t index = 1; index < classes; ++index) {
    const testing::PlainScores want_mm =
        testing::brute_force_scores(prediction, label, index, 1.23, SurfaceUnit::mm);
    EXPECT_NEAR(mm[index - 1].value("nsd"), want_mm.nsd, 1e-12);
    EXPECT_NEAR(mm[index - 1].shown("hd95"), want_mm.hd95, 1e-12);
    const testing::PlainScores want_voxel =
        testing::brute_force_scores(prediction, label, index, 1.0, SurfaceUnit::voxel);
    EXPECT_NEAR(voxel[index - 1].value("nsd"), want_voxel.nsd, 1e-12);
    EXPECT_NEAR(voxel[index - 1].value("dsc"), want_voxel.dsc, 1e-12);
  }
}

TEST(Scores, AgreeWithBruteForceOnRandomMasksAndAnisotropicSpacings) {
  for (uint64_t seed = 0; seed < 12; ++seed) {
    SCOPED_TRACE(seed);
    const Real3 spacing{0.6 + 0.1 * static_cast<double>(seed), 1.1, 2.3};
    for (const Int3 extent : {Int3{9, 7, 6}, Int3{70, 4, 3}, Int3{3, 4, 40}}) {
      expect_brute_force(testing::random_blobs(extent, spacing, 3, 2 * seed + 1),
                         testing::random_blobs(extent, spacing, 3, 2 * seed), 3);
    }
  }
}

TEST(Scores, AgreeWithBruteForceOnSingleVoxelsFarApart) {
  const Int3 extent{150, 20, 18};
  LabelVolume label = testing::empty_label(extent, {0.7, 0.9, 2.5});
  LabelVolume prediction = label;
  for (const Int3 at : {Int3{0, 0, 0}, Int3{149, 19, 17}, Int3{75, 3, 9}})
    label.voxels[label.index(at[0], at[1], at[2])] = 1;
  for (const Int3 at : {Int3{149, 0, 0}, Int3{10, 19, 16}})
    prediction.voxels[label.index(at[0], at[1], at[2])] = 1;
  expect_brute_force(prediction, label, 2);
  expect_brute_force(label, prediction, 2);
}

TEST(Scores, CountTheVoxelsOfBothMaps) {
  const ClassScores scores = score(cube({0, 0, 0}, 1), cube({0, 0, 0}), in_mm());
  EXPECT_EQ(scores.voxels_label, 20 * 20 * 20);
  EXPECT_EQ(scores.voxels_prediction, 22 * 22 * 22);
}

TEST(Scores, RefuseMapsThatDoNotFit) {
  const LabelVolume other = testing::empty_label({40, 40, 41}, {1, 1, 1});
  EXPECT_THROW(score_label_maps(other, cube({0, 0, 0}), in_mm()), DataError);
  LabelVolume outside = cube({0, 0, 0});
  outside.voxels[7] = 2;
  EXPECT_THROW(score_label_maps(cube({0, 0, 0}), outside, in_mm()), DataError);
  EXPECT_THROW(score_label_maps(outside, cube({0, 0, 0}), in_mm()), DataError);
  EXPECT_THROW(
      score_label_maps(nothing(), nothing(), {1, 2.0, SurfaceUnit::mm, AbsentPolicy::monai}),
      ConfigError);
  EXPECT_THROW(
      score_label_maps(nothing(), nothing(), {2, -1.0, SurfaceUnit::mm, AbsentPolicy::monai}),
      ConfigError);
  EXPECT_THROW(score_label_maps(nothing(), nothing(),
                                {2, 1.0, SurfaceUnit::mm, AbsentPolicy::monai, {{1, -1.0}}}),
               ConfigError);
}

TEST(ClassScores, ThrowForAMetricThatIsNotKnown) {
  const ClassScores scores = score(cube({0, 0, 0}), cube({0, 0, 0}), in_mm());
  EXPECT_THROW(scores.value("iou"), ConfigError);
  EXPECT_THROW(scores.shown("iou"), ConfigError);
}

/// Scores of the named metrics, whatever else the catalog holds.
ClassScores class_scores(const std::map<std::string_view, double>& values) {
  ClassScores scores;
  scores.values.assign(metric_catalog().size(), kNaN);
  for (const auto& [metric, value] : values) scores.values.at(metric_index(metric)) = value;
  scores.shown_values.assign(metric_catalog().size(), kInfinity);
  return scores;
}

double mean_of(std::string_view metric, const std::vector<ClassScores>& scores) {
  return mean_scores(scores).at(metric_index(metric));
}

TEST(MeanScores, PoolEveryDefinedValue) {
  const std::vector<ClassScores> scores{
      class_scores({{"dsc", 0.5}, {"nsd", 0.25}, {"hd95", 3}, {"missed", 0}}),
      class_scores({{"nsd", 0.75}, {"hd95", kInfinity}}),
      class_scores({{"dsc", 1}, {"hd95", 5}, {"missed", 1}})};
  EXPECT_DOUBLE_EQ(mean_of("dsc", scores), 0.75);
  EXPECT_DOUBLE_EQ(mean_of("nsd", scores), 0.5);
  EXPECT_DOUBLE_EQ(mean_of("hd95", scores), 4);
  EXPECT_DOUBLE_EQ(mean_of("missed", scores), 0.5);
}

TEST(MeanScores, OfDistancesDoNotGetBetterByMissingAClass) {
  const LabelVolume label = cube({0, 0, 0});
  const ClassScores shifted = score(cube({0, 0, 4}), label, in_mm());
  const ClassScores missed = score(nothing(), label, in_mm());
  ASSERT_EQ(missed.shown("hd95"), kInfinity);
  EXPECT_DOUBLE_EQ(mean_of("hd95", {shifted, missed}),
                   (shifted.shown("hd95") + 40 * std::sqrt(3.0)) / 2);
}

TEST(MeanScores, AreUndefinedWhereNothingIsDefined) {
  const std::vector<ClassScores> scores{class_scores({}), class_scores({{"hd95", kInfinity}})};
  ASSERT_EQ(mean_scores(scores).size(), metric_catalog().size());
  for (const double mean : mean_scores(scores)) EXPECT_TRUE(std::isnan(mean));
  EXPECT_EQ(mean_scores({}).size(), metric_catalog().size());
}

}  // namespace
}  // namespace nmsw
