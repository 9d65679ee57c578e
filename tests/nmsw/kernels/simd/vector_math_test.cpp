#include "nmsw/kernels/simd/vector_math.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>

namespace nmsw {
namespace {

/// Sixteen numbers from `first` on, `step` apart.
void numbers_from(double first, double step, Lanes& to) {
  for (int64_t i = 0; i < kLanes; ++i) {
    to[i] = static_cast<float>(first + step * static_cast<double>(i));
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

template <int64_t kDegree>
void expect_powers_of_two(double tolerance) {
  for (double first = -126; first < 0; first += 1.57) {
    Lanes x, y;
    numbers_from(first, 0.1, x);
    x = x < 0.0F ? x : Lanes{};
    y = x;
    raise_two<kDegree>(y);
    for (int64_t i = 0; i < kLanes; ++i) {
      const double expected = std::exp2(static_cast<double>(x[i]));
      EXPECT_NEAR(static_cast<double>(y[i]), expected, tolerance * expected) << x[i];
    }
  }
  Lanes far = Lanes{} - 1e30F;
  raise_two<kDegree>(far);
  EXPECT_LT(far[0], 1e-37F);
  EXPECT_GT(far[0], 0.0F);
}

TEST(RaiseTwo, IsThePowerOfWhatIsNotPositive) {
  expect_powers_of_two<5>(2e-7);
  expect_powers_of_two<3>(1.1e-4);
}

}  // namespace
}  // namespace nmsw
