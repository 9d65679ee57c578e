#include "nmsw/tensor/planar.h"

#include <ATen/Parallel.h>

#include "nmsw/kernels/planar_conv_transpose.h"
#include "nmsw/tensor/elements.h"
#include "nmsw/tensor/own_kernels.h"

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
template <class Element>
class Padded {
 public:
  Padded(int64_t channels, Int3 extent)
      : channels_(channels),
        extent_(extent),
        elements_(PaddedGrid(extent).size(elements_of<Element>(channels))) {}

  const Element* load(const float* volume) {
    for_each_of(elements_of<Element>(channels_), [&](int64_t element) {
      pad_channel(volume, extent_, element, channels_, elements_.data());
    });
    return elements_.data();
  }

 private:
  int64_t channels_;
  Int3 extent_;
  Elements<Element> elements_;
};

template <class Element>
using Pack = void (*)(const float* weight, int64_t in, int64_t out, Element* packed);

template <class Element>
Elements<Element> packed_weight(const Tensor& weight, int64_t in, int64_t out,
                                Pack<Element> pack) {
  const Tensor values = weight.contiguous();
  Elements<Element> packed(packed_conv_weight_size<Element>(in, out));
  pack(values.data_ptr<float>(), in, out, packed.data());
  return packed;
}

PlanarConvShape shape_of(const Tensor& input, const Tensor& weight) {
  return {weight.size(1), weight.size(0), extent_dhw(input)};
}

/// planar_conv or planar_conv_transpose.
template <class Element>
using Convolve = void (*)(const Element* padded, const Element* packed, const float* bias,
                          const PlanarConvShape& shape, int64_t z0, int64_t z1, float* out);

/// The convolution of a padded volume, into `out` [O,D',H',W'].
template <class Element>
void convolve(Convolve<Element> kernel, const Element* padded, const Elements<Element>& packed,
              const float* bias, const PlanarConvShape& shape, float* out) {
  for_each_of(shape.extent_dhw[0], [&](int64_t z) {
    kernel(padded, packed.data(), bias, shape, z, z + 1, out);
  });
}

/// The convolution of a batch of volumes.
template <class Element>
Tensor convolve_batch(const Tensor& input, const Elements<Element>& packed, const Tensor& bias,
                      const PlanarConvShape& shape, int64_t scale, Convolve<Element> kernel) {
  const auto [depth, height, width] = shape.extent_dhw;
  const Tensor values = input.contiguous();
  const Tensor offsets = bias.defined() ? bias.contiguous() : bias;
  const Tensor output = torch::empty(
      {input.size(0), shape.out_channels, scale * depth, scale * height, scale * width},
      input.options());
  Padded<Element> padded(shape.in_channels, shape.extent_dhw);
  for (int64_t n = 0; n < input.size(0); ++n) {
    convolve(kernel, padded.load(values.data_ptr<float>() + n * values.stride(0)), packed,
             bias.defined() ? offsets.data_ptr<float>() : nullptr, shape,
             output.data_ptr<float>() + n * output.stride(0));
  }
  return output;
}

template <class Element>
Tensor planar_of(const Tensor& input, const Tensor& weight, const Tensor& bias) {
  const PlanarConvShape shape = shape_of(input, weight);
  return convolve_batch<Element>(
      input,
      packed_weight<Element>(weight, shape.in_channels, shape.out_channels, pack_conv_weight), bias,
      shape, 1, planar_conv);
}

template <class Element>
Tensor planar_transpose_of(const Tensor& input, const Tensor& weight, const Tensor& bias) {
  const PlanarConvShape shape{weight.size(0), weight.size(1), extent_dhw(input)};
  return convolve_batch<Element>(input,
                                 packed_weight<Element>(weight, shape.in_channels,
                                                        shape.out_channels,
                                                        pack_conv_transpose_weight),
                                 bias, shape, 2, planar_conv_transpose);
}

class PlanarConv : public torch::autograd::Function<PlanarConv> {
 public:
  static Tensor forward(AutogradContext* ctx, const Tensor& input, const Tensor& weight,
                        const c10::optional<Tensor>& bias) {
    ctx->save_for_backward({input, weight});
    ctx->saved_data["bias"] = bias.has_value();
    return planar_of<float>(input, weight, bias.value_or(Tensor()));
  }

  static variable_list backward(AutogradContext* ctx, const variable_list& gradients) {
    const variable_list saved = ctx->get_saved_variables();
    const PlanarConvShape shape = shape_of(saved[0], saved[1]);
    const PlanarConvShape back{shape.out_channels, shape.in_channels, shape.extent_dhw};
    const Tensor input = saved[0].contiguous(), gradient = gradients[0].contiguous();
    const Elements<float> packed = packed_weight<float>(
        saved[1], shape.in_channels, shape.out_channels, pack_conv_weight_mirrored);
    const int64_t batch = input.size(0), voxels = product(shape.extent_dhw);
    const bool to_inputs = ctx->needs_input_grad(0), to_weights = ctx->needs_input_grad(1);
    const Tensor to_input = to_inputs ? torch::empty_like(input) : Tensor();
    const Tensor sums = torch::zeros(saved[1].sizes(), torch::kDouble);
    Padded<float> padded_gradient(shape.out_channels, shape.extent_dhw);
    Padded<float> padded_input(shape.in_channels, shape.extent_dhw);
    const int64_t blocks = (shape.out_channels + kConvBlock - 1) / kConvBlock;
    for (int64_t n = 0; n < batch; ++n) {
      const int64_t at = n * shape.in_channels * voxels;
      const float* around =
          padded_gradient.load(gradient.data_ptr<float>() + n * shape.out_channels * voxels);
      if (to_inputs) {
        convolve<float>(planar_conv, around, packed, nullptr, back,
                        to_input.data_ptr<float>() + at);
      }
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
  return takes_bf16_products(input) ? planar_transpose_of<Bf16Pair>(input, weight, bias)
                                    : planar_transpose_of<float>(input, weight, bias);
}

Tensor planar_conv3d(const Tensor& input, const Tensor& weight, const Tensor& bias) {
  check_shape(input, {kAnySize, weight.size(1), kAnySize, kAnySize, kAnySize}, "convolution input");
  check_shape(weight, {kAnySize, kAnySize, 3, 3, 3}, "convolution weight");
  if (bias.defined()) check_shape(bias, {weight.size(0)}, "convolution bias");
  if (takes_bf16_products(input)) return planar_of<Bf16Pair>(input, weight, bias);
  // An undefined tensor cannot be an input of a function that is differentiated.
  return PlanarConv::apply(input, weight,
                           bias.defined() ? c10::optional<Tensor>(bias) : c10::nullopt);
}

}  // namespace nmsw
