#include "nmsw/kernels/gemm/inner_product_pairs.h"

#include <algorithm>
#include <cmath>

namespace nmsw {
namespace {

/// The power of two that brings a row's weights (root mean square) near 1, where normalised values
/// are.
double stretch_of(const float* row, int64_t count) {
  constexpr double kMost = 65536;
  double squares = 0;
  for (int64_t c = 0; c < count; ++c) {
    squares += static_cast<double>(row[c]) * static_cast<double>(row[c]);
  }
  if (squares == 0) return 1;
  const double size = std::sqrt(squares / static_cast<double>(count));
  return std::clamp(std::exp2(std::floor(-std::log2(size))), 1 / kMost, kMost);
}

}  // namespace

void pack_paired_weight(const float* weight, int64_t in, int64_t out, float* packed) {
  const int64_t grouped = in / kPairedGroup * kPairedGroup;
  for (int64_t first = 0; first < out;) {
    const int64_t rows = rows_together<kPairedRows>(out - first);
    double stretch[kPairedRows];
    const auto at = [&](int64_t row, int64_t c) {
      return static_cast<double>(weight[(first + row) * in + c]) * stretch[row];
    };
    for (int64_t row = 0; row < rows; ++row) {
      stretch[row] = stretch_of(weight + (first + row) * in, in);
      double products = 0;
      for (int64_t c = 0; c < grouped; c += kPairedGroup) products += at(row, c) * at(row, c + 1);
      packed[row] = static_cast<float>(-products);
      packed[rows + row] = static_cast<float>(stretch[row]);
      packed[2 * rows + row] = static_cast<float>(1 / stretch[row]);
    }
    packed += kPairedHeads * rows;
    for (int64_t c = 0; c < in;) {
      const bool paired = c < grouped && c % kPairedGroup == 0;
      for (int64_t row = 0; row < rows; ++row) {
        if (paired) *packed++ = static_cast<float>(at(row, c + 1));
        *packed++ = static_cast<float>(at(row, c));
      }
      c += paired ? 2 : 1;
    }
    first += rows;
  }
}

}  // namespace nmsw
