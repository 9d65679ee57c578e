#include "nmsw/tensor/resize.h"

#include "nmsw/tensor/patch_ops.h"
#include "tests/support/golden.h"

namespace nmsw {
namespace {

TEST(UpsampleBox, IsACropOfTheWholeBroughtUpWhetherARateDividesTheExtentOrNot) {
  torch::manual_seed(2);
  const Tensor coarse = torch::randn({1, 2, 4, 5, 3});
  for (const Int3 extent : {Int3{12, 10, 12}, Int3{13, 11, 14}}) {
    const Tensor whole = resize_trilinear(coarse, extent);
    for (const Int3 start : {Int3{0, 0, 0}, Int3{6, 2, 5}, Int3{11, 9, 11}}) {
      for (const Int3 size : {Int3{1, 1, 1}, Int3{5, 7, 6}, extent}) {
        Int3 inside = size;
        for (size_t axis = 0; axis < 3; ++axis) {
          inside[axis] = std::min(size[axis], extent[axis] - start[axis]);
        }
        EXPECT_TRUE(testing::close(upsample_box(coarse, extent, start, inside),
                                   crop(whole, start, inside), 2e-6, 0));
      }
    }
  }
}

TEST(UpsampleBox, RefusesABoxThatLeavesTheVolume) {
  const Tensor coarse = torch::zeros({1, 1, 2, 2, 2});
  EXPECT_THROW(upsample_box(coarse, {4, 4, 4}, {0, 0, 1}, {4, 4, 4}), ShapeError);
  EXPECT_THROW(upsample_box(coarse, {4, 4, 4}, {-1, 0, 0}, {2, 2, 2}), ShapeError);
}

}  // namespace
}  // namespace nmsw
