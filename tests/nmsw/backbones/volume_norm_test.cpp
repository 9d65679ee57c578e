#include "nmsw/backbones/volume_norm.h"

#include "nmsw/ops/library_norm.h"
#include "tests/support/golden.h"

namespace nmsw {
namespace {

using testing::close;

TEST(VolumeNorm, OfABatchIsLibTorchsAndKeepsRunningMoments) {
  torch::manual_seed(2);
  VolumeNorm norm(3, NormKind::batch);
  torch::nn::BatchNorm3d expected(3);
  for (int64_t step = 0; step < 3; ++step) {
    const Tensor x = 2 * torch::randn({2, 3, 4, 5, 6}) + 1;
    EXPECT_TRUE(torch::equal(norm->forward(x), expected->forward(x)));
  }
  norm->eval();
  expected->eval();
  const Tensor x = torch::randn({1, 3, 4, 5, 6});
  EXPECT_TRUE(torch::equal(norm->forward(x), expected->forward(x)));
  EXPECT_EQ(norm->named_buffers().keys(), expected->named_buffers().keys());
}

TEST(VolumeNorm, OfAnInstanceIsTheSameInTrainingAndWithoutBuffers) {
  torch::manual_seed(2);
  VolumeNorm norm(3, NormKind::instance);
  EXPECT_TRUE(norm->buffers().empty());
  const torch::NoGradGuard no_grad;
  for (Tensor& parameter : norm->parameters()) parameter.uniform_();
  const Tensor x = 2 * torch::randn({2, 3, 4, 5, 6}) + 1;
  const Tensor trained = norm->forward(x);
  EXPECT_TRUE(torch::equal(trained, library_norm(x, norm->parameters()[0], norm->parameters()[1])));
  norm->eval();
  EXPECT_TRUE(torch::equal(norm->forward(x), trained));
}

TEST(VolumeNorm, RefusesToTrainOnOneValueAChannel) {
  VolumeNorm batch(3, NormKind::batch), instance(3, NormKind::instance);
  const Tensor x = torch::randn({1, 3, 1, 1, 1});
  EXPECT_THROW(batch->forward(x), ShapeError);
  EXPECT_NO_THROW(instance->forward(x));
  EXPECT_NO_THROW(batch->forward(x.expand({2, 3, 1, 1, 1})));
  batch->eval();
  EXPECT_NO_THROW(batch->forward(x));
}

}  // namespace
}  // namespace nmsw
