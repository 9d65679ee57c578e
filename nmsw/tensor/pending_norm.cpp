#include "nmsw/tensor/pending_norm.h"

#include "nmsw/kernels/norm_activation.h"
#include "nmsw/tensor/norm_activation.h"
#include "nmsw/tensor/shared_work.h"

namespace nmsw {

namespace {

/// Voxels that a thread takes at a time.
constexpr int64_t kVoxelsOfSum = 32768;

ConvChannel channel_at(const PendingNorm& volume, int64_t channel) {
  ConvChannel found;
  found.volume = volume.values.data_ptr<float>() + channel * volume.values.stride(1);
  if (!volume.moments.defined()) return found;
  const float* moments = volume.moments.data_ptr<float>() + 2 * channel;
  found.scale = moments[1];
  found.offset = -moments[0] * moments[1];
  found.slope = static_cast<float>(volume.slope);
  return found;
}

}  // namespace

PendingNorm pending_norm(const Tensor& volume, double slope) {
  const Tensor values = volume.contiguous();
  return {values, channel_moments(values), slope};
}

std::vector<ConvChannel> channels_of(const std::vector<PendingNorm>& volumes, int64_t n) {
  std::vector<ConvChannel> channels;
  for (const PendingNorm& volume : volumes) {
    const int64_t count = volume.values.size(1);
    for (int64_t c = 0; c < count; ++c) channels.push_back(channel_at(volume, n * count + c));
  }
  return channels;
}

Tensor settled(const PendingNorm& volume) {
  if (!volume.moments.defined()) return volume.values;
  const Tensor output = torch::empty_like(volume.values);
  activate(volume.values, volume.moments, static_cast<float>(volume.slope), output);
  return output;
}

std::vector<Tensor> settled(const std::vector<PendingNorm>& volumes) {
  std::vector<Tensor> parts;
  for (const PendingNorm& volume : volumes) parts.push_back(settled(volume));
  return parts;
}

Tensor joined(const std::vector<Tensor>& volumes) {
  return volumes.size() == 1 ? volumes.front() : torch::cat(volumes, 1);
}

Tensor sum_of(const PendingNorm& one, const PendingNorm& other, double slope) {
  const Tensor& sum = one.values;
  check_shape(other.values, {sum.size(0), sum.size(1), sum.size(2), sum.size(3), sum.size(4)},
              "second volume of a sum");
  const int64_t channels = sum.size(0) * sum.size(1), voxels = sum.stride(1);
  const int64_t turns = (voxels + kVoxelsOfSum - 1) / kVoxelsOfSum;
  float* const to = sum.data_ptr<float>();
  share_out_each(channels * turns, [&](int64_t i) {
    const int64_t channel = i / turns, first = i % turns * kVoxelsOfSum;
    add_channels(channel_at(one, channel), channel_at(other, channel), first,
                 std::min(voxels, first + kVoxelsOfSum), static_cast<float>(slope),
                 to + channel * voxels);
  });
  return sum;
}

}  // namespace nmsw
