#include "nmsw/model/global_view.h"

#include <gtest/gtest.h>

#include "nmsw/backbones/unet.h"
#include "nmsw/model/score_head.h"
#include "nmsw/tensor/resize.h"
#include "tests/support/golden.h"

namespace nmsw {
namespace {

std::shared_ptr<UNet> network() {
  torch::manual_seed(5);
  auto unet = std::make_shared<UNet>(UNetConfig{{4, 8, 8}, {2, 2, 1}}, 1, 3);
  unet->eval();
  return unet;
}

TEST(GlobalView, PadsTheSmallVolumeAloneAndCutsTheLogitsBack) {
  const auto unet = network();  // takes multiples of 4
  const torch::NoGradGuard no_grad;
  const Tensor volume = torch::randn({1, 1, 37, 29, 33});  // 18, 14, 16 at half the size
  const GlobalView view = global_view(volume, *unet, {{16, 16, 16}, {2, 2, 2}, 0.5, -0.25});
  EXPECT_EQ(extent_dhw(view.image), (Int3{18, 14, 16}));
  const Tensor padded =
      torch::constant_pad_nd(resize_trilinear(volume, {18, 14, 16}), {0, 0, 0, 2, 0, 2}, -0.25);
  const Tensor expected = unet->forward(padded).logits.narrow(2, 0, 18).narrow(3, 0, 14);
  EXPECT_TRUE(torch::equal(view.logits, expected));
  EXPECT_EQ(extent_dhw(view.feature), (Int3{10, 8, 8}));
  EXPECT_EQ(view.filled_dhw, (std::array<double, 3>{18.0 / 20, 14.0 / 16, 1}));
}

TEST(GlobalView, RefusesAVolumeThatVanishes) {
  const auto unet = network();
  EXPECT_THROW(global_view(torch::zeros({1, 1, 8, 1, 8}), *unet, {{4, 4, 4}, {2, 2, 2}, 0.5}),
               ShapeError);
}

/// A feature that is its own place along each axis is sampled where the patches' cells are, padding
/// or not.
TEST(ScoreHead, SamplesThePartOfTheFeatureThatTheVolumeFills) {
  for (const ScorePositions positions : {ScorePositions::uniform, ScorePositions::patch_centre}) {
    torch::manual_seed(1);
    ScoreHead head(3, positions);
    const PatchGrid grid = patch_grid({32, 24, 24}, {16, 16, 16}, 0.5);
    const auto ramp = [](Int3 extent) {  // in units of feature voxels
      const auto along = [&](size_t axis) {
        std::vector<int64_t> shape{1, 1, 1};
        shape[axis] = -1;
        return torch::arange(extent[axis], torch::kFloat)
            .view(shape)
            .expand({extent[0], extent[1], extent[2]});
      };
      return torch::stack({along(0), along(1), along(2)}).unsqueeze(0);
    };
    const Tensor alone = head.forward(ramp({16, 12, 12}), grid);
    const Tensor padded = head.forward(ramp({20, 16, 12}), grid, {16.0 / 20, 12.0 / 16, 1});
    EXPECT_TRUE(testing::close(padded, alone, 1e-5, 1e-5));
    EXPECT_GT((alone - alone.mean()).abs().max().item<double>(), 1e-3);
  }
}

}  // namespace
}  // namespace nmsw
