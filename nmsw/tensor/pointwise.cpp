#include "nmsw/tensor/pointwise.h"

#include <ATen/Parallel.h>

#include "nmsw/kernels/norm_activation.h"
#include "nmsw/kernels/pointwise_mlp.h"

namespace nmsw {

namespace {

/// Voxels that a thread takes at a time: whole tiles of the kernel.
constexpr int64_t kVoxelsPerTurn = 1024;

Tensor packed_points(const Tensor& weight) {
  const Tensor values = weight.contiguous(), packed = torch::empty_like(values).flatten();
  pack_pointwise_weight(values.data_ptr<float>(), weight.size(1), weight.size(0),
                        packed.data_ptr<float>());
  return packed;
}

/// The norm of one volume as one factor (row 0) and one addend (row 1) a channel.
Tensor norm_as_line(const float* volume, int64_t channels, int64_t voxels,
                    const NormMlpWeights& weights) {
  const Tensor line = torch::empty({2, channels}, torch::kFloat);
  float* to = line.data_ptr<float>();
  const Tensor scale = weights.norm_scale.contiguous(), offset = weights.norm_offset.contiguous();
  const float *gamma = scale.data_ptr<float>(), *beta = offset.data_ptr<float>();
  at::parallel_for(0, channels, 1, [&](int64_t begin, int64_t end) {
    for (int64_t c = begin; c < end; ++c) {
      const Moments moments = channel_moments(volume + c * voxels, voxels, weights.epsilon);
      to[c] = gamma[c] * moments.inverse_deviation;
      to[channels + c] = beta[c] - moments.mean * to[c];
    }
  });
  return line;
}

}  // namespace

Tensor norm_mlp(const Tensor& input, const NormMlpWeights& weights, const Tensor& residual) {
  const Int3 extent = extent_dhw(input);
  const int64_t batch = input.size(0), channels = input.size(1), voxels = product(extent);
  const int64_t hidden = weights.expand.size(0), out = weights.compress.size(0);
  check_shape(weights.expand, {hidden, channels, 1, 1, 1}, "expansion weight");
  check_shape(weights.compress, {out, hidden, 1, 1, 1}, "compression weight");
  check_shape(residual, {batch, out, extent[0], extent[1], extent[2]}, "residual");
  const Tensor values = input.contiguous(), added = residual.contiguous();
  const Tensor expand = packed_points(weights.expand), compress = packed_points(weights.compress);
  const Tensor expand_bias = weights.expand_bias.contiguous(),
               compress_bias = weights.compress_bias.contiguous();
  const Tensor output = torch::empty_like(added);
  PointwiseMlp mlp;
  mlp.in = channels;
  mlp.hidden = hidden;
  mlp.out = out;
  mlp.voxels = voxels;
  mlp.expand = expand.data_ptr<float>();
  mlp.expand_bias = expand_bias.data_ptr<float>();
  mlp.compress = compress.data_ptr<float>();
  mlp.compress_bias = compress_bias.data_ptr<float>();
  for (int64_t n = 0; n < batch; ++n) {
    const float* x = values.data_ptr<float>() + n * channels * voxels;
    const Tensor line = norm_as_line(x, channels, voxels, weights);
    mlp.scale = line.data_ptr<float>();
    mlp.offset = mlp.scale + channels;
    const float* plus = added.data_ptr<float>() + n * out * voxels;
    float* y = output.data_ptr<float>() + n * out * voxels;
    const int64_t turns = (voxels + kVoxelsPerTurn - 1) / kVoxelsPerTurn;
    at::parallel_for(0, turns, 1, [&](int64_t begin, int64_t end) {
      const Tensor scratch = torch::empty({pointwise_mlp_scratch(mlp)}, torch::kFloat);
      pointwise_mlp(mlp, x, plus, begin * kVoxelsPerTurn, std::min(voxels, end * kVoxelsPerTurn),
                    scratch.data_ptr<float>(), y);
    });
  }
  return output;
}

}  // namespace nmsw
