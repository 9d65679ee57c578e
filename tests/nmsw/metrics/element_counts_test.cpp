#include "nmsw/metrics/element_counts.h"

#include <gtest/gtest.h>

#include <cmath>
#include <limits>
#include <map>
#include <utility>

#include "nmsw/base/seed.h"

namespace nmsw {
namespace {

TEST(ElementCounts, AreThoseOfAMapInItsOrder) {
  // By index; two weigh the same.
  const std::vector<double> weights{0.5, 2, 0.25, 2};
  for (const uint64_t different : {1, 30, 5000}) {
    ElementCounts counts, others;
    std::map<std::pair<double, double>, int64_t> want;
    uint64_t state = different;
    for (int64_t i = 0; i < 20000; ++i) {
      const uint64_t any = next_index(state, different);
      const double squared = any == 7 ? std::numeric_limits<double>::infinity()
                                      : 0.49 * static_cast<double>(any * any);
      const auto weight = static_cast<uint32_t>(next_index(state, weights.size()));
      (i % 3 == 0 ? others : counts).add(squared, weight);
      ++want[{std::sqrt(squared), weights[weight]}];
    }
    counts.add_all(others);
    std::map<std::pair<double, double>, int64_t> found;
    std::pair<double, double> last{-1, 0};
    for (const EqualElements& equal : counts.sorted(weights)) {
      const std::pair<double, double> key{equal.distance, equal.weight};
      EXPECT_LE(last, key);
      found[key] += equal.count;
      last = key;
    }
    EXPECT_EQ(found, want);
  }
}

TEST(ElementCounts, OfNothingAreNone) { EXPECT_TRUE(ElementCounts().sorted({1}).empty()); }

}  // namespace
}  // namespace nmsw
