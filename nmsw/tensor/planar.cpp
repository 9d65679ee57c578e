#include "nmsw/tensor/planar.h"

#include <ATen/Parallel.h>

#include "nmsw/kernels/planar_conv_transpose.h"

namespace nmsw {

namespace {

using torch::autograd::AutogradContext;
using torch::autograd::variable_list;

/// Calls work(i) for 0 … count-1, shared among the threads.
template <class Work>
void for_each_of(int64_t count, Work work) {
  at::parallel_for(0, count, 1, [&](int64_t begin, int64_t end) {
    for (int64_t i = begin; i < end; ++i) work(i);
  });
}

/// One volume [C,D,H,W] at a time, with zeros around it.
class Padded {
 public:
  Padded(int64_t channels, Int3 extent)
      : channels_(channels),
        extent_(extent),
        floats_(torch::empty({PaddedGrid(extent).size(channels)}, torch::kFloat)) {}

  const float* load(const float* volume) {
    float* to = floats_.data_ptr<float>();
    for_each_of(channels_, [&](int64_t c) {
      pad_channel(volume + c * product(extent_), extent_, c, channels_, to);
    });
    return to;
  }

 private:
  int64_t channels_;
  Int3 extent_;
  Tensor floats_;
};

using Pack = void (*)(const float* weight, int64_t in, int64_t out, float* packed);

Tensor packed_weight(const Tensor& weight, int64_t in, int64_t out, Pack pack) {
  const Tensor values = weight.contiguous();
  const Tensor packed = torch::empty({packed_conv_weight_size(in, out)}, torch::kFloat);
  pack(values.data_ptr<float>(), in, out, packed.data_ptr<float>());
  return packed;
}

PlanarConvShape shape_of(const Tensor& input, const Tensor& weight) {
  return {weight.size(1), weight.size(0), extent_dhw(input)};
}

/// The convolution of a padded volume, into `out` [O,D,H,W].
void convolve(const float* padded, const Tensor& packed, const float* bias,
              const PlanarConvShape& shape, float* out) {
  for_each_of(shape.extent_dhw[0], [&](int64_t z) {
    planar_conv(padded, packed.data_ptr<float>(), bias, shape, z, z + 1, out);
  });
}

class PlanarConv : public torch::autograd::Function<PlanarConv> {
 public:
  static Tensor forward(AutogradContext* ctx, const Tensor& input, const Tensor& weight,
                        const c10::optional<Tensor>& bias) {
    ctx->save_for_backward({input, weight});
    ctx->saved_data["bias"] = bias.has_value();
    const PlanarConvShape shape = shape_of(input, weight);
    const Tensor values = input.contiguous();
    const Tensor packed =
        packed_weight(weight, shape.in_channels, shape.out_channels, pack_conv_weight);
    const Tensor offsets = bias ? bias->contiguous() : Tensor();
    const int64_t batch = input.size(0), voxels = product(shape.extent_dhw);
    const Tensor output = torch::empty({batch, shape.out_channels, shape.extent_dhw[0],
                                        shape.extent_dhw[1], shape.extent_dhw[2]},
                                       input.options());
    Padded padded(shape.in_channels, shape.extent_dhw);
    for (int64_t n = 0; n < batch; ++n) {
      convolve(padded.load(values.data_ptr<float>() + n * shape.in_channels * voxels), packed,
               bias ? offsets.data_ptr<float>() : nullptr, shape,
               output.data_ptr<float>() + n * shape.out_channels * voxels);
    }
    return output;
  }

