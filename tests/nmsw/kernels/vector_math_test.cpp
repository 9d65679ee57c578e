#include "nmsw/kernels/vector_math.h"

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

/// tolerance(x) for the number x.
template <class Tolerance>
void expect_gelu(void (*function)(Lanes&), Tolerance tolerance) {
  for (double first = -12; first < 12; first += 1.6) {
    Lanes x, y;
    numbers_from(first, 0.1, x);
    y = x;
    function(y);
    for (int64_t i = 0; i < kLanes; ++i) {
      const auto at = static_cast<double>(x[i]);
      EXPECT_NEAR(static_cast<double>(y[i]), 0.5 * at * std::erfc(-at / std::sqrt(2)),
                  tolerance(at))
          << at;
    }
  }
}

TEST(Gelu, IsXTimesTheNormalDistribution) {
  expect_gelu([](Lanes& x) { gelu(x); }, [](double x) { return 1.5e-6 * std::fabs(x); });
}

TEST(Gelu, MayBeRough) {
  expect_gelu([](Lanes& x) { rough_gelu(x); },
              [](double x) { return 5e-5 * std::max(1.0, std::fabs(x)); });
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
