#include "nmsw/kernels/window_attention.h"

#include <gtest/gtest.h>

#include <cmath>
#include <vector>

namespace nmsw {
namespace {

double number(int64_t i, double phase) {
  return std::sin(0.7 * static_cast<double>(i * i % 1009) + phase);
}

/// Rows of q, k and v side by side, as a linear layer writes them: two heads, of which the second
/// is attended.
TEST(WindowAttention, EqualsTheDefinition) {
  for (const int64_t n : {1, 2, 7, 16, 27, 64, 343}) {
    for (const int64_t d : {1, 3, 4, 8}) {
      const int64_t stride = 6 * d;
      std::vector<float> rows, bias;
      for (int64_t i = 0; i < n * stride; ++i) {
        rows.push_back(static_cast<float>(3 * number(i, 0.1)));
      }
      for (int64_t i = 0; i < n * n; ++i) {
        bias.push_back(static_cast<float>(i % 5 == 3 && n > 5 ? -100 : number(i, 0.4)));
      }
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
              std::exp(0.5 * score + static_cast<double>(bias[static_cast<size_t>(i * n + j)])));
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
