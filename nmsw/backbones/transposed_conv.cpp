#include "nmsw/backbones/transposed_conv.h"

#include <algorithm>
#include <variant>

#include "nmsw/backbones/conv_options.h"
#include "nmsw/ops/kernel_choice.h"
#include "nmsw/ops/norm_activation.h"

namespace nmsw {

namespace {

using torch::autograd::AutogradContext;
using torch::autograd::variable_list;

struct Places {
  std::vector<int64_t> stride, padding;
  const std::vector<int64_t> dilation{1, 1, 1}, output_padding{0, 0, 0};
};

/// The gradients of conv3d(input, weight) that `mask` asks for: input, weight.
std::tuple<Tensor, Tensor> conv_gradients(const Tensor& gradient, const Tensor& input,
                                          const Tensor& weight, const Places& places,
                                          std::array<bool, 2> mask) {
  const auto found = at::convolution_backward(gradient, input, weight, at::OptionalIntArrayRef{},
                                              places.stride, places.padding, places.dilation, false,
                                              places.output_padding, 1, {mask[0], mask[1], false});
  return {std::get<0>(found), std::get<1>(found)};
}

class TransposedConv : public torch::autograd::Function<TransposedConv> {
 public:
  static Tensor forward(AutogradContext* ctx, const Tensor& image, const Tensor& weight,
                        const std::vector<int64_t>& extent, const std::vector<int64_t>& stride,
                        const std::vector<int64_t>& padding) {
    ctx->save_for_backward({image, weight});
    ctx->saved_data["stride"] = stride;
    ctx->saved_data["padding"] = padding;
    // Only its size is read: an input gradient does not depend on the input.
    const Tensor shape =
        torch::empty({1}, image.options())
            .expand({image.size(0), weight.size(1), extent[0], extent[1], extent[2]});
    return std::get<0>(conv_gradients(image, shape, weight, {stride, padding}, {true, false}));
  }

  static variable_list backward(AutogradContext* ctx, const variable_list& gradients) {
    const variable_list saved = ctx->get_saved_variables();
    const Places places{ctx->saved_data["stride"].toIntVector(),
                        ctx->saved_data["padding"].toIntVector()};
    const Tensor gradient = gradients[0].contiguous();
    Tensor to_image, to_weight;
    if (ctx->needs_input_grad(0)) {
      to_image = at::conv3d(gradient, saved[1], {}, places.stride, places.padding, places.dilation);
    }
    if (ctx->needs_input_grad(1)) {
      to_weight = std::get<1>(conv_gradients(saved[0], gradient, saved[1], places, {false, true}));
    }
    return {to_image, to_weight, Tensor(), Tensor(), Tensor()};
  }
};

}  // namespace

bool TransposedConv3dImpl::is_plain(const Tensor& image) const {
  return takes_own_kernels(image) && weight.scalar_type() == torch::kFloat &&
         options.groups() == 1 && all_are(options.dilation(), 1);
}

bool TransposedConv3dImpl::takes_conv3x3(const Tensor& image) const {
  using std::get;  // LibTorch 1.13 brings its own variant, whose get is found by its namespace
  return is_plain(image) && takes_inference_kernels(image) && all_are(options.kernel_size(), 3) &&
         all_are(options.stride(), 2) &&
         all_are(get<torch::ExpandingArray<3>>(options.padding()), 1) &&
         all_are(options.output_padding(), 1) && image.size(4) >= kLeastInferenceWidth;
}

bool TransposedConv3dImpl::is_cubic(int64_t kernel, int64_t stride) const {
  using std::get;
  return all_are(options.kernel_size(), kernel) && all_are(options.stride(), stride) &&
         all_are(get<torch::ExpandingArray<3>>(options.padding()), 0) &&
         all_are(options.output_padding(), 0);
}

DeferredNorm TransposedConv3dImpl::forward_deferred(const std::vector<DeferredNorm>& input,
                                                    const ConvOptions& wanted) {
  const Tensor& image = input.front().values;
  if (takes_conv3x3(image)) return conv3x3_doubled(input, weight, bias, wanted);
  if (is_plain(image) && is_cubic(2, 2)) return conv2x2_doubled(input, weight, bias, wanted);
  const Tensor output = forward(joined(settled(input))).contiguous();
  return {output, wanted.with_moments ? channel_moments(output) : Tensor(), 1};
}

LazyVolume TransposedConv3dImpl::forward_lazy(const Tensor& image) {
  if (!takes_inference_kernels(image) || !is_plain(image) || !is_cubic(1, 1)) return forward(image);
  return lazy_conv1x1({{image.contiguous(), {}, 1}}, weight.transpose(0, 1), bias, {});
}

Tensor TransposedConv3dImpl::forward(const Tensor& image) {
  if (!is_plain(image)) return torch::nn::ConvTranspose3dImpl::forward(image);
  if (takes_inference_kernels(image)) {
    const Tensor whole = image.contiguous();
    if (is_cubic(1, 1)) {
      return conv1x1({{whole, {}, 1}}, weight.transpose(0, 1), bias, {}).values;
    }
    if (takes_conv3x3(image) || is_cubic(2, 2)) {
      return forward_deferred({{whole, {}, 1}}, {}).values;
    }
  }
  using std::get;
  const auto padding = get<torch::ExpandingArray<3>>(options.padding());
  std::vector<int64_t> extent;
  for (size_t axis = 0; axis < 3; ++axis) {
    extent.push_back((image.size(static_cast<int64_t>(axis) + 2) - 1) * (*options.stride())[axis] -
                     2 * (*padding)[axis] + (*options.kernel_size())[axis] +
                     (*options.output_padding())[axis]);
  }
  const auto list = [](torch::ExpandingArray<3> values) {
    return std::vector<int64_t>(values->begin(), values->end());
  };
  const Tensor output =
      TransposedConv::apply(image, weight, extent, list(options.stride()), list(padding));
  return bias.defined() ? output + bias.view({1, -1, 1, 1, 1}) : output;
}

}  // namespace nmsw
