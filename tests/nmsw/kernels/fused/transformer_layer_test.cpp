#include "nmsw/kernels/fused/transformer_layer.h"

#include <gtest/gtest.h>

#include <cmath>

#include "tests/support/numbers.h"

namespace nmsw {
namespace {

using testing::numbers;
using testing::seen_as;

/// A layer of one shape, with all of its parts or only some.
template <class Element>
struct Layer {
  int64_t in, hidden, out, tokens, rows;
  bool normed, chosen;
  std::vector<float> x, residual, scale, offset, expand, expand_bias, compress, compress_bias;
  std::vector<int64_t> source;

  Layer(int64_t in_channels, int64_t hidden_channels, int64_t out_channels, int64_t count,
        bool norm, bool by_source)
      : in(in_channels),
        hidden(hidden_channels),
        out(out_channels),
        tokens(count),
        rows(by_source ? count / 2 + 1 : count),
        normed(norm),
        chosen(by_source),
        x(numbers(rows * in, 0.3)),
        residual(numbers(tokens * out, 1.2)),
        scale(numbers(in, 0.5)),
        offset(numbers(in, 2.5)),
        expand(numbers(hidden * in, 0.7)),
        expand_bias(numbers(hidden, 0.9)),
        compress(numbers(out * (hidden > 0 ? hidden : in), 1.9)),
        compress_bias(numbers(out, 0.2)) {
    for (int64_t t = 0; t < tokens; ++t) source.push_back((5 * t + 2) % (rows + 1));
  }

  std::vector<double> normed_row(int64_t token) const {
    const int64_t row = chosen ? source[static_cast<size_t>(token)] : token;
    std::vector<double> values(static_cast<size_t>(in), 0);
    if (row == rows) return values;
    double mean = 0, variance = 0;
    for (int64_t c = 0; c < in; ++c) {
      values[static_cast<size_t>(c)] = static_cast<double>(x[static_cast<size_t>(row * in + c)]);
      mean += values[static_cast<size_t>(c)] / static_cast<double>(in);
    }
    if (!normed) return values;
    for (const double value : values)
      variance += (value - mean) * (value - mean) / static_cast<double>(in);
    for (size_t c = 0; c < values.size(); ++c) {
      values[c] = (values[c] - mean) / std::sqrt(variance + 1e-5) * static_cast<double>(scale[c]) +
                  static_cast<double>(offset[c]);
    }
    return values;
  }

  static std::vector<double> product(const std::vector<float>& weight,
                                     const std::vector<float>& bias,
                                     const std::vector<double>& values) {
    std::vector<double> sums;
    for (size_t o = 0; o < bias.size(); ++o) {
      double sum = static_cast<double>(bias[o]);
      for (size_t c = 0; c < values.size(); ++c) {
        sum += static_cast<double>(seen_as<Element>(weight[o * values.size() + c])) *
               static_cast<double>(seen_as<Element>(static_cast<float>(values[c])));
      }
      sums.push_back(sum);
    }
    return sums;
  }

  std::vector<double> expected(int64_t token) const {
    std::vector<double> values = normed_row(token);
    if (hidden > 0) {
      values = product(expand, expand_bias, values);
      for (double& value : values) value *= std::erfc(-value / std::sqrt(2)) / 2;
    }
    values = product(compress, compress_bias, values);
    for (size_t o = 0; o < values.size(); ++o) {
      values[o] += static_cast<double>(residual[static_cast<size_t>(token * out) + o]);
    }
    return values;
  }

  /// In one call, or token by token.
  std::vector<float> output(bool one_by_one) const {
    const auto pack = [](const std::vector<float>& weight, int64_t from, int64_t to) {
      std::vector<Element> packed(static_cast<size_t>(packed_point_tile_size<Element>(from, to)));
      pack_point_tile_weight(weight.data(), from, to, packed.data());
      return packed;
    };
    const auto first = pack(expand, in, hidden),
               second = pack(compress, hidden > 0 ? hidden : in, out);
    TransformerLayer<Element> layer;
    layer.in = in;
    layer.hidden = hidden;
    layer.out = out;
    layer.source = chosen ? source.data() : nullptr;
    layer.source_rows = rows;
    layer.norm_scale = normed ? scale.data() : nullptr;
    layer.norm_offset = offset.data();
    layer.expand = first.data();
    layer.expand_bias = expand_bias.data();
    layer.compress = second.data();
    layer.compress_bias = compress_bias.data();
    std::vector<float> scratch(static_cast<size_t>(transformer_layer_scratch(layer)), NAN);
    std::vector<float> y(static_cast<size_t>(tokens * out), NAN);
    const int64_t step = one_by_one ? 1 : tokens;
    for (int64_t t = 0; t < tokens; t += step) {
      transformer_layer(layer, x.data(), residual.data(), t, t + step, scratch.data(), y.data());
    }
    return y;
  }
};

template <class Element>
void expect_the_layer(double tolerance) {
  for (const int64_t tokens : {1, 15, 64, 131}) {
    for (const auto& [in, hidden, out] : {std::tuple<int64_t, int64_t, int64_t>{1, 0, 1},
                                          {5, 0, 17},
                                          {24, 96, 24},
                                          {17, 7, 5},
                                          {16, 0, 48}}) {
      for (const bool normed : {false, true}) {
        for (const bool chosen : {false, true}) {
          const Layer<Element> layer(in, hidden, out, tokens, normed, chosen);
          const std::vector<float> got = layer.output(false);
          EXPECT_EQ(got, layer.output(true));
          for (int64_t t = 0; t < tokens; ++t) {
            const std::vector<double> expected = layer.expected(t);
            for (size_t o = 0; o < expected.size(); ++o) {
              ASSERT_NEAR(static_cast<double>(got[static_cast<size_t>(t * out) + o]), expected[o],
                          tolerance * static_cast<double>(in + hidden))
                  << in << " " << hidden << " " << out << " token " << t << " of " << tokens;
            }
          }
        }
      }
    }
  }
}

TEST(TransformerLayer, EqualsTheDefinitionAndItselfTokenByToken) { expect_the_layer<float>(2e-6); }

TEST(TransformerLayer, OfPairsEqualsTheDefinitionOnNumbersInBfloat16) {
  expect_the_layer<Bf16Pair>(2e-3);  // a number on the edge may be rounded to either side
}

}  // namespace
}  // namespace nmsw
