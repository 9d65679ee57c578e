// What every metric of the catalog must hold to; a new one is tried without a line here.

#include <gtest/gtest.h>
#include <omp.h>

#include <cmath>
#include <set>
#include <string>

#include "nmsw/base/error.h"
#include "nmsw/metrics/catalog.h"
#include "nmsw/metrics/scores.h"
#include "tests/nmsw/metrics/brute_force.h"

namespace nmsw {
namespace {

constexpr Int3 kExtent{11, 10, 9};
constexpr Real3 kSpacing{1, 1.5, 2};
constexpr int64_t kClasses = 4;

LabelVolume blobs(uint64_t seed) {
  return testing::random_blobs(kExtent, kSpacing, kClasses, seed);
}

LabelVolume nothing() { return testing::empty_label(kExtent, kSpacing); }

/// Every unit with every policy.
std::vector<ScoreOptions> every_option() {
  std::vector<ScoreOptions> all;
  for (const SurfaceUnit unit : {SurfaceUnit::mm, SurfaceUnit::voxel}) {
    for (const AbsentPolicy absent : {AbsentPolicy::monai, AbsentPolicy::deepmind})
      all.push_back({kClasses, 0.5, unit, absent});
  }
  return all;
}

std::string trace(const ScoreOptions& options) {
  return std::string(enum_name(options.unit)) + ", " + enum_name(options.absent);
}

/// How much better `a` is than `b`.
double gain(const MetricEntry& entry, double a, double b) {
  return entry.better == Better::higher ? a - b : b - a;
}

/// Random ones, and for each class one that takes everything for it.
std::vector<LabelVolume> predictions() {
  std::vector<LabelVolume> all;
  for (uint64_t seed = 4; seed < 16; ++seed) all.push_back(blobs(seed));
  for (int64_t c = 1; c < kClasses; ++c) {
    all.push_back(nothing());
    all.back().voxels.assign(all.back().voxels.size(), static_cast<uint8_t>(c));
  }
  return all;
}

/// Calls compare(entry, scores of an equal prediction, of another that has the class, of none) for
/// every class.
template <class Compare>
void for_every_prediction(const Compare& compare) {
  const LabelVolume label = blobs(3);
  const std::vector<LabelVolume> others = predictions();
  for (const ScoreOptions& options : every_option()) {
    const auto perfect = score_label_maps(label, label, options);
    const auto missed = score_label_maps(nothing(), label, options);
    for (size_t p = 0; p < others.size(); ++p) {
      const auto other = score_label_maps(others[p], label, options);
      for (size_t i = 0; i < other.size(); ++i) {
        SCOPED_TRACE(fmt::format("{}, class {}, prediction {}", trace(options), i + 1, p));
        ASSERT_GT(other[i].voxels_label, 0);
        if (other[i].voxels_prediction == 0) continue;
        for (const MetricEntry& entry : metric_catalog())
          compare(entry, perfect[i], other[i], missed[i]);
      }
    }
  }
}

TEST(MetricContract, EveryMetricHasItsOwnNameAndSaysWhatItIs) {
  std::set<std::string_view> names;
  for (const MetricEntry& entry : metric_catalog()) {
    EXPECT_TRUE(names.insert(entry.name).second) << entry.name;
    EXPECT_FALSE(entry.name.empty());
    EXPECT_TRUE(entry.unit == "1" || entry.unit == "mm") << entry.name << ": " << entry.unit;
    EXPECT_FALSE(entry.summary.empty()) << entry.name;
    EXPECT_NE(entry.value, nullptr) << entry.name;
  }
}

TEST(MetricContract, EveryMetricIsFoundByItsName) {
  for (size_t i = 0; i < metric_catalog().size(); ++i)
    EXPECT_EQ(metric_index(metric_catalog()[i].name), i);
  EXPECT_THROW(metric_index("no such metric"), ConfigError);
  EXPECT_THROW(metric_index(""), ConfigError);
}

TEST(MetricContract, NamesTheUnitInWhichSurfacesWereMeasured) {
  for (const MetricEntry& entry : metric_catalog()) {
    EXPECT_EQ(unit_of(entry, SurfaceUnit::mm), entry.unit) << entry.name;
    EXPECT_EQ(unit_of(entry, SurfaceUnit::voxel), entry.unit == "1" ? "1" : "voxel") << entry.name;
  }
}

TEST(MetricContract, NoPredictionIsBetterThanAnEqualOne) {
  for_every_prediction([](const MetricEntry& entry, const ClassScores& perfect,
                          const ClassScores& other, const ClassScores&) {
    EXPECT_TRUE(std::isfinite(perfect.value(entry.name))) << entry.name;
    EXPECT_GE(gain(entry, perfect.value(entry.name), other.value(entry.name)), 0) << entry.name;
  });
}

TEST(MetricContract, NoMetricGetsBetterByMissingAClass) {
  for_every_prediction([](const MetricEntry& entry, const ClassScores& perfect,
                          const ClassScores& other, const ClassScores& missed) {
    EXPECT_TRUE(std::isfinite(missed.value(entry.name))) << entry.name << ": a mean leaves it out";
    EXPECT_GE(gain(entry, other.value(entry.name), missed.value(entry.name)), 0) << entry.name;
    EXPECT_GT(gain(entry, perfect.value(entry.name), missed.value(entry.name)), 0) << entry.name;
  });
}

TEST(MetricContract, NoValueOfAnAbsentClassIsInfinite) {
  const LabelVolume present = blobs(5);
  for (const ScoreOptions& options : every_option()) {
    SCOPED_TRACE(trace(options));
    for (const auto& all : {score_label_maps(nothing(), nothing(), options),
                            score_label_maps(present, nothing(), options),
                            score_label_maps(nothing(), present, options)}) {
      for (const ClassScores& one : all) {
        for (const MetricEntry& entry : metric_catalog())
          EXPECT_FALSE(std::isinf(one.value(entry.name))) << entry.name;
      }
    }
  }
}

TEST(MetricContract, FlagsAreZeroOrOne) {
  for_every_prediction([](const MetricEntry& entry, const ClassScores& perfect,
                          const ClassScores& other, const ClassScores& missed) {
    if (!entry.is_flag) return;
    for (const ClassScores* one : {&perfect, &other, &missed}) {
      const double value = one->value(entry.name);
      EXPECT_TRUE(value == 0 || value == 1) << entry.name << " is " << value;
    }
  });
}

TEST(MetricContract, OnlyAMetricThatSaysSoDependsOnTheTolerance) {
  const LabelVolume label = blobs(3);
  const LabelVolume prediction = blobs(4);
  for (ScoreOptions options : every_option()) {
    SCOPED_TRACE(trace(options));
    const auto strict = score_label_maps(prediction, label, options);
    options.tolerance = 2;
    const auto lenient = score_label_maps(prediction, label, options);
    for (const MetricEntry& entry : metric_catalog()) {
      bool differs = false;
      for (size_t i = 0; i < strict.size(); ++i)
        differs = differs || strict[i].value(entry.name) != lenient[i].value(entry.name);
      EXPECT_EQ(differs, entry.has_tolerance) << entry.name;
    }
  }
}

TEST(MetricContract, OneAndTwoThreadsGiveTheSame) {
  // Large enough that the work is divided.
  const Int3 extent{128, 128, 66};
  const LabelVolume label = testing::random_blobs(extent, kSpacing, 3, 6);
  const LabelVolume prediction = testing::random_blobs(extent, kSpacing, 3, 7);
  ASSERT_GE(label.geometry.voxel_count(), kVoxelsWorthThreads);
  const int threads = omp_get_max_threads();
  for (const SurfaceUnit unit : {SurfaceUnit::mm, SurfaceUnit::voxel}) {
    const ScoreOptions options{3, 1, unit, AbsentPolicy::monai};
    omp_set_num_threads(1);
    const auto one = score_label_maps(prediction, label, options);
    omp_set_num_threads(2);
    const auto two = score_label_maps(prediction, label, options);
    omp_set_num_threads(threads);
    ASSERT_EQ(one.size(), two.size());
    for (size_t i = 0; i < one.size(); ++i) {
      ASSERT_GT(one[i].voxels_label, 0);
      EXPECT_EQ(one[i].values, two[i].values) << "class " << i + 1;
      EXPECT_EQ(one[i].shown_values, two[i].shown_values) << "class " << i + 1;
    }
  }
}

}  // namespace
}  // namespace nmsw
