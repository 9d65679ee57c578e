#include <gtest/gtest.h>

#include "nmsw/profiling/device_peak.h"
#include "nmsw/profiling/peak_memory.h"
#include "nmsw/profiling/stopwatch.h"
#include "nmsw/tensor/tensor_memory.h"

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

Tensor mebibytes(int64_t count) { return torch::empty({count << 20}, torch::kByte); }

TEST(DevicePeak, IsTheMostThatTensorsTakeAtOnceWhileItLives) {
  constexpr int64_t kMiB = 1 << 20;
  const HeapMemory heap;
  const DevicePeak peak(torch::kCPU, true), elsewhere(torch::Device(torch::kCUDA, 0), true);
  EXPECT_EQ(peak.bytes(), 0);
  {
    const DevicePeak inner(torch::kCPU, true), inactive(torch::kCPU, false);
    Tensor first = mebibytes(8);
    const int64_t with_first = inner.bytes();
    EXPECT_GE(with_first, 8 * kMiB);
    const Tensor second = mebibytes(16);
    EXPECT_EQ(inner.bytes(), with_first + 16 * kMiB);
    first = Tensor();
    const Tensor third = mebibytes(4);
    EXPECT_EQ(inner.bytes(), with_first + 16 * kMiB) << "20 MiB are no more than 24";
    EXPECT_EQ(inactive.bytes(), 0);
  }
  EXPECT_EQ(peak.bytes(), 0) << "another one has taken over";
  EXPECT_EQ(elsewhere.bytes(), 0) << "the memory was another device's";
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
