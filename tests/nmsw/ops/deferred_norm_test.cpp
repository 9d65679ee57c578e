#include "nmsw/ops/deferred_norm.h"

#include <gtest/gtest.h>

#include "nmsw/ops/norm_activation.h"

namespace nmsw {
namespace {

/// A few voxels of two items with four channels each, far from mean 0 and deviation 1.
Tensor some_volume() {
  torch::manual_seed(3);
  return 7 + 3 * torch::randn({2, 4, 3, 5, 2});
}

Tensor expected(const Tensor& volume, const Tensor& scale, const Tensor& offset) {
  const Tensor normed = torch::instance_norm(volume.to(torch::kDouble), {}, {}, {}, {}, true, 0,
                                             kInstanceNormEpsilon, false);
  return normed * scale.to(torch::kDouble).view({1, -1, 1, 1, 1}) +
         offset.to(torch::kDouble).view({1, -1, 1, 1, 1});
}

double difference(const Tensor& a, const Tensor& b) {
  return (a.to(torch::kDouble) - b).abs().max().item<double>();
}

TEST(ScaleNorm, GivesTheNormAScaleAndAnOffsetForEachChannel) {
  const torch::NoGradGuard no_grad;
  const Tensor volume = some_volume(), scale = torch::tensor({2.0F, -0.5F, 1.0F, 1e-6F}),
               offset = torch::tensor({-1.0F, 0.25F, 0.0F, 3.0F});
  DeferredNorm deferred = deferred_norm(volume, 1);
  scale_norm(deferred, scale, offset);
  EXPECT_LT(difference(settled(deferred), expected(volume, scale, offset)), 1e-5);
  deferred.slope = 0.1;
  EXPECT_LT(difference(settled(deferred), torch::leaky_relu(expected(volume, scale, offset), 0.1)),
            1e-5);
}

TEST(ScaleNorm, LeavesTheOffsetAloneWhereTheScaleIsZero) {
  const torch::NoGradGuard no_grad;
  const Tensor volume = some_volume(), scale = torch::zeros({4}),
               offset = torch::tensor({-1.0F, 0.0F, 2.0F, 100.0F});
  DeferredNorm deferred = deferred_norm(volume, 1);
  scale_norm(deferred, scale, offset);
  EXPECT_LT(difference(settled(deferred), expected(volume, scale, offset)), 1e-5);
}

TEST(ScaleNorm, ServesTheVolumeThatIsAddedToo) {
  const torch::NoGradGuard no_grad;
  const Tensor volume = some_volume(), other = 2 - some_volume(),
               scale = torch::tensor({2.0F, -0.5F, 0.0F, 1e-6F}),
               offset = torch::tensor({-1.0F, 0.25F, 3.0F, 3.0F});
  DeferredNorm one = deferred_norm(volume, 1), added = deferred_norm(other, 1);
  scale_norm(one, scale, offset);
  scale_norm(added, offset, scale);
  EXPECT_LT(difference(settled(sum_pending(one, added, 1)),
                       expected(volume, scale, offset) + expected(other, offset, scale)),
            1e-5);
}

TEST(ScaleNorm, RefusesOtherShapesAndVolumesWithoutANorm) {
  const Tensor volume = some_volume(), four = torch::ones({4}), three = torch::ones({3});
  DeferredNorm deferred = deferred_norm(volume, 1), plain{volume, {}, 1};
  EXPECT_THROW(scale_norm(deferred, three, four), ShapeError);
  EXPECT_THROW(scale_norm(deferred, four, three), ShapeError);
  EXPECT_THROW(scale_norm(plain, four, four), ShapeError);
}

}  // namespace
}  // namespace nmsw
