#include "nmsw/training/class_overlap.h"

#include <cmath>

#include <gtest/gtest.h>
#include <torch/torch.h>

namespace nmsw {
namespace {

Tensor classes(const std::vector<int64_t>& values) {
  return torch::tensor(values, torch::kLong).to(torch::kByte).view({1, 1, 1, 2, 4});
}

TEST(ClassOverlap, CountsLabelPredictionAndBoth) {
  const Tensor overlap =
      class_overlap(classes({0, 1, 1, 2, 2, 2, 0, 0}), classes({0, 1, 2, 2, 2, 0, 1, 0}), 4);
  EXPECT_TRUE(
      overlap.equal(torch::tensor({{3, 2, 3, 0}, {3, 2, 3, 0}, {2, 1, 2, 0}}, torch::kLong)));
  const std::vector<double> dice = dice_of_overlap(overlap);
  ASSERT_EQ(dice.size(), 3u);
  EXPECT_DOUBLE_EQ(dice[0], 2.0 * 1 / 4);
  EXPECT_DOUBLE_EQ(dice[1], 2.0 * 2 / 6);
  EXPECT_TRUE(std::isnan(dice[2]));
}

/// Several cases are one: no mean of means.
TEST(ClassOverlap, AddsUp) {
  const Tensor sum =
      class_overlap(classes({1, 1, 1, 1, 0, 0, 0, 0}), classes({1, 1, 1, 1, 0, 0, 0, 0}), 2) +
      class_overlap(classes({0, 0, 0, 0, 0, 0, 0, 0}), classes({1, 1, 0, 0, 0, 0, 0, 0}), 2);
  EXPECT_DOUBLE_EQ(dice_of_overlap(sum).at(0), 2.0 * 4 / (4 + 6));
}

}  // namespace
}  // namespace nmsw
