#include "datasets/exports/class_volumes.h"

#include <gtest/gtest.h>

#include "tests/support/expect_error.h"
#include "tests/support/make_volume.h"

namespace nmsw::datasets {
namespace {

TEST(ClassVolumes, AreWhatCountingVoxelByVoxelGives) {
  const Geometry grid = testing::oblique_geometry({9, 8, 7});
  const ImageVolume image = testing::random_image(grid, 5);
  const LabelVolume label = testing::random_label(grid, 5, 6);
  const std::vector<std::string> classes{"a", "b", "c", "d", "absent"};
  const auto volumes = class_volumes(image, label, classes);
  ASSERT_EQ(volumes.size(), classes.size());
  for (size_t c = 0; c < classes.size(); ++c) {
    int64_t count = 0, sum = 0;  // the intensities are whole numbers
    for (int64_t z = 0; z < 7; ++z) {
      for (int64_t y = 0; y < 8; ++y) {
        for (int64_t x = 0; x < 9; ++x) {
          const auto at = static_cast<size_t>(x + 9 * (y + 8 * z));
          if (label.voxels[at] != c + 1) continue;
          ++count;
          sum += static_cast<int64_t>(image.voxels[at]);
        }
      }
    }
    EXPECT_EQ(volumes[c].class_index, static_cast<int64_t>(c) + 1);
    EXPECT_EQ(volumes[c].class_name, classes[c]);
    EXPECT_EQ(volumes[c].voxels, count);
    EXPECT_NEAR(volumes[c].volume_ml, static_cast<double>(count) * 0.75 * 1.25 * 2.5 / 1000, 1e-12);
    EXPECT_EQ(volumes[c].mean_intensity.has_value(), count > 0);
    if (count > 0) {
      EXPECT_NEAR(*volumes[c].mean_intensity, static_cast<double>(sum) / static_cast<double>(count),
                  1e-9);
    }
  }
  EXPECT_FALSE(volumes[4].mean_intensity);
}

TEST(ClassVolumes, LabelsAboveTheLastClassAreNotCounted) {
  const Geometry grid = testing::oblique_geometry({4, 4, 4});
  const auto volumes =
      class_volumes(testing::random_image(grid, 5), testing::random_label(grid, 256, 6), {"one"});
  EXPECT_EQ(volumes.size(), 1u);
}

TEST(ClassVolumes, AnImageOfAnotherSizeIsRefused) {
  testing::expect_error<ShapeError>(
      [] {
        class_volumes(testing::random_image(testing::oblique_geometry({4, 4, 4}), 5),
                      testing::random_label(testing::oblique_geometry({4, 4, 3}), 2, 6), {"one"});
      },
      {"64", "48"});
}

TEST(ClassVolumes, TheCsvHoldsNoFormula) {
  const std::string text =
      class_volumes_csv("=cmd()", {{1, "a,b", 1000, 1.5, -12.25}, {2, "@x", 0, 0, std::nullopt}});
  EXPECT_EQ(text,
            "case,class_index,class,voxels,volume_ml,mean_intensity\n"
            "'=cmd(),1,\"a,b\",1000,1.5,-12.25\n'=cmd(),2,'@x,0,0,\n");
}

}  // namespace
}  // namespace nmsw::datasets
