#include "nmsw/ops/differentiable_conv.h"

#include "nmsw/kernels/conv/conv3x3_weight_gradient.h"
#include "nmsw/ops/packed_conv.h"

namespace nmsw {

namespace {

using torch::autograd::AutogradContext;
using torch::autograd::variable_list;

ConvShape shape_of(const Tensor& weight, const Tensor& input) {
  return {weight.size(1), weight.size(0), extent_dhw(input)};
}

class DifferentiableConv : public torch::autograd::Function<DifferentiableConv> {
 public:
  static Tensor forward(AutogradContext* ctx, const Tensor& input, const Tensor& weight,
                        const c10::optional<Tensor>& bias) {
    ctx->save_for_backward({input, weight});
    ctx->saved_data["bias"] = bias.has_value();
    const std::vector<DeferredNorm> whole{{input.contiguous(), {}, 1}};
    const Tensor offsets = bias.value_or(Tensor());
    return PackedConv(conv_kernel<float>(ConvKind::same),
                      {whole, weight, offsets, ConvKind::same, shape_of(weight, input)})
        .whole(false)
        .values;
  }

  static variable_list backward(AutogradContext* ctx, const variable_list& gradients) {
    const variable_list saved = ctx->get_saved_variables();
    const Tensor input = saved[0].contiguous(), gradient = gradients[0].contiguous();
    const ConvShape shape = shape_of(saved[1], input);
    return {ctx->needs_input_grad(0) ? to_input(gradient, saved[1], shape) : Tensor(),
            ctx->needs_input_grad(1) ? to_weight(input, gradient, shape) : Tensor(),
            ctx->saved_data["bias"].toBool() ? gradient.sum({0, 2, 3, 4}) : Tensor()};
  }

 private:
  static Tensor to_input(const Tensor& gradient, const Tensor& weight, const ConvShape& shape) {
    const ConvShape back{shape.out_channels, shape.in_channels, shape.extent_dhw};
    return PackedConv(conv3x3_input_gradient(),
                      {{{gradient, {}, 1}}, weight, {}, ConvKind::same, back})
        .whole(false)
        .values;
  }

  /// The items of a batch are added in their order.
  static Tensor to_weight(const Tensor& input, const Tensor& gradient, const ConvShape& shape) {
    const Tensor sums =
        torch::zeros({shape.out_channels, shape.in_channels, 3, 3, 3}, torch::kDouble);
    const PaddedGrid grid(shape.extent_dhw);
    const Elements<float> in(grid.size(shape.in_channels)), out(grid.size(shape.out_channels));
    const int64_t blocks = (shape.out_channels + kProductChannels - 1) / kProductChannels;
    for (int64_t n = 0; n < input.size(0); ++n) {
      pad(input[n], in.data());
      pad(gradient[n], out.data());
      at::parallel_for(0, blocks * shape.in_channels, 1, [&](int64_t begin, int64_t end) {
        for (int64_t i = begin; i < end; ++i) {
          conv3x3_weight_gradient(in.data(), out.data(), shape, i % shape.in_channels,
                                  i / shape.in_channels * kProductChannels,
                                  sums.data_ptr<double>());
        }
      });
    }
    return sums.to(torch::kFloat);
  }

  static void pad(const Tensor& volume, float* padded) {
    at::parallel_for(0, volume.size(0), 1, [&](int64_t begin, int64_t end) {
      for (int64_t c = begin; c < end; ++c) {
        pad_channel(volume.data_ptr<float>(), extent_dhw(volume), c, volume.size(0), padded);
      }
    });
  }
};

}  // namespace

Tensor differentiable_conv3x3(const Tensor& input, const Tensor& weight, const Tensor& bias) {
  // Autograd functions take no undefined tensor as an input.
  return DifferentiableConv::apply(input, weight,
                                   bias.defined() ? c10::optional<Tensor>(bias) : c10::nullopt);
}

}  // namespace nmsw
