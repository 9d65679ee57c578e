#include "nmsw/ops/parallel_dynamic.h"

#include <gtest/gtest.h>

#include <vector>

namespace nmsw {
namespace {

TEST(DynamicRanges, DoesEveryPieceOnce) {
  const int threads = at::get_num_threads();
  for (const int of : {1, 2, 3}) {
    at::set_num_threads(of);
    for (const int64_t count : {0, 1, 2, 31, 1000}) {
      std::vector<std::atomic<int>> times(static_cast<size_t>(count));
      parallel_dynamic(count, [&](DynamicRanges& shared) {
        for (int64_t first, last; shared.next(first, last);) {
          EXPECT_LT(first, last);
          for (int64_t i = first; i < last; ++i) ++times[static_cast<size_t>(i)];
        }
      });
      for (const auto& time : times) EXPECT_EQ(time, 1);
    }
  }
  at::set_num_threads(threads);
}

TEST(DynamicRanges, LeavesNothingToAThreadThatDoesNotAsk) {
  DynamicRanges shared(100, 2);
  int64_t done = 0, parts = 0;
  for (int64_t first, last; shared.next(first, last); ++parts) {
    EXPECT_EQ(first, done);
    done = last;
  }
  EXPECT_EQ(done, 100);
  EXPECT_GT(parts, 2);
}

}  // namespace
}  // namespace nmsw
