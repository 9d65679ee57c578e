#include "nmsw/ops/library_norm.h"

#include "nmsw/ops/kernel_choice.h"
#include "nmsw/ops/norm_activation.h"

namespace nmsw {

namespace {

thread_local int channels_last = 0;

bool wants_channels_last(const Tensor& x) {
  return channels_last > 0 && !takes_own_kernels(x) && !torch::GradMode::is_enabled();
}

}  // namespace

ChannelsLastInference::ChannelsLastInference(bool active) : on_(channels_last, active) {}

Tensor laid_out(const Tensor& volume) {
  return volume.contiguous(wants_channels_last(volume) ? torch::MemoryFormat::ChannelsLast3d
                                                       : torch::MemoryFormat::Contiguous);
}

Tensor library_norm(const Tensor& input, const Tensor& scale, const Tensor& offset) {
  // A group norm because LibTorch's instance norm refuses a grid of one voxel in training.
  if (!wants_channels_last(input)) {
    return torch::group_norm(input, input.size(1), scale, offset, kInstanceNormEpsilon);
  }
  // LibTorch's group and instance norms convert other layouts to contiguous, and autocast runs the
  // first in float32. Its batch norm does neither, and on a single item it is the same norm.
  const Tensor volumes = laid_out(input);
  std::vector<Tensor> normed;
  for (int64_t n = 0; n < volumes.size(0); ++n) {
    normed.push_back(std::get<0>(at::native_batch_norm(volumes.narrow(0, n, 1), scale, offset, {},
                                                       {}, /*training=*/true, /*momentum=*/0,
                                                       kInstanceNormEpsilon)));
  }
  return normed.size() == 1 ? normed.front() : torch::cat(normed);
}

Tensor library_group_norm(const Tensor& input, int64_t groups, const Tensor& scale,
                          const Tensor& offset) {
  if (!wants_channels_last(input)) {
    return torch::group_norm(input, groups, scale, offset, kInstanceNormEpsilon);
  }
  const Tensor x = laid_out(input).to(scale.scalar_type());
  const Int3 extent = extent_dhw(x);
  const Tensor grouped = x.view({x.size(0), groups, -1, extent[0], extent[1], extent[2]});
  const auto [variance, mean] = torch::var_mean(grouped, {2, 3, 4, 5}, /*unbiased=*/false,
                                                /*keepdim=*/true);
  const Tensor normed = (grouped - mean) * (variance + kInstanceNormEpsilon).rsqrt();
  const auto each_channel = [](const Tensor& values) { return values.view({1, -1, 1, 1, 1}); };
  return laid_out((normed.view(x.sizes()) * each_channel(scale) + each_channel(offset))
                      .to(input.scalar_type()));
}

}  // namespace nmsw
