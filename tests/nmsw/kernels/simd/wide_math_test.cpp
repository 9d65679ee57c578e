#include "nmsw/kernels/simd/wide_math.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>

namespace nmsw {
namespace {

NMSW_WIDE_VECTORS void raise_two_wide(const float* from, float* to) {
  Lanes x;
  std::memcpy(&x, from, sizeof(x));
  raise_two_fast<5>(x);
  std::memcpy(to, &x, sizeof(x));
}

NMSW_WIDE_VECTORS void largest_wide(const float* from, float* most) {
  Lanes x, largest;
  std::memcpy(&x, from, sizeof(x));
  std::memcpy(&largest, most, sizeof(largest));
  raise_to(x, largest);
  std::memcpy(most, &largest, sizeof(largest));
}

TEST(WideMath, RaisesTwoToWhatIsNotPositive) {
  if (!has_many_registers()) GTEST_SKIP() << "this processor has no AVX-512";
  for (float first = -125; first <= -1.5F; first += 1.37F) {
    float x[kLanes], power[kLanes];
    for (int64_t i = 0; i < kLanes; ++i) x[i] = first + 0.1F * static_cast<float>(i);
    raise_two_wide(x, power);
    for (int64_t i = 0; i < kLanes; ++i) {
      const double expected = std::exp2(static_cast<double>(x[i]));
      EXPECT_NEAR(static_cast<double>(power[i]), expected, 2e-7 * expected) << x[i];
    }
  }
  float far[kLanes] = {-1e30F, -200, 0}, power[kLanes];
  raise_two_wide(far, power);
  EXPECT_EQ(power[0], 0);
  EXPECT_EQ(power[1], 0);
  EXPECT_EQ(power[2], 1);
}

TEST(WideMath, KeepsTheLargest) {
  if (!has_many_registers()) GTEST_SKIP() << "this processor has no AVX-512";
  float x[kLanes], most[kLanes];
  for (int64_t i = 0; i < kLanes; ++i) {
    x[i] = static_cast<float>(i % 3) - 1;
    most[i] = 0;
  }
  largest_wide(x, most);
  for (int64_t i = 0; i < kLanes; ++i) EXPECT_EQ(most[i], std::max(x[i], 0.0F)) << i;
}

TEST(WideMath, OfHalfAVectorIsTheUsualKind) {
  HalfLanes x{}, usual{};
  for (int64_t i = 0; i < kHalfLanes; ++i) x[i] = usual[i] = -0.3F * static_cast<float>(i);
  raise_two_fast<3>(x);
  raise_two<3>(usual);
  for (int64_t i = 0; i < kHalfLanes; ++i) EXPECT_EQ(x[i], usual[i]);
}

}  // namespace
}  // namespace nmsw
