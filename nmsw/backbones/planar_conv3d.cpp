#include "nmsw/backbones/planar_conv3d.h"

#include <algorithm>
#include <variant>

#include "nmsw/tensor/own_kernels.h"
#include "nmsw/tensor/planar.h"

namespace nmsw {

namespace {

/// Above this many channels, or below this many voxels in a row, LibTorch's vectors along the
/// channels win.
constexpr int64_t kMostChannels = 48;
constexpr int64_t kLeastWidth = 14;

bool all_are(torch::ExpandingArray<3> values, int64_t value) {
  return std::all_of(values->begin(), values->end(), [&](int64_t v) { return v == value; });
}

}  // namespace

bool PlanarConv3dImpl::is_planar(const Tensor& image) const {
  using std::get_if;  // LibTorch 1.13 brings its own variant, whose get_if is found by its namespace
  const auto* padding = get_if<torch::ExpandingArray<3>>(&options.padding());
  return takes_own_kernels(image) && weight.scalar_type() == torch::kFloat && image.dim() == 5 &&
         image.size(4) >= kLeastWidth && options.groups() == 1 &&
         std::max(options.in_channels(), options.out_channels()) <= kMostChannels &&
         all_are(options.kernel_size(), 3) && all_are(options.stride(), 1) &&
         all_are(options.dilation(), 1) && padding != nullptr && all_are(*padding, 1);
}

bool PlanarConv3dImpl::is_pointwise(const Tensor& image) const {
  using std::get_if;
  const auto* padding = get_if<torch::ExpandingArray<3>>(&options.padding());
  return takes_own_kernels(image) && weight.scalar_type() == torch::kFloat && image.dim() == 5 &&
         options.groups() == 1 && all_are(options.kernel_size(), 1) &&
         all_are(options.stride(), 1) && padding != nullptr && all_are(*padding, 0);
}

Tensor PlanarConv3dImpl::forward(const Tensor& image) {
  if (is_planar(image)) return planar_conv3d(image, weight, bias);
  if (!is_pointwise(image)) return Conv3dImpl::forward(image);
  const int64_t batch = image.size(0), out = options.out_channels();
  const Tensor points = image.reshape({batch, image.size(1), -1});
  const Tensor factors = weight.view({1, out, -1}).expand({batch, -1, -1});
  const Tensor sums = bias.defined() ? torch::baddbmm(bias.view({1, -1, 1}), factors, points)
                                     : torch::bmm(factors, points);
  return sums.view({batch, out, image.size(2), image.size(3), image.size(4)});
}

}  // namespace nmsw
