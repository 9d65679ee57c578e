#include "datasets/grid/orientation.h"

#include <algorithm>
#include <cmath>
#include <set>

#include <gtest/gtest.h>

#include "datasets/grid/geometry.h"
#include "datasets/image_io.h"
#include "tests/support/make_volume.h"
#include "tests/support/shared_data.h"

namespace nmsw::datasets {
namespace {

/// All 48 permutations with flips.
std::vector<AxisMap> all_axis_maps() {
  std::vector<AxisMap> maps;
  std::array<int, 3> permutation{0, 1, 2};
  do {
    for (unsigned flips = 0; flips < 8; ++flips) {
      maps.push_back({permutation, {(flips & 1U) != 0, (flips & 2U) != 0, (flips & 4U) != 0}});
    }
  } while (std::next_permutation(permutation.begin(), permutation.end()));
  return maps;
}

TEST(Orientation, EveryAxisOrderBecomesTheSameRasVolume) {
  const ImageVolume ras = to_ras(testing::random_image(testing::oblique_geometry({4, 5, 6}), 1));
  ASSERT_EQ(orientation_name(ras.geometry), "RAS");
  std::set<std::string> names;
  for (const AxisMap& map : all_axis_maps()) {
    const ImageVolume turned = apply_axis_map(ras, map);
    names.insert(orientation_name(turned.geometry));
    const ImageVolume back = to_ras(turned);
    EXPECT_EQ(back.voxels, ras.voxels);
    EXPECT_NO_THROW(require_same_grid(back.geometry, "back", ras.geometry, "ras"));
  }
  EXPECT_EQ(names.size(), 48U);
}

TEST(Orientation, AnAxisMapMovesEveryVoxelWithItsPlace) {
  const ImageVolume image = testing::random_image(testing::oblique_geometry({3, 4, 2}), 2);
  for (const AxisMap& map : all_axis_maps()) {
    const ImageVolume turned = apply_axis_map(image, map);
    for (int64_t z = 0; z < 2; ++z) {
      for (int64_t y = 0; y < 4; ++y) {
        for (int64_t x = 0; x < 3; ++x) {
          const Int3 from{x, y, z};
          Int3 to{};
          for (size_t a = 0; a < 3; ++a) {
            const auto source = static_cast<size_t>(map.source_axis[a]);
            to[a] = map.flipped[a] ? image.geometry.extent_xyz[source] - 1 - from[source]
                                   : from[source];
          }
          ASSERT_EQ(turned.voxels[static_cast<size_t>(turned.index(to[0], to[1], to[2]))],
                    image.voxels[static_cast<size_t>(image.index(x, y, z))]);
          const auto real = [](const Int3& i) -> Real3 {
            return {double(i[0]), double(i[1]), double(i[2])};
          };
          const Real3 p = world_position(image.geometry, real(from)),
                      q = world_position(turned.geometry, real(to));
          for (size_t a = 0; a < 3; ++a) ASSERT_NEAR(p[a], q[a], 1e-9);
        }
      }
    }
  }
}

TEST(Orientation, TheInverseMapUndoesExactly) {
  const LabelVolume label = testing::random_label(testing::oblique_geometry({3, 4, 5}), 9, 3);
  for (const AxisMap& map : all_axis_maps()) {
    EXPECT_EQ(apply_axis_map(apply_axis_map(label, map), inverse(map)).voxels, label.voxels);
    EXPECT_EQ(inverse(inverse(map)), map);
  }
}

TEST(Orientation, TheEightSharedFilesAreOneBrain) {
  NMSW_SHARED_OR_SKIP(folder, "data/orientation");
  const ImageVolume ras = read_image(folder / "RAS.nii.gz");
  EXPECT_EQ(ras.geometry.extent_xyz, (Int3{64, 79, 67}));
  int files = 0;
  for (const auto& entry : std::filesystem::directory_iterator(folder)) {
    SCOPED_TRACE(entry.path().filename().string());
    const ImageVolume image = read_image(entry.path());
    EXPECT_EQ(orientation_name(image.geometry), entry.path().filename().string().substr(0, 3));
    const ImageVolume turned = to_ras(image);
    EXPECT_EQ(turned.voxels, ras.voxels);
    EXPECT_NO_THROW(require_same_grid(turned.geometry, "turned", ras.geometry, "RAS"));
    for (size_t a = 0; a < 3; ++a)
      EXPECT_NEAR(turned.geometry.origin_lps_mm[a], ras.geometry.origin_lps_mm[a], 1e-3);
    EXPECT_EQ(apply_axis_map(turned, inverse(ras_axis_map(image.geometry))).voxels, image.voxels);
    ++files;
  }
  EXPECT_EQ(files, 8);
}

TEST(Orientation, AVolumeIsTurnedToTheAxesOfAGrid) {
  const ImageVolume image = testing::random_image(testing::oblique_geometry({3, 4, 2}), 5);
  for (const AxisMap& map : all_axis_maps()) {
    const ImageVolume stored = apply_axis_map(image, map);
    const ImageVolume turned = turned_to(image.geometry, stored);
    EXPECT_EQ(turned.voxels, image.voxels);
    EXPECT_NO_THROW(require_same_grid(turned.geometry, "turned", image.geometry, "image"));
  }
}

TEST(Geometry, ThePolarFactorOfAShearIsHalfTheTurn) {
  // Columns (1,0) and (sin s, cos s): by symmetry the nearest rotation turns each by s/2.
  constexpr double kShear = 0.3;
  const Matrix3 factor = polar_factor({1, std::sin(kShear), 0, 0, std::cos(kShear), 0, 0, 0, 1});
  const double c = std::cos(kShear / 2), s = std::sin(kShear / 2);
  const Matrix3 expected{c, s, 0, -s, c, 0, 0, 0, 1};
  for (size_t i = 0; i < 9; ++i) EXPECT_NEAR(factor[i], expected[i], 1e-12);
  const Matrix3 mirror{-1, 0, 0, 0, 1, 0, 0, 0, 1};
  EXPECT_EQ(polar_factor(mirror), mirror);
}

}  // namespace
}  // namespace nmsw::datasets
