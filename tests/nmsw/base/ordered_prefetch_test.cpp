#include "nmsw/base/ordered_prefetch.h"

#include <atomic>
#include <string>

#include <gtest/gtest.h>

namespace nmsw {
namespace {

int64_t ten_bytes(const std::string&) { return 10; }

class OrderedPrefetchTest : public ::testing::TestWithParam<int64_t> {};
INSTANTIATE_TEST_SUITE_P(Workers, OrderedPrefetchTest, ::testing::Values(0, 1, 3));

TEST_P(OrderedPrefetchTest, HandsOutEveryItemOnceAndInOrder) {
  std::atomic<int64_t> made{0};
  OrderedPrefetch<std::string> prefetch(3, 203,
                                        [&](int64_t index) {
                                          ++made;
                                          return std::to_string(index);
                                        },
                                        ten_bytes, {GetParam(), 5, 1000});
  for (int64_t i = 3; i < 203; ++i) EXPECT_EQ(prefetch.next(), std::to_string(i));
  EXPECT_EQ(made, 200);
  EXPECT_THROW(prefetch.next(), std::out_of_range);
}

TEST_P(OrderedPrefetchTest, ThrowsAFaultWhereItsItemWouldHaveCome) {
  OrderedPrefetch<std::string> prefetch(0, 10,
                                        [](int64_t index) {
                                          if (index == 4) throw std::runtime_error("item 4");
                                          return std::to_string(index);
                                        },
                                        ten_bytes, {GetParam(), 5, 1000});
  for (int64_t i = 0; i < 4; ++i) EXPECT_EQ(prefetch.next(), std::to_string(i));
  EXPECT_THROW(prefetch.next(), std::runtime_error);
  EXPECT_EQ(prefetch.next(), "5");
}

TEST_P(OrderedPrefetchTest, CanBeLeftAtAnyTime) {
  for (int64_t taken : {0, 1, 7}) {
    OrderedPrefetch<std::string> prefetch(0, 1000,
                                          [](int64_t index) { return std::to_string(index); },
                                          ten_bytes, {GetParam(), 5, 1000});
    for (int64_t i = 0; i < taken; ++i) EXPECT_EQ(prefetch.next(), std::to_string(i));
  }
}

TEST_P(OrderedPrefetchTest, ALargeItemIsMadeAlone) {
  OrderedPrefetch<std::string> prefetch(0, 20, [](int64_t index) { return std::to_string(index); },
                                        ten_bytes, {GetParam(), 5, 1});
  for (int64_t i = 0; i < 20; ++i) EXPECT_EQ(prefetch.next(), std::to_string(i));
}

/// Counts the items that are made, or being made, and not handed out yet.
struct Ahead {
  std::atomic<int64_t> now{0}, most{0};
  void add() {
    const int64_t current = ++now;
    int64_t seen = most;
    while (seen < current && !most.compare_exchange_weak(seen, current)) {
    }
  }
};

int64_t most_ahead(PrefetchLimits limits) {
  Ahead ahead;
  OrderedPrefetch<std::string> prefetch(
      0, 300,
      [&](int64_t index) {
        ahead.add();
        return std::to_string(index);
      },
      ten_bytes, limits);
  for (int64_t i = 0; i < 300; ++i) {
    prefetch.next();
    --ahead.now;
  }
  return ahead.most;
}

TEST(OrderedPrefetch, StaysWithinItsBounds) {
  // One more may be under way between its hand-out and the count here.
  EXPECT_LE(most_ahead({3, 4, 1000}), 5);
  EXPECT_LE(most_ahead({3, 100, 60}), 7);
}

TEST(OrderedPrefetch, CountsHowLongItsItemsAreWaitedFor) {
  double now_s = 0;
  OrderedPrefetch<std::string> prefetch(
      0, 3,
      [&](int64_t index) {
        now_s += static_cast<double>(index);
        return std::to_string(index);
      },
      ten_bytes, {0, 1, 1}, [] {}, [&] { return now_s; });
  for (int i = 0; i < 3; ++i) {
    prefetch.next();
    now_s += 100;
  }
  EXPECT_EQ(prefetch.waited_seconds(), 0 + 1 + 2);
}

TEST(OrderedPrefetch, BeginsEachWorkerOnce) {
  std::atomic<int> begun{0};
  {
    OrderedPrefetch<std::string> prefetch(
        0, 2, [](int64_t index) { return std::to_string(index); }, ten_bytes, {3, 4, 100},
        [&] { ++begun; });
    prefetch.next();
  }
  EXPECT_EQ(begun, 3);
}

}  // namespace
}  // namespace nmsw
