#include "nmsw/backbones/planar_conv3d.h"

#include <algorithm>
#include <variant>

#include "nmsw/backbones/conv_options.h"
#include "nmsw/kernels/products.h"
#include "nmsw/tensor/norm_activation.h"
#include "nmsw/tensor/own_kernels.h"

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

/// The eight grids of every second voxel, as channels: [N,1,2d,2h,2w] to [N,8,d,h,w].
Tensor parities(const Tensor& image) {
  const Int3 e = extent_dhw(image);
  return image.view({image.size(0), e[0] / 2, 2, e[1] / 2, 2, e[2] / 2, 2})
      .permute({0, 2, 4, 6, 1, 3, 5})
      .reshape({image.size(0), 8, e[0] / 2, e[1] / 2, e[2] / 2});
}

/// Weights [O,1,3,3,3] of stride 2 as those of stride 1 [O,8,3,3,3] on the parities: along an axis
/// the middle weight belongs to the even voxel, the first and the last to the odd ones before and
/// behind it.
Tensor weight_on_parities(const Tensor& weight) {
  const Tensor spread = torch::zeros({weight.size(0), 8, 3, 3, 3}, weight.options());
  struct Tap {
    int64_t k, parity, shift;
  };
  constexpr Tap kTaps[] = {{0, 1, 0}, {1, 0, 1}, {2, 1, 1}};
  for (const Tap& z : kTaps) {
    for (const Tap& y : kTaps) {
      for (const Tap& x : kTaps) {
        spread.select(1, (z.parity * 2 + y.parity) * 2 + x.parity)
            .select(1, z.shift)
            .select(1, y.shift)
            .select(1, x.shift)
            .copy_(weight.select(1, 0).select(1, z.k).select(1, y.k).select(1, x.k));
      }
    }
  }
  return spread;
}

bool all_even(const Int3& extent) {
  return std::all_of(extent.begin(), extent.end(), [](int64_t size) { return size % 2 == 0; });
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

PendingNorm PlanarConv3dImpl::forward_pending(const std::vector<PendingNorm>& input,
                                              const PlanarOptions& wanted) {
  const Tensor& image = input.front().values;
  if (takes_planar_kernel(image)) return planar_conv3d(input, weight, bias, wanted);
  if (is_plain(image, 1, 1)) return point_conv3d(input, weight, bias, wanted);
  const Tensor output = forward(joined(settled(input))).contiguous();
  for (const PendingNorm& volume : wanted.added) output.add_(settled(volume));
  return {output, wanted.with_moments ? channel_moments(output) : Tensor(), 1};
}

Tensor PlanarConv3dImpl::strided_in_bf16(const Tensor& image) const {
  const Tensor products =
      torch::conv3d(image.to(torch::kBFloat16), weight.to(torch::kBFloat16), {}, 2, 1);
  Tensor sums = products.to(torch::kFloat);
  return bias.defined() ? sums.add_(bias.view({1, -1, 1, 1, 1})) : sums;
}

Tensor PlanarConv3dImpl::forward(const Tensor& image) {
  const int64_t in = options.in_channels(), out = options.out_channels();
  if (takes_planar_kernel(image)) return planar_conv3d(image, weight, bias);
  if (takes_inference_kernels(image)) {
    if (in == 1 && is_plain(image, 3, 2) && all_even(extent_dhw(image)) &&
        fits_planar(8, out, image, image.size(4) / 2)) {
      return planar_conv3d(parities(image), weight_on_parities(weight), bias);
    }
    for (const int64_t stride : {1, 2}) {
      if (!is_plain(image, 1, stride)) continue;
      const Tensor points = every(stride, image).contiguous();
      return point_conv3d({{points, {}, 1}}, weight, bias, {}).values;
    }
    // Without the instruction the library has no kernel for them that is faster than float32's.
    if (takes_bf16_products(image) && has_bf16_instructions() && is_plain(image, 3, 2)) {
      return strided_in_bf16(image);
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
