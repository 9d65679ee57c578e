#include "datasets/preparation/plausible_grid.h"

#include <gmock/gmock.h>

#include "datasets/preparation/preprocess.h"
#include "nmsw/base/error.h"
#include "tests/support/expect_error.h"
#include "tests/support/make_volume.h"

namespace nmsw::datasets {
namespace {

using ::testing::AllOf;
using ::testing::HasSubstr;
using ::testing::IsEmpty;

PreprocessConfig to_spacing(double side) {
  PreprocessConfig config;
  config.spacing_xyz_mm = Real3{side, side, side};
  return config;
}

TEST(PlausibleGrid, TakesTheSpacingsOfScans) {
  for (const Real3& spacing : {Real3{0.8, 1.1, 2.5}, Real3{0.2, 0.2, 0.2}, Real3{5, 5, 10}}) {
    for (const PreprocessConfig& config : {PreprocessConfig{}, to_spacing(1)}) {
      const GridJudgement judged = judge_grid({100, 100, 100}, spacing, config);
      EXPECT_THAT(judged.fault, IsEmpty());
      EXPECT_THAT(judged.remark, IsEmpty());
    }
  }
  EXPECT_THAT(judge_grid({1, 1, 1}, {1, 1, 1}, to_spacing(3)).fault, IsEmpty());
  EXPECT_THAT(judge_grid({512, 512, 3}, {1, 1, 0.5}, to_spacing(3)).fault, IsEmpty())
      << "few slices may become one";
}

TEST(PlausibleGrid, SaysWhatIsUnusual) {
  EXPECT_THAT(judge_grid({64, 64, 20}, {1, 1, 12}, {}).remark,
              AllOf(HasSubstr("1 x 1 x 12 mm"), HasSubstr("CT has 0.2 to 10 mm")));
  EXPECT_THAT(judge_grid({64, 64, 20}, {1, 1, 12}, {}).fault, IsEmpty());
  EXPECT_THAT(judge_grid({512, 512, 400}, {8, 8, 8}, {}).remark, HasSubstr("4096 mm long"));
  EXPECT_THAT(judge_grid({64, 64, 64}, {0.1, 0.1, 0.1}, {}).remark, HasSubstr("0.1 x 0.1 x 0.1"));
}

TEST(PlausibleGrid, RefusesWhatCannotBeMeantWithWhatItWouldCost) {
  // (20 - 1) 80 + 1 = 1521, (18 - 1) 110 + 1 = 1871, (16 - 1) 250 + 1 = 3751; times 4 bytes.
  EXPECT_THAT(judge_grid({20, 18, 16}, {80, 110, 250}, to_spacing(1)).fault,
              AllOf(HasSubstr("80 x 110 x 250 mm: is the unit wrong?"),
                    HasSubstr("at 1 x 1 x 1 mm it would be 1521 x 1871 x 3751 voxels (39.8 GiB")));
  EXPECT_THAT(judge_grid({20, 18, 16}, {0.0008, 0.0008, 0.0008}, to_spacing(1)).fault,
              AllOf(HasSubstr("0.0008 x 0.0008 x 0.0008 mm"), HasSubstr("1 x 1 x 1 voxels")));
  EXPECT_THAT(judge_grid({20, 18, 16}, {800, 1100, 2500}, {}).fault, HasSubstr("800 x 1100 x 2500"))
      << "a unit of metres, and no target spacing";
  EXPECT_THAT(judge_grid({20, 18, 16}, {1, 1, 1e300}, to_spacing(1)).fault, HasSubstr("1e+300"));
  EXPECT_THAT(judge_grid({2000, 2000, 2000}, {10, 10, 10}, to_spacing(1)).fault,
              HasSubstr("19991 x 19991 x 19991 voxels"));
  EXPECT_THAT(judge_grid({20, 18, 4}, {1, 1, 0.1}, to_spacing(3)).fault, HasSubstr("x 1 voxels"))
      << "the scan would lose an axis";
}

TEST(PlausibleGrid, IsAskedForBeforeACaseIsPrepared) {
  ImageVolume image = testing::random_image(testing::oblique_geometry({6, 5, 4}), 1);
  for (const double side : {0.0008, 80.0}) {
    image.geometry.spacing_xyz_mm = {side, side, side};
    testing::expect_error<DataError>(
        [&] { prepare_case("scan.nii.gz", image, nullptr, to_spacing(1), {}); },
        {"scan.nii.gz: voxels of", "is the unit wrong?"});
  }
}

}  // namespace
}  // namespace nmsw::datasets
