#include <gtest/gtest.h>

#include <cmath>
#include <string>
#include <vector>

#include "nmsw/metrics/class_regions.h"
#include "nmsw/metrics/scores.h"
#include "nmsw/metrics/surface_distances.h"
#include "tests/support/golden.h"

namespace nmsw {
namespace {

/// One pair of label maps of metrics.pt and what the reference projects say of it.
class MetricsCase {
 public:
  MetricsCase(const testing::GoldenFile& file, const std::string& name)
      : file_(file), prefix_(name + ".") {
    prediction = volume("pred");
    label = volume("label");
  }

  at::Tensor tensor(const std::string& name) const { return file_.tensor(prefix_ + name); }
  double at(const std::string& name, int64_t row) const {
    return tensor(name).to(at::kDouble)[row].item<double>();
  }
  int64_t num_classes() const { return tensor("dsc").size(0) + 1; }
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

template <class Compare>
void for_every_case(const Compare& compare) {
  NMSW_GOLDEN_OR_SKIP(file, "metrics.pt");
  ASSERT_FALSE(file.cases().empty());
  for (const std::string& name : file.cases()) compare(MetricsCase(file, name));
}

TEST(GoldenMetrics, DiceFollowsEitherPolicyForAbsentClasses) {
  for_every_case([](const MetricsCase& c) {
    const auto monai =
        score_label_maps(c.prediction, c.label, c.options(SurfaceUnit::mm, 1, AbsentPolicy::monai));
    const auto deepmind = score_label_maps(c.prediction, c.label,
                                           c.options(SurfaceUnit::mm, 1, AbsentPolicy::deepmind));
    for (int64_t row = 0; row + 1 < c.num_classes(); ++row) {
      expect_same(monai[row].dsc, c.at("dsc", row), c.name(row + 1) + " dsc");
      expect_same(deepmind[row].dsc, c.at("dsc_surface_distance", row),
                  c.name(row + 1) + " dsc deepmind");
    }
  });
}

TEST(GoldenMetrics, SurfaceDiceAndHausdorffInMillimetresAgree) {
  for_every_case([](const MetricsCase& c) {
    const at::Tensor tolerances = c.tensor("tolerances").to(at::kDouble);
    const at::Tensor nsd = c.tensor("nsd").to(at::kDouble);
    for (int64_t column = 0; column < tolerances.numel(); ++column) {
      const double tolerance = tolerances[column].item<double>();
      const auto scores = score_label_maps(
          c.prediction, c.label, c.options(SurfaceUnit::mm, tolerance, AbsentPolicy::deepmind));
      for (int64_t row = 0; row + 1 < c.num_classes(); ++row) {
        expect_same(scores[row].nsd, nsd[row][column].item<double>(), c.name(row + 1) + " nsd");
        expect_same(scores[row].hd95, c.at("hd95", row), c.name(row + 1) + " hd95");
      }
    }
  });
}

TEST(GoldenMetrics, SurfacesHaveTheReferenceAreasAndNumbersOfElements) {
  for_every_case([](const MetricsCase& c) {
    const Box whole{{0, 0, 0},
                    {c.label.geometry.extent_xyz[0] - 1, c.label.geometry.extent_xyz[1] - 1,
                     c.label.geometry.extent_xyz[2] - 1}};
    for (int64_t index = 1; index < c.num_classes(); ++index) {
      const SurfaceDistances distances = surface_distances_mm(
          class_mask(c.label, index, whole), class_mask(c.prediction, index, whole),
          c.label.geometry.spacing_xyz_mm);
      expect_same(total_weight(distances.label_to_prediction), c.at("area_label", index - 1),
                  c.name(index));
      expect_same(total_weight(distances.prediction_to_label), c.at("area_pred", index - 1),
                  c.name(index));
      EXPECT_EQ(static_cast<double>(distances.label_to_prediction.size()),
                c.at("surfels_label", index - 1));
      EXPECT_EQ(static_cast<double>(distances.prediction_to_label.size()),
                c.at("surfels_pred", index - 1));
    }
  });
}

TEST(GoldenMetrics, SurfaceDiceInVoxelsAgreesWithTheAuthors) {
  for_every_case([](const MetricsCase& c) {
    const auto scores = score_label_maps(c.prediction, c.label,
                                         c.options(SurfaceUnit::voxel, 2, AbsentPolicy::monai));
    for (int64_t row = 0; row + 1 < c.num_classes(); ++row) {
      expect_same(scores[row].nsd, c.at("nsd_monai_voxels_tol2", row),
                  c.name(row + 1) + " nsd voxel");
    }
  });
}

}  // namespace
}  // namespace nmsw
