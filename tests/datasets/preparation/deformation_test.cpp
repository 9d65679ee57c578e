#include "datasets/preparation/deformation.h"

#include <algorithm>
#include <cmath>

#include <gtest/gtest.h>
#include <omp.h>

#include "datasets/image_io.h"
#include "tests/support/make_volume.h"
#include "tests/support/shared_data.h"

namespace nmsw::datasets {
namespace {

using nmsw::testing::oblique_geometry;
using nmsw::testing::random_image;
using nmsw::testing::random_label;

Geometry cube(int64_t side, double spacing_mm) {
  Geometry grid;
  grid.extent_xyz = {side, side, side};
  grid.spacing_xyz_mm = {spacing_mm, spacing_mm, spacing_mm};
  return grid;
}

/// All displacements, x fastest.
std::vector<Real3> displacements(const Geometry& grid, const Deformation& deformation) {
  const DeformationField field(grid, deformation);
  std::vector<Real3> all;
  for (int64_t z = 0; z < grid.extent_xyz[2]; ++z) {
    const std::vector<Real3> slice = field.slice_xyz_mm(z);
    all.insert(all.end(), slice.begin(), slice.end());
  }
  return all;
}

/// The smallest volume, over all voxels, that a voxel's corner of three edges spans once displaced;
/// 1 where nothing is displaced, below 0 where tissue is turned inside out.
double smallest_jacobian(const Geometry& grid, const std::vector<Real3>& moved) {
  const Int3& extent = grid.extent_xyz;
  const Int3 strides{1, extent[0], extent[0] * extent[1]};
  double smallest = 1;
  for (int64_t z = 0; z + 1 < extent[2]; ++z) {
    for (int64_t y = 0; y + 1 < extent[1]; ++y) {
      for (int64_t x = 0; x + 1 < extent[0]; ++x) {
        const int64_t here = x + y * strides[1] + z * strides[2];
        std::array<Real3, 3> edge{};  // where the edge along each axis leads
        for (size_t axis = 0; axis < 3; ++axis) {
          for (size_t a = 0; a < 3; ++a) {
            const double step = moved[size_t(here + strides[axis])][a] - moved[size_t(here)][a];
            edge[axis][a] = (axis == a ? 1 : 0) + step / grid.spacing_xyz_mm[axis];
          }
        }
        const auto& [i, j, k] = edge;
        smallest = std::min(smallest, i[0] * (j[1] * k[2] - j[2] * k[1]) -
                                          i[1] * (j[0] * k[2] - j[2] * k[0]) +
                                          i[2] * (j[0] * k[1] - j[1] * k[0]));
      }
    }
  }
  return smallest;
}

TEST(DeformationField, DisplacesByTheRequestedRms) {
  const Geometry grid = oblique_geometry({50, 40, 30});
  for (const double rms_mm : {0.5, 7.0}) {
    double squares = 0;
    const std::vector<Real3> moved = displacements(grid, {rms_mm, 20, 3});
    ASSERT_EQ(moved.size(), 60000U);
    for (const Real3& one : moved) {
      for (const double component : one) squares += component * component;
    }
    EXPECT_NEAR(std::sqrt(squares / 180000), rms_mm, 1e-9);
  }
}

TEST(DeformationField, IsACubicSplineAlongEveryAxis) {
  // Nine voxels of 2 mm lie between two control points 16 mm apart, both included.
  const Geometry grid = cube(33, 2);
  const std::vector<Real3> moved = displacements(grid, {4, 16, 5});
  for (const int64_t stride : {int64_t{1}, int64_t{33}, int64_t{33 * 33}}) {
    const int64_t line = 7 * (1 + 33 + 33 * 33 - stride);  // the other two indices are 7
    const auto at = [&](int64_t i) { return moved[size_t(line + i * stride)][1]; };
    const auto second = [&](int64_t i) { return at(i - 1) - 2 * at(i) + at(i + 1); };
    double largest_third = 0;
    for (int64_t start = 0; start < 32; start += 8) {
      for (int64_t i = start + 1; i + 2 < start + 8; ++i) {
        const double third = second(i + 1) - second(i), next = second(i + 2) - second(i + 1);
        EXPECT_NEAR(third, next, 1e-12) << "a cubic's third differences are all the same";
        largest_third = std::max(largest_third, std::abs(third));
      }
    }
    EXPECT_GT(largest_third, 1e-3);
    // Slope and curvature go on across a control point: there the third difference lies between
    // those of both sides.
    for (int64_t knot = 8; knot < 32; knot += 8) {
      const double before = second(knot - 1) - second(knot - 2);
      const double after = second(knot + 2) - second(knot + 1);
      EXPECT_LE(std::abs(second(knot) - second(knot - 1)),
                std::max(std::abs(before), std::abs(after)) + 1e-12);
    }
  }
}

TEST(DeformationField, DoesNotFoldTissueOverItself) {
  const Geometry grid = cube(110, 3);
  for (const uint64_t seed : {1U, 2U, 3U}) {
    EXPECT_GT(smallest_jacobian(grid, displacements(grid, {6, 64, seed})), 0.1) << "the default";
    EXPECT_GT(smallest_jacobian(grid, displacements(grid, {8, 64, seed})), 0)
        << "the most that a descriptor may ask for";
  }
}

TEST(Deformed, IsTheSameBitForBitWhateverTheNumberOfThreads) {
  const Geometry grid = oblique_geometry({31, 29, 17});
  const ImageVolume image = random_image(grid, 1);
  const LabelVolume label = random_label(grid, 5, 2);
  const Deformation deformation{3, 24, 77};
  const int threads = omp_get_max_threads();
  omp_set_num_threads(1);
  const ImageVolume alone = deformed(image, deformation);
  const LabelVolume label_alone = deformed(label, deformation);
  omp_set_num_threads(3);
  EXPECT_EQ(deformed(image, deformation).voxels, alone.voxels);
  EXPECT_EQ(deformed(label, deformation).voxels, label_alone.voxels);
  omp_set_num_threads(threads);
  EXPECT_NE(deformed(image, {3, 24, 78}).voxels, alone.voxels);
  EXPECT_EQ(alone.geometry.origin_lps_mm, grid.origin_lps_mm);
}

TEST(Deformed, ShowsAtEveryVoxelWhatLayDisplacedFromThere) {
  // A ramp of one a voxel is its own place, so that the result is voxel + displacement.
  const Geometry grid = oblique_geometry({30, 40, 20});
  const Deformation deformation{4, 32, 9};
  const std::vector<Real3> moved = displacements(grid, deformation);
  for (size_t axis = 0; axis < 3; ++axis) {
    ImageVolume ramp{grid, std::vector<float>(moved.size())};
    LabelVolume steps{grid, std::vector<uint8_t>(moved.size())};
    std::vector<double> expected(moved.size());
    const auto last = static_cast<double>(grid.extent_xyz[axis] - 1);
    for (int64_t z = 0; z < 20; ++z) {
      for (int64_t y = 0; y < 40; ++y) {
        for (int64_t x = 0; x < 30; ++x) {
          const auto i = size_t(ramp.index(x, y, z));
          const int64_t place = Int3{x, y, z}[axis];
          ramp.voxels[i] = static_cast<float>(place);
          steps.voxels[i] = static_cast<uint8_t>(place);
          expected[i] =
              std::clamp(double(place) + moved[i][axis] / grid.spacing_xyz_mm[axis], 0.0, last);
        }
      }
    }
    const ImageVolume image = deformed(ramp, deformation);
    const LabelVolume label = deformed(steps, deformation);
    for (size_t i = 0; i < moved.size(); ++i) {
      ASSERT_NEAR(image.voxels[i], expected[i], 1e-4);
      ASSERT_EQ(label.voxels[i], std::nearbyint(expected[i]));
    }
  }
}

TEST(Deformed, MovesALabelAsItsImage) {
  const Geometry grid = cube(60, 3);
  LabelVolume ball{grid, std::vector<uint8_t>(size_t(grid.voxel_count()))};
  for (int64_t z = 0; z < 60; ++z) {
    for (int64_t y = 0; y < 60; ++y) {
      for (int64_t x = 0; x < 60; ++x) {
        const int64_t from = (x - 30) * (x - 30) + (y - 30) * (y - 30) + (z - 30) * (z - 30);
        ball.voxels[size_t(ball.index(x, y, z))] = from < 20 * 20 ? 5 : 0;
      }
    }
  }
  ImageVolume image{grid, {ball.voxels.begin(), ball.voxels.end()}};
  const Deformation deformation{6, 64, 4};
  const LabelVolume label = deformed(ball, deformation);
  image = deformed(image, deformation);
  int64_t by_label = 0, by_image = 0, both = 0, stayed = 0, before = 0;
  for (size_t i = 0; i < label.voxels.size(); ++i) {
    ASSERT_TRUE(label.voxels[i] == 0 || label.voxels[i] == 5);
    const bool is_label = label.voxels[i] == 5, is_image = image.voxels[i] > 2.5F;
    by_label += is_label;
    by_image += is_image;
    both += is_label && is_image;
    before += ball.voxels[i] == 5;
    stayed += is_label && ball.voxels[i] == 5;
  }
  const auto dice = [](int64_t common, int64_t a, int64_t b) {
    return 2 * static_cast<double>(common) / static_cast<double>(a + b);
  };
  EXPECT_GT(dice(both, by_label, by_image), 0.97);
  EXPECT_LT(dice(stayed, by_label, before), 0.95) << "it has moved";
}

/// Mean Dice, over the classes that are there, of a label map against a deformation of it.
double template_dice(const LabelVolume& label, const Deformation& deformation) {
  const LabelVolume moved = deformed(label, deformation);
  std::array<double, 256> sizes{}, common{};
  for (size_t i = 0; i < label.voxels.size(); ++i) {
    ++sizes[label.voxels[i]];
    ++sizes[moved.voxels[i]];
    if (label.voxels[i] == moved.voxels[i]) ++common[label.voxels[i]];
  }
  double sum = 0;
  int classes = 0;
  for (size_t id = 1; id < sizes.size(); ++id) {
    if (sizes[id] == 0) continue;
    sum += 2 * common[id] / sizes[id];
    ++classes;
  }
  EXPECT_EQ(classes, 61);
  return sum / classes;
}

TEST(Deformed, LeavesARealTemplateTheDiceThatTheDatasDescriptionGives) {
  NMSW_SHARED_OR_SKIP(folder, "data/ct_a");
  const LabelVolume label = read_label(folder / "seg61.nii.gz");
  const std::array<std::array<double, 2>, 3> described{{{3, 0.72}, {6, 0.53}, {10, 0.37}}};
  for (const auto& [rms_mm, dice] : described) {
    double sum = 0;
    for (uint64_t seed = 0; seed < 4; ++seed) sum += template_dice(label, {rms_mm, 80, seed});
    EXPECT_NEAR(sum / 4, dice, 0.08) << rms_mm << " mm";
  }
}

}  // namespace
}  // namespace nmsw::datasets
