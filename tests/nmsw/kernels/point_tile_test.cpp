#include "nmsw/kernels/point_tile.h"

#include <gtest/gtest.h>

#include <cmath>
#include <vector>

#include "tests/support/numbers.h"

namespace nmsw {
namespace {

using testing::numbers;
using testing::seen_as;

double at(const std::vector<float>& values, int64_t i) {
  return static_cast<double>(values[static_cast<size_t>(i)]);
}

double seen(double value) {
  return static_cast<double>(seen_as<Bf16Pair>(static_cast<float>(value)));
}

/// What matrix registers are given is right on any processor: vectors do their work elsewhere.
TEST(PointTile, ByMatrixIsTheDefinitionOfNumbersInBfloat16) {
  for (const auto& [in, hidden, out] : {std::tuple<int64_t, int64_t, int64_t>{1, 0, 1},
                                        {3, 5, 2},
                                        {20, 33, 17},
                                        {34, 0, 40},
                                        {64, 70, 33}}) {
    const int64_t inner = hidden > 0 ? hidden : in;
    const std::vector<float> expand = numbers(hidden * in, 0.1), expand_bias = numbers(hidden, 0.2),
                             compress = numbers(out * inner, 0.3),
                             compress_bias = numbers(out, 0.4), x = numbers(in * kPointTile, 0.5);
    std::vector<Bf16Pair> values(static_cast<size_t>(elements_of<Bf16Pair>(in) * kPointTile)),
        room(static_cast<size_t>(elements_of<Bf16Pair>(inner) * kPointTile)),
        first(static_cast<size_t>(packed_matrix_size(in, hidden))),
        second(static_cast<size_t>(packed_matrix_size(inner, out)));
    std::vector<float> sums(static_cast<size_t>(out * kPointTile), NAN);
    for (int64_t c = 0; c < in; ++c) {
      for (int64_t v = 0; v < kPointTile; ++v) {
        values[static_cast<size_t>(c / 2 * kPointTile + v)] |=
            bf16_bits(x[static_cast<size_t>(c * kPointTile + v)]) << (16 * (c % 2));
      }
    }
    pack_matrix_weight(expand.data(), in, hidden, first.data());
    pack_matrix_weight(compress.data(), inner, out, second.data());
    run_point_tile_by_matrix({in, hidden, out, first.data(), expand_bias.data(), second.data(),
                              compress_bias.data(), values.data(), room.data(), sums.data()});
    for (int64_t v = 0; v < kPointTile; ++v) {
      std::vector<double> into;
      for (int64_t c = 0; hidden == 0 && c < in; ++c)
        into.push_back(seen(at(x, c * kPointTile + v)));
      for (int64_t h = 0; h < hidden; ++h) {
        double sum = at(expand_bias, h);
        for (int64_t c = 0; c < in; ++c)
          sum += seen(at(expand, h * in + c)) * seen(at(x, c * kPointTile + v));
        into.push_back(seen(sum / 2 * std::erfc(-sum / std::sqrt(2))));
      }
      for (int64_t o = 0; o < out; ++o) {
        double sum = at(compress_bias, o);
        for (int64_t h = 0; h < inner; ++h)
          sum += seen(at(compress, o * inner + h)) * into[static_cast<size_t>(h)];
        // A hidden value near a tie may be rounded to the other side.
        const double tolerance = hidden > 0 ? 0.1 : 2e-5;
        ASSERT_NEAR(at(sums, o * kPointTile + v), sum, tolerance)
            << in << " " << hidden << " " << o;
      }
    }
  }
}

}  // namespace
}  // namespace nmsw
