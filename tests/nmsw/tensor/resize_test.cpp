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

TEST(ResizeTrilinear, ByProductsGivesTheSameValuesAndGradients) {
  torch::manual_seed(3);
  const Tensor image = torch::randn({2, 3, 5, 4, 6});
  for (const Int3 to : {Int3{15, 8, 24}, Int3{7, 3, 6}, Int3{2, 1, 13}}) {
    Tensor by_products = image.clone().requires_grad_(), direct = image.clone().requires_grad_();
    const Tensor a = resize_trilinear_by_products(by_products, to),
                 b = resize_trilinear(direct, to);
    ASSERT_EQ(a.sizes(), b.sizes());
    EXPECT_TRUE(testing::close(a, b, 3e-6, 0));
    const Tensor weight = torch::randn(b.sizes());
    (a * weight).sum().backward();
    (b * weight).sum().backward();
    EXPECT_TRUE(testing::close(by_products.grad(), direct.grad(), 0, 1e-5));
  }
}

TEST(UpsampleBox, RefusesABoxThatLeavesTheVolume) {
  const Tensor coarse = torch::zeros({1, 1, 2, 2, 2});
  EXPECT_THROW(upsample_box(coarse, {4, 4, 4}, {0, 0, 1}, {4, 4, 4}), ShapeError);
  EXPECT_THROW(upsample_box(coarse, {4, 4, 4}, {-1, 0, 0}, {2, 2, 2}), ShapeError);
}

}  // namespace
}  // namespace nmsw
