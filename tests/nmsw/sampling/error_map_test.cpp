#include "nmsw/sampling/error_map.h"

#include <gtest/gtest.h>

#include <cmath>

#include "tests/support/golden.h"

namespace nmsw {
namespace {

using testing::close;

TEST(ErrorMap, CountsTheWrongVoxelsOfEachPatch) {
  torch::manual_seed(1);
  const PatchGrid grid = patch_grid({8, 12, 9}, {4, 4, 4}, 0.5);
  // On the full grid a coarse voxel is a voxel.
  const Tensor logits = torch::randn({1, 3, 8, 12, 9});
  const Tensor label = torch::randint(0, 3, {1, 1, 8, 12, 9}).to(torch::kByte);
  const Tensor shares = wrong_shares(logits, label, grid);
  const Tensor wrong = logits.argmax(1)[0].ne(label[0][0].to(torch::kLong)).to(torch::kDouble);
  for (int64_t p = 0; p < grid.count(); ++p) {
    const Int3 start = grid.starts_dhw[static_cast<size_t>(p)];
    const Tensor box = wrong.narrow(0, start[0], 4).narrow(1, start[1], 4).narrow(2, start[2], 4);
    EXPECT_NEAR(shares[p].item<double>(), box.mean().item<double>(), 1e-12) << p;
  }
}

TEST(ErrorMap, IsNoneWhereThePredictionIsRightAndAllWhereItIsWrong) {
  const PatchGrid grid = patch_grid({16, 16, 24}, {8, 8, 8}, 0.5);
  const Tensor label = torch::ones({1, 1, 5, 5, 8}, torch::kByte);
  Tensor logits = torch::zeros({1, 2, 5, 5, 8});
  EXPECT_TRUE(close(wrong_shares(logits, label, grid), torch::ones({grid.count()}), 1e-9, 0))
      << "also on a coarse grid that does not divide the volume";
  logits.select(1, 1).fill_(1);
  EXPECT_EQ(wrong_shares(logits, label, grid).abs().max().item<double>(), 0);
}

TEST(ErrorMap, IsLearnedByBinaryCrossEntropy) {
  const Tensor scores = torch::tensor({{0.3, -2.0}}, torch::kDouble).requires_grad_();
  const Tensor shares = torch::tensor({0.25, 0.0}, torch::kDouble);
  const Tensor loss = error_map_loss(scores, shares);
  const double first = 1 / (1 + std::exp(-0.3)), second = 1 / (1 + std::exp(2.0));
  EXPECT_NEAR(loss.item<double>(),
              -(0.25 * std::log(first) + 0.75 * std::log(1 - first) + std::log(1 - second)) / 2,
              1e-12);
  loss.backward();
  EXPECT_NEAR(scores.grad()[0][0].item<double>(), (first - 0.25) / 2, 1e-12);
  EXPECT_NEAR(scores.grad()[0][1].item<double>(), second / 2, 1e-12);
}

}  // namespace
}  // namespace nmsw
