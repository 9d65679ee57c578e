#include "nmsw/backbones/transposed_conv.h"

#include <gtest/gtest.h>

namespace nmsw {
namespace {

struct Pass {
  Tensor output, to_image, to_weight, to_bias;
};

/// Output and gradients of sum(output * ramp).
template <class Module>
Pass pass(Module& module, const Tensor& image) {
  const Tensor input = image.clone().set_requires_grad(true);
  module.zero_grad();
  const Tensor output = module.forward(input);
  (output * torch::arange(output.numel(), torch::kFloat).view_as(output).mul(1e-3).sin())
      .sum()
      .backward();
  return {output.detach(), input.grad(), module.weight.grad().clone(),
          module.bias.defined() ? module.bias.grad().clone() : Tensor()};
}

void expect_close(const Tensor& a, const Tensor& b) {
  ASSERT_EQ(a.sizes(), b.sizes());
  EXPECT_LE((a - b).abs().max().item<float>(), 1e-5 * (1 + b.abs().max().item<float>()));
}

TEST(TransposedConv3d, EqualsLibTorchsOwnInValueAndGradients) {
  using Options = torch::nn::ConvTranspose3dOptions;
  const std::vector<Options> cases{Options(6, 5, 3).stride(2).padding(1).output_padding(1),
                                   Options(3, 4, 3).stride(2).padding(1),
                                   Options(4, 2, 2).stride(2).bias(false),
                                   Options(2, 3, 3).stride(1).padding(1),
                                   Options(5, 2, {1, 3, 2}).stride({1, 2, 2}).padding({0, 1, 0})};
  for (const Options& options : cases) {
    torch::manual_seed(3);
    TransposedConv3dImpl ours(options);
    torch::nn::ConvTranspose3d reference(options);
    const torch::NoGradGuard no_grad;
    reference->weight.copy_(ours.weight);
    if (ours.bias.defined()) reference->bias.copy_(ours.bias);
    const Tensor image = torch::randn({2, options.in_channels(), 3, 5, 4});
    const torch::AutoGradMode with_grad(true);
    const Pass a = pass(ours, image), b = pass(*reference, image);
    expect_close(a.output, b.output);
    expect_close(a.to_image, b.to_image);
    expect_close(a.to_weight, b.to_weight);
    if (b.to_bias.defined()) expect_close(a.to_bias, b.to_bias);
  }
}

}  // namespace
}  // namespace nmsw
