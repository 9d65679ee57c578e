#include "nmsw/ops/transformer_layer.h"

#include "nmsw/kernels/fused/transformer_layer.h"
#include "nmsw/ops/elements.h"
#include "nmsw/ops/kernel_choice.h"
#include "nmsw/ops/parallel_dynamic.h"

namespace nmsw {

namespace {

/// Tokens per unit of dynamic scheduling: whole tiles of the kernel.
constexpr int64_t kTokensPerTurn = 1024;

template <class Element>
Tensor transformer_layer_of(const Tensor& x, const Tensor& source, const TokenWeights& weights,
                            const Tensor& residual) {
  const bool deep = weights.expand.defined();
  const auto pack = [](const Tensor& weight) {
    const Tensor values = weight.contiguous();
    const int64_t in = values.size(1), rows = values.size(0);
    const Elements<Element> packed(packed_point_tile_size<Element>(in, rows));
    pack_point_tile_weight(values.data_ptr<float>(), in, rows, packed.data());
    return packed;
  };
  const auto floats = [](const Tensor& tensor) {
    return tensor.defined() ? tensor.data_ptr<float>() : nullptr;
  };
  const int64_t out = weights.compress.size(0);
  const Tensor rows = x.contiguous(), added = residual.defined() ? residual.contiguous() : residual;
  const Tensor bias = weights.compress_bias.defined() ? weights.compress_bias.contiguous()
                                                      : torch::zeros({out}, x.options());
  const Elements<Element> expand = deep ? pack(weights.expand) : Elements<Element>(0);
  const Elements<Element> compress = pack(weights.compress);
  const Tensor output =
      torch::empty({source.defined() ? source.size(0) : rows.size(0), out}, x.options());
  TransformerLayer<Element> layer;
  layer.in = rows.size(1);
  layer.hidden = deep ? weights.expand.size(0) : 0;
  layer.out = out;
  layer.source = source.defined() ? source.data_ptr<int64_t>() : nullptr;
  layer.source_rows = rows.size(0);
  layer.norm_scale = floats(weights.norm_scale);
  layer.norm_offset = floats(weights.norm_offset);
  layer.epsilon = weights.epsilon;
  layer.expand = expand.data();
  layer.expand_bias = floats(weights.expand_bias);
  layer.compress = compress.data();
  layer.compress_bias = floats(bias);
  const int64_t turns = (output.size(0) + kTokensPerTurn - 1) / kTokensPerTurn;
  parallel_dynamic(turns, [&](DynamicRanges& shared) {
    const Elements<float> scratch(transformer_layer_scratch(layer));
    for (int64_t first, last; shared.next(first, last);) {
      transformer_layer(layer, floats(rows), floats(added), first * kTokensPerTurn,
                        std::min(output.size(0), last * kTokensPerTurn), scratch.data(),
                        floats(output));
    }
  });
  return output;
}

}  // namespace

Tensor transformer_layer(const Tensor& x, const Tensor& source, const TokenWeights& weights,
                         const Tensor& residual) {
  const int64_t out = weights.compress.size(0);
  const int64_t hidden = weights.expand.defined() ? weights.expand.size(0) : 0;
  check_shape(x, {kAnySize, kAnySize}, "tokens");
  const int64_t in = x.size(1);
  if (hidden > 0) check_shape(weights.expand, {hidden, in}, "expansion weight");
  check_shape(weights.compress, {out, hidden > 0 ? hidden : in}, "token weight");
  if (residual.defined()) {
    check_shape(residual, {source.defined() ? source.size(0) : x.size(0), out}, "residual");
  }
  return takes_bf16_products(x) ? transformer_layer_of<Bf16Pair>(x, source, weights, residual)
                                : transformer_layer_of<float>(x, source, weights, residual);
}

Tensor normed_channels(const Tensor& x, int64_t batch) {
  check_shape(x, {kAnySize, kAnySize}, "tokens");
  const int64_t tokens = x.size(0) / batch, channels = x.size(1);
  if (tokens * batch != x.size(0)) {
    throw ShapeError("tokens: {} rows do not make {} volumes", x.size(0), batch);
  }
  const Tensor rows = x.contiguous(), scale = torch::ones({channels}),
               offset = torch::zeros({channels});
  const Tensor output = torch::empty({batch, channels, tokens}, x.options());
  TransformerLayer<float> layer;
  layer.in = channels;
  layer.norm_scale = scale.data_ptr<float>();
  layer.norm_offset = offset.data_ptr<float>();
  const int64_t turns = (tokens + kTokensPerTurn - 1) / kTokensPerTurn;
  parallel_dynamic(batch * turns, [&](DynamicRanges& shared) {
    const Elements<float> scratch(transformer_layer_scratch(layer));
    for (int64_t begin, end; shared.next(begin, end);) {
      for (int64_t i = begin; i < end; ++i) {
        const int64_t volume = i / turns * channels * tokens, first = i % turns * kTokensPerTurn;
        turn_tokens(layer, tokens, rows.data_ptr<float>() + volume, first,
                    std::min(tokens, first + kTokensPerTurn), scratch.data(),
                    output.data_ptr<float>() + volume);
      }
    }
  });
  return output;
}

}  // namespace nmsw
