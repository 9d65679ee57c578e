#include "nmsw/kernels/fused/window_attention.h"

#include <gtest/gtest.h>

#include <cmath>
#include <vector>

#include "tests/support/numbers.h"

namespace nmsw {
namespace {

std::vector<float> arranged(const std::vector<float>& matrix, int64_t n) {
  std::vector<float> found(static_cast<size_t>(query_vectors(n) * query_vector_floats(n)), NAN);
  for (int64_t vector = 0; vector < query_vectors(n); ++vector) {
    arrange_attention_bias(matrix.data(), n, vector,
                           found.data() + vector * query_vector_floats(n));
  }
  return found;
}

/// Rows of q, k and v side by side, as a linear layer writes them: two heads, of which the second
/// is attended.
template <class Element>
void expect_attention(decltype(window_attention<Element>)* attend, double tolerance) {
  for (const int64_t n : {1, 2, 7, 16, 27, 64, 343}) {
    for (const int64_t d : {1, 3, 4, 8, 11}) {
      const int64_t stride = 6 * d;
      std::vector<float> rows = testing::numbers(n * stride, 0.1);
      for (float& value : rows) value *= 3;
      const std::vector<float> positions = testing::numbers(n * n, 0.4);
      std::vector<float> mask(positions.size(), 0.0F);
      for (size_t i = 3; i < mask.size() && n > 5; i += 5) mask[i] = -100;
      const std::vector<float> arranged_positions = arranged(positions, n),
                               arranged_mask = arranged(mask, n);
      const WindowAttention window{n,
                                   d,
                                   stride,
                                   2 * d,
                                   0.5F,
                                   arranged_positions.data(),
                                   n > 5 ? arranged_mask.data() : nullptr};
      std::vector<float> scratch(static_cast<size_t>(window_attention_scratch(window)), NAN);
      std::vector<float> out(static_cast<size_t>(n * 2 * d), -7);
      attend(window, rows.data() + d, rows.data() + 3 * d, rows.data() + 5 * d, scratch.data(),
             out.data() + d);
      // A query is scaled before it is rounded.
      const auto at = [&](int64_t token, int64_t column) {
        return static_cast<double>(
            testing::seen_as<Element>(rows[static_cast<size_t>(token * stride + column)]));
      };
      for (int64_t i = 0; i < n; ++i) {
        std::vector<double> weight;
        double total = 0;
        for (int64_t j = 0; j < n; ++j) {
          double score = 0;
          for (int64_t e = 0; e < d; ++e) {
            const float query =
                0.5F * 1.44269504088896341F * rows[static_cast<size_t>(i * stride + d + e)];
            score += static_cast<double>(testing::seen_as<Element>(query)) * at(j, 3 * d + e);
          }
          const auto pair = static_cast<size_t>(i * n + j);
          weight.push_back(std::exp2(score) *
                           std::exp(static_cast<double>(positions[pair] + mask[pair])));
          total += weight.back();
        }
        for (int64_t e = 0; e < d; ++e) {
          double expected = 0;
          for (int64_t j = 0; j < n; ++j) {
            expected += weight[static_cast<size_t>(j)] / total * at(j, 5 * d + e);
          }
          ASSERT_NEAR(static_cast<double>(out[static_cast<size_t>(i * 2 * d + d + e)]), expected,
                      tolerance)
              << n << " tokens, " << d << " channels";
          EXPECT_EQ(out[static_cast<size_t>(i * 2 * d + e)], -7);  // the other head's
        }
      }
    }
  }
}

TEST(WindowAttention, EqualsTheDefinition) {
  expect_attention<float>(window_attention<float>, 2e-5);
}

// Numerators have eight bits: an error of 2^-9 of values up to 3.
TEST(WindowAttention, OfPairsEqualsTheDefinitionOfRoundedNumbers) {
  expect_attention<Bf16Pair>(window_attention<Bf16Pair>, 6e-3);
}

}  // namespace
}  // namespace nmsw
