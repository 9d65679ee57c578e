#include "nmsw/kernels/simd/fma_products.h"

#include <gtest/gtest.h>

#include <vector>

#include "nmsw/kernels/simd/vector_math.h"
#include "tests/support/numbers.h"

namespace nmsw {
namespace {

using testing::numbers;
using testing::seen_as;

/// What both ways of multiplying pairs are given.
struct Pairs {
  std::vector<float> first = numbers(kLanes, 0.1), second = numbers(kLanes, 0.9),
                     before = numbers(kLanes, 0.4);
  float weights[2] = {0.7123F, -1.9371F};
  PairLanes values;
  Lanes sum;
  Pairs() {
    Lanes one, other;
    load_lanes(first.data(), kLanes, one);
    load_lanes(second.data(), kLanes, other);
    load_lanes(before.data(), kLanes, sum);
    pair_lanes(one, other, values);
  }

  void expect_sums() const {
    for (int64_t i = 0; i < kLanes; ++i) {
      const auto at = static_cast<size_t>(i);
      const auto term = [](float weight, float value) {
        return static_cast<double>(seen_as<Bf16Pair>(weight)) *
               static_cast<double>(seen_as<Bf16Pair>(value));
      };
      EXPECT_NEAR(static_cast<double>(sum[i]),
                  static_cast<double>(before[at]) + term(weights[0], first[at]) +
                      term(weights[1], second[at]),
                  4e-7);
    }
  }
};

TEST(Bf16Pairs, AreRoundedToTheNearestTiesToEven) {
  // 1 + 2^-8 lies between 1 and 1 + 2^-7, 1 + 3·2^-8 between 1 + 2^-7 and 1 + 2^-6.
  const Lanes first = Lanes{} + (1 + 1.0F / 256), second = Lanes{} + -(1 + 3.0F / 256);
  PairLanes pairs;
  pair_lanes(first, second, pairs);
  EXPECT_EQ(pairs[0], 0xBF823F80U);
  EXPECT_EQ(pairs[15], 0xBF823F80U);
  const float numbers[] = {1 + 1.0F / 256, -(1 + 3.0F / 256)};
  EXPECT_EQ(element_of<Bf16Pair>(numbers), 0xBF823F80U);
  EXPECT_EQ(element_of<float>(numbers), numbers[0]);
}

/// The same pairs by one of the ways to make them.
template <class Products>
NMSW_INLINE void store_numbers(Bf16Pair* to) {
  Lanes channels[2];
  load_lanes(numbers(kLanes, 0.1).data(), kLanes, channels[0]);
  load_lanes(numbers(kLanes, 0.9).data(), kLanes, channels[1]);
  channels[0][3] = 1 + 1.0F / 256;
  Products::store(channels, to);
}

NMSW_BF16_INSTRUCTIONS void store_by_instruction(Bf16Pair* to) {
  store_numbers<Bf16DotProducts>(to);
}

TEST(Bf16Pairs, AreTheSameByTheInstruction) {
  if (!has(Instructions::bf16)) GTEST_SKIP() << "no bfloat16 instructions on this processor";
  Bf16Pair one[kLanes], other[kLanes];
  store_numbers<Bf16Products>(one);
  store_by_instruction(other);
  for (int64_t i = 0; i < kLanes; ++i) EXPECT_EQ(one[i], other[i]) << i;
}

TEST(Bf16Products, AddBothProductsOnAnyProcessor) {
  Pairs pairs;
  Bf16Products::add(element_of<Bf16Pair>(pairs.weights), pairs.values, pairs.sum);
  pairs.expect_sums();
}

NMSW_BF16_INSTRUCTIONS void add_by_dot(Pairs& pairs) {
  Bf16DotProducts::add(element_of<Bf16Pair>(pairs.weights), pairs.values, pairs.sum);
}

TEST(Bf16DotProducts, AddBothProductsWhereThereIsAnInstruction) {
  if (!has(Instructions::bf16)) GTEST_SKIP() << "no bfloat16 instructions on this processor";
  Pairs pairs;
  add_by_dot(pairs);
  pairs.expect_sums();
}

TEST(Elements, HoldOneChannelOrTwo) {
  EXPECT_EQ(elements_of<float>(5), 5);
  EXPECT_EQ(elements_of<Bf16Pair>(5), 3);
  EXPECT_EQ(elements_of<Bf16Pair>(6), 3);
}

}  // namespace
}  // namespace nmsw
