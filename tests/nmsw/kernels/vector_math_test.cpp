#include "nmsw/kernels/vector_math.h"

#include <gtest/gtest.h>

#include <cmath>

namespace nmsw {
namespace {

/// Sixteen numbers from `first` on, `step` apart.
void numbers_from(double first, double step, Lanes& to) {
  for (int64_t i = 0; i < kLanes; ++i) {
    to[i] = static_cast<float>(first + step * static_cast<double>(i));
  }
}

TEST(Gelu, IsXTimesTheNormalDistribution) {
  for (double first = -12; first < 12; first += 1.6) {
    Lanes x, y;
    numbers_from(first, 0.1, x);
    y = x;
    gelu(y);
    for (int64_t i = 0; i < kLanes; ++i) {
      const auto at = static_cast<double>(x[i]);
      EXPECT_NEAR(static_cast<double>(y[i]), 0.5 * at * std::erfc(-at / std::sqrt(2)),
                  3e-7 * std::fabs(at))
          << at;
    }
  }
}

TEST(Exponentiate, IsTheExponentialOfWhatIsNotPositive) {
  for (double first = -86; first < 0; first += 1.6) {
    Lanes x, y;
    numbers_from(first, 0.1, x);
    x = x < 0.0F ? x : Lanes{};
    y = x;
    exponentiate(y);
    for (int64_t i = 0; i < kLanes; ++i) {
      const double expected = std::exp(static_cast<double>(x[i]));
      EXPECT_NEAR(static_cast<double>(y[i]), expected, 3e-7 * expected) << x[i];
    }
  }
}

}  // namespace
}  // namespace nmsw
