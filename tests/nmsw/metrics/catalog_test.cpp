#include "nmsw/metrics/catalog.h"

#include <gtest/gtest.h>

#include <set>

#include "tests/nmsw/metrics/brute_force.h"

namespace nmsw {
namespace {

TEST(MetricCatalog, EveryMetricHasItsOwnNameAndAUnit) {
  std::set<std::string_view> names;
  for (const MetricEntry& entry : metric_catalog()) {
    EXPECT_TRUE(names.insert(entry.name).second) << entry.name;
    EXPECT_FALSE(entry.unit.empty()) << entry.name;
    EXPECT_FALSE(entry.summary.empty()) << entry.name;
  }
}

TEST(MetricCatalog, EveryMetricIsBestForAnEqualPredictionAndWorseForAMissedClass) {
  const Int3 extent{9, 8, 7};
  const LabelVolume label = testing::random_blobs(extent, {1, 1.5, 2}, 2, 3);
  const LabelVolume other = testing::random_blobs(extent, {1, 1.5, 2}, 2, 4);
  const ScoreOptions options{2, 0.5, SurfaceUnit::mm, AbsentPolicy::monai};
  const ClassScores perfect = score_label_maps(label, label, options).at(0);
  const ClassScores worse = score_label_maps(other, label, options).at(0);
  const LabelVolume nothing = testing::empty_label(extent, {1, 1.5, 2});
  const ClassScores missed = score_label_maps(nothing, label, options).at(0);
  for (const MetricEntry& entry : metric_catalog()) {
    const double sign = entry.better == Better::higher ? 1 : -1;
    EXPECT_GE(sign * (perfect.*entry.value - worse.*entry.value), 0) << entry.name;
    EXPECT_GE(sign * (worse.*entry.value - missed.*entry.value), 0) << entry.name;
    EXPECT_GT(sign * (perfect.*entry.value - missed.*entry.value), 0) << entry.name;
  }
}

TEST(MetricCatalog, NamesTheUnitInWhichSurfacesWereMeasured) {
  for (const MetricEntry& entry : metric_catalog()) {
    if (entry.unit == "1") {
      EXPECT_EQ(unit_of(entry, SurfaceUnit::voxel), "1");
    } else {
      EXPECT_EQ(unit_of(entry, SurfaceUnit::mm), "mm");
      EXPECT_EQ(unit_of(entry, SurfaceUnit::voxel), "voxel");
    }
  }
}

}  // namespace
}  // namespace nmsw
