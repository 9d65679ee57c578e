#include "nmsw/ops/deferred_norm.h"

#include <cmath>

#include "nmsw/kernels/norm/norm_activation.h"
#include "nmsw/ops/norm_activation.h"
#include "nmsw/ops/parallel_dynamic.h"

namespace nmsw {

namespace {

/// Voxels per chunk of dynamic scheduling.
constexpr int64_t kVoxelsOfSum = 32768;

/// Folds the norm of channel i into scale · x + offset.
void take_norm(const Tensor& moments, int64_t i, float& scale, float& offset) {
  if (!moments.defined()) return;
  const float* pair = moments.data_ptr<float>() + 2 * i;
  scale = pair[1];
  offset -= pair[0] * pair[1];
}

/// `channel` counts the channels of all items, one item behind the other.
FusedChannel channel_at(const DeferredNorm& volume, int64_t channel) {
  FusedChannel found;
  found.volume = volume.values.data_ptr<float>() + channel * volume.values.stride(1);
  take_norm(volume.moments, channel, found.scale, found.offset);
  if (volume.added.defined()) {
    const bool one_for_all = volume.added.size(1) != volume.values.size(1);
    const int64_t at = one_for_all ? channel / volume.values.size(1) : channel;
    found.added = volume.added.data_ptr<float>() + at * volume.added.stride(1);
    take_norm(volume.added_moments, channel, found.added_scale, found.offset);
  }
  if (volume.moments.defined()) found.slope = static_cast<float>(volume.slope);
  return found;
}

/// Calls work(channel, first voxel, end voxel), in parallel; `channel` counts those of all items.
template <class Work>
void for_runs(const Tensor& volumes, Work work) {
  const int64_t channels = volumes.size(0) * volumes.size(1), voxels = volumes.stride(1);
  const int64_t turns = (voxels + kVoxelsOfSum - 1) / kVoxelsOfSum;
  share_out_each(channels * turns, [&](int64_t i) {
    const int64_t first = i % turns * kVoxelsOfSum;
    work(i / turns, first, std::min(voxels, first + kVoxelsOfSum));
  });
}

void settle_into(const DeferredNorm& volume, const Tensor& output) {
  float* const to = output.data_ptr<float>();
  for_runs(volume.values, [&](int64_t channel, int64_t first, int64_t last) {
    settle_channel(channel_at(volume, channel), first, last, to + channel * output.stride(1));
  });
}

bool is_plain(const DeferredNorm& volume) {
  return !volume.moments.defined() && !volume.added.defined();
}

}  // namespace

DeferredNorm deferred_norm(const Tensor& volume, double slope) {
  const Tensor values = volume.contiguous();
  return {values, channel_moments(values), slope};
}

void scale_norm(DeferredNorm& volume, const Tensor& scale, const Tensor& offset) {
  // A scale of 0 leaves the offset alone; so does one that no volume shows beside it.
  constexpr double kLeastScale = 1e-20;
  const int64_t channels = volume.values.size(1);
  check_shape(scale, {channels}, "scale of a norm");
  check_shape(offset, {channels}, "offset of a norm");
  if (!volume.moments.defined()) throw ShapeError("scale of a norm: no norm is pending");
  const Tensor scales = scale.contiguous(), offsets = offset.contiguous();
  float* moments = volume.moments.data_ptr<float>();
  for (int64_t i = 0; i < volume.moments.size(0); ++i) {
    const double given = scales.data_ptr<float>()[i % channels];
    const double factor = std::abs(given) < kLeastScale ? kLeastScale : given;
    const double scaled = factor * moments[2 * i + 1];
    moments[2 * i] =
        static_cast<float>(moments[2 * i] - offsets.data_ptr<float>()[i % channels] / scaled);
    moments[2 * i + 1] = static_cast<float>(scaled);
  }
}

std::vector<FusedChannel> channels_of(const std::vector<DeferredNorm>& volumes, int64_t n) {
  std::vector<FusedChannel> channels;
  for (const DeferredNorm& volume : volumes) {
    const int64_t count = volume.values.size(1);
    for (int64_t c = 0; c < count; ++c) channels.push_back(channel_at(volume, n * count + c));
  }
  return channels;
}

DeferredNorm sum_pending(DeferredNorm one, const DeferredNorm& other, double slope) {
  const Tensor& sum = one.values;
  check_shape(other.values,
              {sum.size(0), other.values.size(1) == 1 ? 1 : sum.size(1), sum.size(2), sum.size(3),
               sum.size(4)},
              "second volume of a sum");
  if (!one.moments.defined() || one.added.defined() || other.added.defined() ||
      (other.moments.defined() && other.slope != 1)) {
    throw ShapeError("sum of volumes: more is pending than their norms");
  }
  one.slope = slope;
  one.added = other.values;
  one.added_moments = other.moments;
  return one;
}

Tensor settled(const DeferredNorm& volume) {
  if (is_plain(volume)) return volume.values;
  const Tensor output = torch::empty_like(volume.values);
  settle_into(volume, output);
  return output;
}

void settle(DeferredNorm& volume) {
  if (is_plain(volume)) return;
  settle_into(volume, volume.values);
  volume = {volume.values, {}, 1};
}

std::vector<Tensor> settled(const std::vector<DeferredNorm>& volumes) {
  std::vector<Tensor> parts;
  for (const DeferredNorm& volume : volumes) parts.push_back(settled(volume));
  return parts;
}

Tensor joined(const std::vector<Tensor>& volumes) {
  return volumes.size() == 1 ? volumes.front() : torch::cat(volumes, 1);
}

Tensor sum_of(const DeferredNorm& one, const DeferredNorm& other) {
  const Tensor& sum = one.values;
  check_shape(other.values, {sum.size(0), sum.size(1), sum.size(2), sum.size(3), sum.size(4)},
              "second volume of a sum");
  float* const to = sum.data_ptr<float>();
  for_runs(sum, [&](int64_t channel, int64_t first, int64_t last) {
    add_channels(channel_at(one, channel), channel_at(other, channel), first, last,
                 to + channel * sum.stride(1));
  });
  return sum;
}

}  // namespace nmsw
