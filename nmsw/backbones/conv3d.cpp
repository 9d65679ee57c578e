#include "nmsw/backbones/conv3d.h"

#include <algorithm>
#include <variant>

#include "nmsw/backbones/conv_options.h"
#include "nmsw/ops/kernel_choice.h"
#include "nmsw/ops/norm_activation.h"

namespace nmsw {

namespace {

/// With channels that fill its vectors, and more than a few, LibTorch's kernels win as well where
/// there is a gradient to come.
constexpr int64_t kLibraryVector = 16;

bool fits_conv3x3(int64_t in, int64_t out, const Tensor& image, int64_t width) {
  if (takes_inference_kernels(image)) return width >= kLeastInferenceWidth;
  if (width < kLeastTrainingWidth) return false;
  const bool fills_vectors =
      in % kLibraryVector == 0 && out % kLibraryVector == 0 && in * out > 32 * kLibraryVector;
  return std::max(in, out) <= kMostTrainingChannels && !fills_vectors;
}

}  // namespace

bool Conv3dImpl::is_plain(const Tensor& image, int64_t kernel, int64_t stride) const {
  using std::get_if;  // LibTorch 1.13 brings its own variant, whose get_if is found by its
                      // namespace
  const auto* padding = get_if<torch::ExpandingArray<3>>(&options.padding());
  return takes_own_kernels(image) && weight.scalar_type() == torch::kFloat && image.dim() == 5 &&
         options.groups() == 1 && all_are(options.kernel_size(), kernel) &&
         all_are(options.stride(), stride) && all_are(options.dilation(), 1) &&
         padding != nullptr && all_are(*padding, kernel / 2);
}

bool Conv3dImpl::takes_conv3x3(const Tensor& image) const {
  return is_plain(image, 3, 1) &&
         fits_conv3x3(options.in_channels(), options.out_channels(), image, image.size(4));
}

bool Conv3dImpl::takes_conv3x3_halved(const Tensor& image) const {
  return takes_inference_kernels(image) && is_plain(image, 3, 2) &&
         image.size(4) >= 2 * kLeastInferenceWidth;
}

DeferredNorm Conv3dImpl::forward_deferred(const std::vector<DeferredNorm>& input,
                                          const ConvOptions& wanted) {
  const Tensor& image = input.front().values;
  if (takes_conv3x3(image)) return conv3x3(input, weight, bias, wanted);
  if (is_plain(image, 1, 1)) return conv1x1(input, weight, bias, wanted);
  if (takes_conv3x3_halved(image) && wanted.added.empty()) {
    return conv3x3_halved(input, weight, bias, wanted);
  }
  const Tensor output = forward(joined(settled(input))).contiguous();
  for (const DeferredNorm& volume : wanted.added) output.add_(settled(volume));
  return {output, wanted.with_moments ? channel_moments(output) : Tensor(), 1};
}

LazyVolume Conv3dImpl::forward_lazy(const std::vector<DeferredNorm>& input,
                                    const std::vector<DeferredNorm>& added) {
  const Tensor& image = input.front().values;
  if (takes_conv3x3(image)) return lazy_conv3x3(input, weight, bias, added);
  if (is_plain(image, 1, 1)) return lazy_conv1x1(input, weight, bias, added);
  return forward_deferred(input, {false, added}).values;
}

Tensor Conv3dImpl::forward(const Tensor& image) {
  const int64_t in = options.in_channels(), out = options.out_channels();
  if (takes_conv3x3(image)) return conv3x3(image, weight, bias);
  if (takes_inference_kernels(image)) {
    if (takes_conv3x3_halved(image)) {
      return conv3x3_halved({{image.contiguous(), {}, 1}}, weight, bias, {}).values;
    }
    for (const int64_t stride : {1, 2}) {
      if (!is_plain(image, 1, stride)) continue;
      const Tensor points = every(stride, image).contiguous();
      return conv1x1({{points, {}, 1}}, weight, bias, {}).values;
    }
  }
  if (!is_plain(image, 1, 1)) return torch::nn::Conv3dImpl::forward(image);
  const int64_t batch = image.size(0);
  const Tensor points = image.reshape({batch, in, -1});
  const Tensor factors = weight.view({1, out, in}).expand({batch, -1, -1});
  const Tensor sums = bias.defined() ? torch::baddbmm(bias.view({1, -1, 1}), factors, points)
                                     : torch::bmm(factors, points);
  return sums.view({batch, out, image.size(2), image.size(3), image.size(4)});
}

}  // namespace nmsw
