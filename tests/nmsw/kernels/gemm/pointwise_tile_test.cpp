#include "nmsw/kernels/gemm/pointwise_tile.h"

#include <gtest/gtest.h>

#include <cmath>
#include <vector>

#include "nmsw/kernels/gemm/inner_product_pairs.h"
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
TEST(PointwiseTile, ByMatrixIsTheDefinitionOfNumbersInBfloat16) {
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

/// Rows of weights whose sizes differ by powers of ten, as far as a trained layer's may.
std::vector<float> uneven(std::vector<float> weights, int64_t in) {
  for (size_t i = 0; i < weights.size(); ++i) {
    const auto row = static_cast<int64_t>(i) / in;
    weights[i] *= std::pow(10.0F, static_cast<float>(row % 4) - 3);
  }
  return weights;
}

TEST(PointwiseTile, ByAdditionsIsTheDefinition) {
  for (const auto& [in, hidden, out] : {std::tuple<int64_t, int64_t, int64_t>{1, 0, 1},
                                        {3, 5, 2},
                                        {4, 4, 4},
                                        {20, 33, 17},
                                        {35, 0, 40},
                                        {64, 70, 33}}) {
    const int64_t inner = hidden > 0 ? hidden : in;
    const std::vector<float> expand = uneven(numbers(hidden * in, 0.1), in),
                             compress = uneven(numbers(out * inner, 0.3), inner),
                             expand_bias = numbers(hidden, 0.2), compress_bias = numbers(out, 0.4),
                             values = numbers(in * kPointTile, 0.5);
    std::vector<float> first(static_cast<size_t>((in + kPairedHeads) * hidden)),
        second(static_cast<size_t>((inner + kPairedHeads) * out)),
        room(static_cast<size_t>(inner * kPointTile)),
        sums(static_cast<size_t>(out * kPointTile), NAN);
    pack_paired_weight(expand.data(), in, hidden, first.data());
    pack_paired_weight(compress.data(), inner, out, second.data());
    run_point_tile_by_additions({in, hidden, out, first.data(), expand_bias.data(), second.data(),
                                 compress_bias.data(), values.data(), room.data(), sums.data()});
    for (int64_t v = 0; v < kPointTile; ++v) {
      std::vector<double> into;
      for (int64_t c = 0; hidden == 0 && c < in; ++c)
        into.push_back(at(values, c * kPointTile + v));
      for (int64_t h = 0; h < hidden; ++h) {
        double sum = at(expand_bias, h);
        for (int64_t c = 0; c < in; ++c)
          sum += at(expand, h * in + c) * at(values, c * kPointTile + v);
        into.push_back(sum / 2 * std::erfc(-sum / std::sqrt(2)));
      }
      for (int64_t o = 0; o < out; ++o) {
        double sum = at(compress_bias, o), size = std::fabs(sum);
        for (int64_t h = 0; h < inner; ++h) {
          const double part = at(compress, o * inner + h) * into[static_cast<size_t>(h)];
          sum += part;
          size += std::fabs(part);
        }
        ASSERT_NEAR(at(sums, o * kPointTile + v), sum, 3e-6 * size)
            << in << " " << hidden << " " << o;
      }
    }
  }
}

TEST(PairedWeight, OfARowOfZerosIsNothing) {
  const std::vector<float> weight(8, 0.0F);
  std::vector<float> packed(8 + 2 * kPairedHeads, NAN);
  pack_paired_weight(weight.data(), 4, 2, packed.data());
  EXPECT_EQ(packed, (std::vector<float>{0, 0, 1, 1, 1, 1, 0, 0, 0, 0, 0, 0, 0, 0}));
}

}  // namespace
}  // namespace nmsw