  static variable_list backward(AutogradContext* ctx, const variable_list& gradients) {
    const variable_list saved = ctx->get_saved_variables();
    const PlanarConvShape shape = shape_of(saved[0], saved[1]);
    const PlanarConvShape back{shape.out_channels, shape.in_channels, shape.extent_dhw};
    const Tensor input = saved[0].contiguous(), gradient = gradients[0].contiguous();
    const Tensor packed =
        packed_weight(saved[1], shape.in_channels, shape.out_channels, pack_conv_weight_mirrored);
    const int64_t batch = input.size(0), voxels = product(shape.extent_dhw);
    const bool to_inputs = ctx->needs_input_grad(0), to_weights = ctx->needs_input_grad(1);
    const Tensor to_input = to_inputs ? torch::empty_like(input) : Tensor();
    const Tensor sums = torch::zeros(saved[1].sizes(), torch::kDouble);
    Padded padded_gradient(shape.out_channels, shape.extent_dhw);
    Padded padded_input(shape.in_channels, shape.extent_dhw);
    const int64_t blocks = (shape.out_channels + kConvBlock - 1) / kConvBlock;
    for (int64_t n = 0; n < batch; ++n) {
      const int64_t at = n * shape.in_channels * voxels;
      const float* around =
          padded_gradient.load(gradient.data_ptr<float>() + n * shape.out_channels * voxels);
      if (to_inputs) convolve(around, packed, nullptr, back, to_input.data_ptr<float>() + at);
      if (!to_weights) continue;
      const float* in = padded_input.load(input.data_ptr<float>() + at);
      for_each_of(blocks * shape.in_channels, [&](int64_t i) {
        planar_conv_products(in, around, shape, i % shape.in_channels,
                             i / shape.in_channels * kConvBlock, sums.data_ptr<double>());
      });
    }
    return {to_input, to_weights ? sums.to(torch::kFloat) : Tensor(),
            ctx->saved_data["bias"].toBool() ? gradient.sum({0, 2, 3, 4}) : Tensor()};
  }
};

}  // namespace

Tensor planar_conv_transpose3d(const Tensor& input, const Tensor& weight, const Tensor& bias) {
  check_shape(input, {kAnySize, weight.size(0), kAnySize, kAnySize, kAnySize},
              "transposed convolution input");
  check_shape(weight, {kAnySize, kAnySize, 3, 3, 3}, "transposed convolution weight");
  if (bias.defined()) check_shape(bias, {weight.size(1)}, "transposed convolution bias");
  const PlanarConvShape shape{weight.size(0), weight.size(1), extent_dhw(input)};
  const auto [depth, height, width] = shape.extent_dhw;
  const Tensor values = input.contiguous();
  const Tensor packed =
      packed_weight(weight, shape.in_channels, shape.out_channels, pack_conv_transpose_weight);
  const Tensor offsets = bias.defined() ? bias.contiguous() : bias;
  const Tensor output = torch::empty(
      {input.size(0), shape.out_channels, 2 * depth, 2 * height, 2 * width}, input.options());
  Padded padded(shape.in_channels, shape.extent_dhw);
  for (int64_t n = 0; n < input.size(0); ++n) {
    const float* in =
        padded.load(values.data_ptr<float>() + n * values.stride(0));
    float* out = output.data_ptr<float>() + n * output.stride(0);
    for_each_of(depth, [&](int64_t z) {
      planar_conv_transpose(in, packed.data_ptr<float>(),
                            bias.defined() ? offsets.data_ptr<float>() : nullptr, shape, z, z + 1,
                            out);
    });
  }
  return output;
}

Tensor planar_conv3d(const Tensor& input, const Tensor& weight, const Tensor& bias) {
  check_shape(input, {kAnySize, weight.size(1), kAnySize, kAnySize, kAnySize}, "convolution input");
  check_shape(weight, {kAnySize, kAnySize, 3, 3, 3}, "convolution weight");
  if (bias.defined()) check_shape(bias, {weight.size(0)}, "convolution bias");
  // An undefined tensor cannot be an input of a function that is differentiated.
  return PlanarConv::apply(input, weight,
                           bias.defined() ? c10::optional<Tensor>(bias) : c10::nullopt);
}

}  // namespace nmsw
