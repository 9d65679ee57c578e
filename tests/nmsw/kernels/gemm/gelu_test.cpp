#include "nmsw/kernels/gemm/gelu.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>

namespace nmsw {
namespace {

template <bool kRough, class Floats>
NMSW_INLINE void gelu_of(const float* from, float* to) {
  Floats x;
  std::memcpy(&x, from, sizeof(x));
  kRough ? rough_gelu(x) : gelu(x);
  std::memcpy(to, &x, sizeof(x));
}

NMSW_WIDE_VECTORS void gelu_wide(const float* x, float* y) { gelu_of<false, Lanes>(x, y); }
NMSW_WIDE_VECTORS void rough_wide(const float* x, float* y) { gelu_of<true, Lanes>(x, y); }
void gelu_halves(const float* x, float* y) { gelu_of<false, HalfLanes>(x, y); }
void rough_halves(const float* x, float* y) { gelu_of<true, HalfLanes>(x, y); }

/// tolerance(x) for the number x.
template <class Tolerance>
void expect_gelu(void (*function)(const float*, float*), int64_t lanes, Tolerance tolerance) {
  constexpr double kStep = 1.0 / 256;  // finds the ends and the middles of pieces
  for (double first = -12; first < 12; first += kStep * static_cast<double>(lanes)) {
    float x[kLanes], y[kLanes];
    for (int64_t i = 0; i < lanes; ++i) {
      x[i] = static_cast<float>(first + kStep * static_cast<double>(i));
    }
    function(x, y);
    for (int64_t i = 0; i < lanes; ++i) {
      const auto at = static_cast<double>(x[i]);
      ASSERT_NEAR(static_cast<double>(y[i]), 0.5 * at * std::erfc(-at / std::sqrt(2)),
                  tolerance(at))
          << at;
    }
  }
}

double fine(double x) { return 1.5e-6 * std::fabs(x); }
double rough(double x) { return 5e-5 * std::max(1.0, std::fabs(x)); }

TEST(Gelu, IsXTimesTheNormalDistribution) {
  expect_gelu(gelu_halves, kHalfLanes, fine);
  expect_gelu(rough_halves, kHalfLanes, rough);
}

TEST(Gelu, IsTheSameByPieces) {
  if (!has_many_registers()) GTEST_SKIP() << "this processor has no AVX-512";
  expect_gelu(gelu_wide, kLanes, fine);
  expect_gelu(rough_wide, kLanes, rough);
}

TEST(Gelu, OfWhatIsFarAwayIsThatOrNothing) {
  const float x[kLanes] = {1e30F, -1e30F, 1e4F, -1e4F, NAN};
  float y[kLanes];
  const auto expect = [&](int64_t count) {
    EXPECT_FLOAT_EQ(y[0], 1e30F) << count;
    EXPECT_NEAR(y[1] / 1e30F, 0, 2e-7) << count;
    EXPECT_FLOAT_EQ(y[2], 1e4F) << count;
    EXPECT_NEAR(y[3], 0, 2e-3) << count;
    EXPECT_TRUE(std::isnan(y[4])) << count;
  };
  gelu_halves(x, y);
  expect(kHalfLanes);
  if (!has_many_registers()) return;
  gelu_wide(x, y);
  expect(kLanes);
}

}  // namespace
}  // namespace nmsw
