#include "nmsw/backbones/planar_conv3d.h"

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

bool fits_planar(int64_t in, int64_t out, const Tensor& image, int64_t width) {
  if (takes_inference_kernels(image)) return width >= kLeastInferenceWidth;
  if (width < kLeastPlanarWidth) return false;
  const bool fills_vectors =
      in % kLibraryVector == 0 && out % kLibraryVector == 0 && in * out > 32 * kLibraryVector;
  return std::max(in, out) <= kMostPlanarChannels && !fills_vectors;
}

}  // namespace

bool PlanarConv3dImpl::is_plain(const Tensor& image, int64_t kernel, int64_t stride) const {
  using std::get_if;  // LibTorch 1.13 brings its own variant, whose get_if is found by its
                      // namespace
  const auto* padding = get_if<torch::ExpandingArray<3>>(&options.padding());
  return takes_own_kernels(image) && weight.scalar_type() == torch::kFloat && image.dim() == 5 &&
         options.groups() == 1 && all_are(options.kernel_size(), kernel) &&
         all_are(options.stride(), stride) && all_are(options.dilation(), 1) &&
         padding != nullptr && all_are(*padding, kernel / 2);
}

bool PlanarConv3dImpl::takes_planar_kernel(const Tensor& image) const {
  return is_plain(image, 3, 1) &&
         fits_planar(options.in_channels(), options.out_channels(), image, image.size(4));
}

bool PlanarConv3dImpl::takes_strided_kernel(const Tensor& image) const {
  return takes_inference_kernels(image) && is_plain(image, 3, 2) &&
         image.size(4) >= 2 * kLeastInferenceWidth;
}

DeferredNorm PlanarConv3dImpl::forward_pending(const std::vector<DeferredNorm>& input,
                                               const PlanarOptions& wanted) {
  const Tensor& image = input.front().values;
  if (takes_planar_kernel(image)) return planar_conv3d(input, weight, bias, wanted);
  if (is_plain(image, 1, 1)) return point_conv3d(input, weight, bias, wanted);
  if (takes_strided_kernel(image) && wanted.added.empty()) {
    return planar_conv_strided3d(input, weight, bias, wanted);
  }
  const Tensor output = forward(joined(settled(input))).contiguous();
  for (const DeferredNorm& volume : wanted.added) output.add_(settled(volume));
  return {output, wanted.with_moments ? channel_moments(output) : Tensor(), 1};
}

LazyVolume PlanarConv3dImpl::forward_late(const std::vector<DeferredNorm>& input,
                                          const std::vector<DeferredNorm>& added) {
  const Tensor& image = input.front().values;
  if (takes_planar_kernel(image)) return lazy_planar_conv3d(input, weight, bias, added);
  if (is_plain(image, 1, 1)) return late_point_conv3d(input, weight, bias, added);
  return forward_pending(input, {false, added}).values;
}

Tensor PlanarConv3dImpl::forward(const Tensor& image) {
  const int64_t in = options.in_channels(), out = options.out_channels();
  if (takes_planar_kernel(image)) return planar_conv3d(image, weight, bias);
  if (takes_inference_kernels(image)) {
    if (takes_strided_kernel(image)) {
      return planar_conv_strided3d({{image.contiguous(), {}, 1}}, weight, bias, {}).values;
    }
    for (const int64_t stride : {1, 2}) {
      if (!is_plain(image, 1, stride)) continue;
      const Tensor points = every(stride, image).contiguous();
      return point_conv3d({{points, {}, 1}}, weight, bias, {}).values;
    }
  }
  if (!is_plain(image, 1, 1)) return Conv3dImpl::forward(image);
  const int64_t batch = image.size(0);
  const Tensor points = image.reshape({batch, in, -1});
  const Tensor factors = weight.view({1, out, in}).expand({batch, -1, -1});
  const Tensor sums = bias.defined() ? torch::baddbmm(bias.view({1, -1, 1}), factors, points)
                                     : torch::bmm(factors, points);
  return sums.view({batch, out, image.size(2), image.size(3), image.size(4)});
}

}  // namespace nmsw
