#include <gtest/gtest.h>

#include "nmsw/profiling/peak_memory.h"
#include "nmsw/profiling/stopwatch.h"

namespace nmsw {
namespace {

TEST(Stopwatch, SummarisesByMedianAndQuartiles) {
  const TimeSummary summary = summarise({5, 1, 3, 2, 4});
  EXPECT_DOUBLE_EQ(summary.median_s, 3);
  EXPECT_DOUBLE_EQ(summary.iqr_s, 2);
  EXPECT_EQ(summary.repeats, 5);
}

TEST(Stopwatch, LeavesWarmUpOut) {
  int runs = 0;
  const TimeSummary summary = measure([&] { ++runs; }, 2, 3, torch::kCPU);
  EXPECT_EQ(runs, 5);
  EXPECT_EQ(summary.repeats, 3);
}

TEST(PeakMemory, GrowsWithAllocations) {
  reset_peak_host_bytes();
  const int64_t before = peak_host_bytes();
  std::vector<char> block(256 << 20, 1);
  EXPECT_GE(peak_host_bytes(), before + (128 << 20));
  EXPECT_EQ(block.back(), 1);
}

}  // namespace
}  // namespace nmsw
