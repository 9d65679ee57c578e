#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <string>
#include <vector>

#include "nmsw/metrics/class_regions.h"
#include "nmsw/metrics/scores.h"
#include "nmsw/metrics/surface_distances.h"
#include "tests/support/golden_checks.h"

namespace nmsw {
namespace {

/// One pair of label maps of metrics.pt and what the reference projects say of it.
class MetricsCase {
 public:
  MetricsCase(testing::GoldenChecks& checks, const std::string& name)
      : checks_(checks), file_(checks.file()), prefix_(name + ".") {
    prediction = volume("pred");
    label = volume("label");
  }

  at::Tensor tensor(const std::string& name) const { return file_.tensor(prefix_ + name); }
  double at(const std::string& name, int64_t row) const {
    return tensor(name).to(at::kDouble)[row].item<double>();
  }
  /// Whether the set has this result; counted.
  bool has(const std::string& name) const { return checks_.has(prefix_ + name); }
  /// Every result has a row for each class but the background.
  int64_t num_classes() const {
    for (const char* name :
         {"dsc", "dsc_surface_distance", "nsd", "hd95", "area_label", "nsd_monai_voxels_tol2"}) {
      if (file_.has(prefix_ + name)) return tensor(name).size(0) + 1;
    }
    return std::max(*std::max_element(label.voxels.begin(), label.voxels.end()),
                    *std::max_element(prediction.voxels.begin(), prediction.voxels.end())) +
           1;
  }
  ScoreOptions options(SurfaceUnit unit, double tolerance, AbsentPolicy absent) const {
    return {num_classes(), tolerance, unit, absent};
  }
  std::string name(int64_t class_index) const {
    return prefix_ + "class" + std::to_string(class_index);
  }

  LabelVolume prediction;
  LabelVolume label;

 private:
  /// The file's x,y,z arrays have z fastest; a volume has x fastest.
  LabelVolume volume(const std::string& name) const {
    const at::Tensor stored = tensor(name);
    const at::Tensor spacing = tensor("spacing").to(at::kDouble).contiguous();
    const at::Tensor x_fastest = stored.permute({2, 1, 0}).contiguous();
    LabelVolume volume;
    for (int64_t axis = 0; axis < 3; ++axis) {
      volume.geometry.extent_xyz[axis] = stored.size(axis);
      volume.geometry.spacing_xyz_mm[axis] = spacing[axis].item<double>();
    }
    const auto* first = x_fastest.data_ptr<uint8_t>();
    volume.voxels.assign(first, first + x_fastest.numel());
    return volume;
  }

  testing::GoldenChecks& checks_;
  const testing::GoldenFile& file_;
  std::string prefix_;
};

void expect_same(double ours, double reference, const std::string& what) {
  if (std::isnan(reference)) {
    EXPECT_TRUE(std::isnan(ours)) << what << " is " << ours;
  } else if (std::isinf(reference)) {
    EXPECT_EQ(ours, reference) << what;
  } else {
    EXPECT_NEAR(ours, reference, 1e-6 * std::abs(reference)) << what;
  }
}

/// The results of one name, a value a class but the background, where the set has them.
template <class Value>
void expect_same_rows(const MetricsCase& c, const std::string& name, const Value& value) {
  if (!c.has(name)) return;
  for (int64_t row = 0; row + 1 < c.num_classes(); ++row) {
    expect_same(static_cast<double>(value(row)), c.at(name, row), c.name(row + 1) + " " + name);
  }
}

template <class Compare>
void for_every_case(const Compare& compare) {
  NMSW_GOLDEN_OR_SKIP(file, "metrics.pt");
  testing::GoldenChecks checks(file);
  for (const std::string& name : file.cases_with("pred")) compare(MetricsCase(checks, name));
  NMSW_SKIP_UNLESS_COMPARED(checks);
}

TEST(GoldenMetrics, DiceFollowsEitherPolicyForAbsentClasses) {
  for_every_case([](const MetricsCase& c) {
    const auto monai =
        score_label_maps(c.prediction, c.label, c.options(SurfaceUnit::mm, 1, AbsentPolicy::monai));
    const auto deepmind = score_label_maps(c.prediction, c.label,
                                           c.options(SurfaceUnit::mm, 1, AbsentPolicy::deepmind));
    expect_same_rows(c, "dsc", [&](int64_t row) { return monai[row].value("dsc"); });
    expect_same_rows(c, "dsc_surface_distance",
                     [&](int64_t row) { return deepmind[row].value("dsc"); });
  });
}

TEST(GoldenMetrics, SurfaceDiceInMillimetresAgrees) {
  for_every_case([](const MetricsCase& c) {
    if (!c.has("nsd")) return;
    const at::Tensor tolerances = c.tensor("tolerances").to(at::kDouble);
    const at::Tensor nsd = c.tensor("nsd").to(at::kDouble);
    for (int64_t column = 0; column < tolerances.numel(); ++column) {
      const auto scores = score_label_maps(
          c.prediction, c.label,
          c.options(SurfaceUnit::mm, tolerances[column].item<double>(), AbsentPolicy::deepmind));
      for (int64_t row = 0; row + 1 < c.num_classes(); ++row) {
        expect_same(scores[row].value("nsd"), nsd[row][column].item<double>(),
                    c.name(row + 1) + " nsd");
      }
    }
  });
}

TEST(GoldenMetrics, HausdorffInMillimetresAgrees) {
  for_every_case([](const MetricsCase& c) {
    const auto scores = score_label_maps(c.prediction, c.label,
                                         c.options(SurfaceUnit::mm, 1, AbsentPolicy::deepmind));
    expect_same_rows(c, "hd95", [&](int64_t row) { return scores[row].shown("hd95"); });
  });
}

TEST(GoldenMetrics, SurfacesHaveTheReferenceAreasAndNumbersOfElements) {
  for_every_case([](const MetricsCase& c) {
    const Box whole{{0, 0, 0},
                    {c.label.geometry.extent_xyz[0] - 1, c.label.geometry.extent_xyz[1] - 1,
                     c.label.geometry.extent_xyz[2] - 1}};
    std::vector<SurfaceDistances> classes;
    for (int64_t index = 1; index < c.num_classes(); ++index) {
      classes.push_back(surface_distances_mm(class_mask(c.label, index, whole),
                                             class_mask(c.prediction, index, whole),
                                             c.label.geometry.spacing_xyz_mm));
    }
    expect_same_rows(c, "area_label",
                     [&](int64_t row) { return total_weight(classes[row].label_to_prediction); });
    expect_same_rows(c, "area_pred",
                     [&](int64_t row) { return total_weight(classes[row].prediction_to_label); });
    expect_same_rows(c, "surfels_label",
                     [&](int64_t row) { return element_count(classes[row].label_to_prediction); });
    expect_same_rows(c, "surfels_pred",
                     [&](int64_t row) { return element_count(classes[row].prediction_to_label); });
  });
}

TEST(GoldenMetrics, SurfaceDiceInVoxelsAgreesWithTheAuthors) {
  for_every_case([](const MetricsCase& c) {
    const auto scores = score_label_maps(c.prediction, c.label,
                                         c.options(SurfaceUnit::voxel, 2, AbsentPolicy::monai));
    expect_same_rows(c, "nsd_monai_voxels_tol2",
                     [&](int64_t row) { return scores[row].value("nsd"); });
  });
}

}  // namespace
}  // namespace nmsw
