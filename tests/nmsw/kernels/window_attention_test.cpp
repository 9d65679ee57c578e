#include "nmsw/kernels/window_attention.h"

#include <gtest/gtest.h>

#include <cmath>
#include <vector>

#include "tests/support/numbers.h"

namespace nmsw {
namespace {

/// Rows of q, k and v side by side, as a linear layer writes them: two heads, of which the second
/// is attended.
TEST(WindowAttention, EqualsTheDefinition) {
  for (const int64_t n : {1, 2, 7, 16, 27, 64, 343}) {
    for (const int64_t d : {1, 3, 4, 8, 11}) {
      const int64_t stride = 6 * d;
      std::vector<float> rows = testing::numbers(n * stride, 0.1);
      for (float& value : rows) value *= 3;
      std::vector<float> bias = testing::numbers(n * n, 0.4);
      for (size_t i = 3; i < bias.size() && n > 5; i += 5) bias[i] = -100;
      const WindowAttention window{n, d, stride, 2 * d, 0.5F};
      std::vector<float> scratch(static_cast<size_t>(window_attention_scratch(window)));
      std::vector<float> out(static_cast<size_t>(n * 2 * d), -7);
      window_attention(window, rows.data() + d, rows.data() + 3 * d, rows.data() + 5 * d,
                       bias.data(), scratch.data(), out.data() + d);
      const auto at = [&](int64_t token, int64_t column) {
        return static_cast<double>(rows[static_cast<size_t>(token * stride + column)]);
      };
      for (int64_t i = 0; i < n; ++i) {
        std::vector<double> weight;
        double total = 0;
        for (int64_t j = 0; j < n; ++j) {
          double score = 0;
          for (int64_t e = 0; e < d; ++e) score += at(i, d + e) * at(j, 3 * d + e);
          weight.push_back(
              std::exp(0.5 * score + static_cast<double>(bias[static_cast<size_t>(j * n + i)])));
          total += weight.back();
        }
        for (int64_t e = 0; e < d; ++e) {
          double expected = 0;
          for (int64_t j = 0; j < n; ++j) {
            expected += weight[static_cast<size_t>(j)] / total * at(j, 5 * d + e);
          }
          ASSERT_NEAR(static_cast<double>(out[static_cast<size_t>(i * 2 * d + d + e)]), expected,
                      2e-5)
              << n << " tokens, " << d << " channels";
          EXPECT_EQ(out[static_cast<size_t>(i * 2 * d + e)], -7);  // the other head's
        }
      }
    }
  }
}

}  // namespace
}  // namespace nmsw
