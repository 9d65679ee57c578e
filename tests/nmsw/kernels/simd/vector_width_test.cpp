#include "nmsw/kernels/simd/vector_width.h"

#include <gtest/gtest.h>

#include <cmath>

#include "tests/support/sanitized.h"

namespace nmsw {
namespace {

// Only versions for instruction sets that have fused products round once.
constexpr float kFactor = 1 + 1.0F / 4096, kAddend = -(1 + 1.0F / 2048);

NMSW_EVERY_VECTOR_WIDTH float multiply_add(float a, float b, float c) { return a * b + c; }
NMSW_HALF_VECTORS float multiply_add_in_halves(float a, float b, float c) { return a * b + c; }

TEST(VectorWidth, IsTheBestThatTheProcessorHas) {
#if defined(__x86_64__)
  if (!__builtin_cpu_supports("avx2") || !__builtin_cpu_supports("fma")) {
    GTEST_SKIP() << "no AVX2 on this processor";
  }
  if (testing::kIsSanitized) GTEST_SKIP() << "products and sums are fused by the optimiser";
  EXPECT_EQ(multiply_add(kFactor, kFactor, kAddend), std::fma(kFactor, kFactor, kAddend));
  EXPECT_EQ(multiply_add_in_halves(kFactor, kFactor, kAddend), std::fma(kFactor, kFactor, kAddend));
#else
  GTEST_SKIP() << "versions for several instruction sets are made on x86-64 only";
#endif
}

}  // namespace
}  // namespace nmsw
