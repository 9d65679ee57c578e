#include "nmsw/kernels/norm/mean_rstd.h"

#include <gtest/gtest.h>

#include <cmath>

namespace nmsw {
namespace {

MomentSums sums_of(const std::vector<double>& values) {
  MomentSums sums;
  for (const double value : values) sums.add({1, value, 0});
  return sums;
}

TEST(MomentSums, OfPartsAreThoseOfTheWhole) {
  MomentSums together = sums_of({1, 2});
  together.add(sums_of({3, 4, 10}));
  together.add({});
  EXPECT_EQ(together.count, 5);
  EXPECT_DOUBLE_EQ(together.mean, 4);
  EXPECT_DOUBLE_EQ(together.squares, 9 + 4 + 1 + 0 + 36);
  const Moments moments = together.moments(0.25);
  EXPECT_FLOAT_EQ(moments.mean, 4);
  EXPECT_FLOAT_EQ(moments.inverse_deviation, static_cast<float>(1 / std::sqrt(10.25)));
}

TEST(LaneMoments, KeepTheirDigitsFarFromZero) {
  LaneMoments<Lanes> lanes;
  lanes.shift = 1e6F;
  Lanes values = Lanes{} + 1e6F;
  for (int64_t lane = 0; lane < 5; ++lane) values[lane] += static_cast<float>(lane);
  lanes.add(values, 5);  // what lies behind the fifth does not count
  const MomentSums sums = lanes.sums();
  EXPECT_EQ(sums.count, 5);
  EXPECT_DOUBLE_EQ(sums.mean, 1e6 + 2);
  EXPECT_DOUBLE_EQ(sums.squares, 4 + 1 + 0 + 1 + 4);
}

}  // namespace
}  // namespace nmsw
