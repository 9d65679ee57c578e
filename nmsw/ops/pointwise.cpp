#include "nmsw/ops/pointwise.h"

#include "nmsw/kernels/fused/pointwise_mlp.h"
#include "nmsw/ops/elements.h"
#include "nmsw/ops/kernel_choice.h"
#include "nmsw/ops/parallel_dynamic.h"

namespace nmsw {

namespace {

/// Voxels per unit of dynamic scheduling: whole tiles of the kernel.
constexpr int64_t kVoxelsPerTurn = 1024;

template <class Element>
Elements<Element> packed_points(const Tensor& weight) {
  const int64_t in = weight.size(1), out = weight.size(0);
  const Tensor values = weight.contiguous();
  Elements<Element> packed(packed_point_tile_size<Element>(in, out));
  pack_point_tile_weight(values.data_ptr<float>(), in, out, packed.data());
  return packed;
}

/// The norm of item n as scale (row 0) and offset (row 1) per channel.
Tensor norm_as_line(const Tensor& moments, int64_t n, const NormMlpWeights& weights) {
  const int64_t channels = weights.norm_scale.size(0);
  const Tensor line = torch::empty({2, channels}, torch::kFloat);
  float* to = line.data_ptr<float>();
  const Tensor scale = weights.norm_scale.contiguous(), offset = weights.norm_offset.contiguous();
  const float *gamma = scale.data_ptr<float>(), *beta = offset.data_ptr<float>();
  const float* from = moments.data_ptr<float>() + 2 * n * channels;
  for (int64_t c = 0; c < channels; ++c) {
    to[c] = gamma[c] * from[2 * c + 1];
    to[channels + c] = beta[c] - from[2 * c] * to[c];
  }
  return line;
}

template <class Element>
Tensor norm_mlp_of(const DeferredNorm& input, const NormMlpWeights& weights,
                   const Tensor& residual) {
  const Tensor& values = input.values;
  const int64_t batch = values.size(0), channels = values.size(1),
                voxels = product(extent_dhw(values));
  const int64_t hidden = weights.expand.size(0), out = weights.compress.size(0);
  const Tensor added = residual.defined() ? residual.contiguous() : residual;
  const Elements<Element> expand = packed_points<Element>(weights.expand),
                          compress = packed_points<Element>(weights.compress);
  const Tensor expand_bias = weights.expand_bias.contiguous(),
               compress_bias = weights.compress_bias.contiguous();
  const Int3 extent = extent_dhw(values);
  // Written in place where the shape allows it: cache lines that were just read need no read for
  // ownership.
  const Tensor output =
      out == channels
          ? values
          : torch::empty({batch, out, extent[0], extent[1], extent[2]}, values.options());
  PointwiseMlp<Element> mlp;
  mlp.in = channels;
  mlp.hidden = hidden;
  mlp.out = out;
  mlp.voxels = voxels;
  mlp.expand = expand.data();
  mlp.expand_bias = expand_bias.data_ptr<float>();
  mlp.compress = compress.data();
  mlp.compress_bias = compress_bias.data_ptr<float>();
  for (int64_t n = 0; n < batch; ++n) {
    const float* x = values.data_ptr<float>() + n * channels * voxels;
    const Tensor line = norm_as_line(input.moments, n, weights);
    mlp.scale = line.data_ptr<float>();
    mlp.offset = mlp.scale + channels;
    const float* plus = added.defined() ? added.data_ptr<float>() + n * out * voxels : nullptr;
    float* y = output.data_ptr<float>() + n * out * voxels;
    const int64_t turns = (voxels + kVoxelsPerTurn - 1) / kVoxelsPerTurn;
    parallel_dynamic(turns, [&](DynamicRanges& shared) {
      const Elements<float> scratch(pointwise_mlp_scratch(mlp));
      for (int64_t first, last; shared.next(first, last);) {
        pointwise_mlp(mlp, x, plus, first * kVoxelsPerTurn, std::min(voxels, last * kVoxelsPerTurn),
                      scratch.data(), y);
      }
    });
  }
  return output;
}

}  // namespace

Tensor norm_mlp(const DeferredNorm& input, const NormMlpWeights& weights, const Tensor& residual) {
  const Tensor& values = input.values;
  const Int3 extent = extent_dhw(values);
  const int64_t hidden = weights.expand.size(0), out = weights.compress.size(0);
  check_shape(weights.expand, {hidden, values.size(1), 1, 1, 1}, "expansion weight");
  check_shape(weights.compress, {out, hidden, 1, 1, 1}, "compression weight");
  if (residual.defined()) {
    check_shape(residual, {values.size(0), out, extent[0], extent[1], extent[2]}, "residual");
  }
  return takes_bf16_products(values) ? norm_mlp_of<Bf16Pair>(input, weights, residual)
                                     : norm_mlp_of<float>(input, weights, residual);
}

}  // namespace nmsw
