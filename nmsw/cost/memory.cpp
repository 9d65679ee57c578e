#include "nmsw/cost/memory.h"

#include <algorithm>

#include "nmsw/base/block_schedule.h"
#include "nmsw/cost/cost.h"
#include "nmsw/cost/float_bytes.h"
#include "nmsw/cost/layer_cost.h"
#include "nmsw/cost/patch_count.h"
#include "nmsw/cost/unet_shape.h"

namespace nmsw {
namespace {

/// LibTorch and ITK loaded and at work, as measured.
constexpr double kProgramBytes = 300e6;

/// A level of the encoder: its input, and of its output size the shortcut, a convolution's input
/// and result.
double level_values(double in_values, int64_t out_channels, Int3 out_extent) {
  return in_values + static_cast<double>(3 * out_channels) * voxels_in(out_extent);
}

/// Volumes of a decoder level's output size: what the transposed convolution and the one behind it
/// write.
constexpr double kDecoderVolumes = 2;

}  // namespace

int64_t unet_peak_bytes(const UNetConfig& config, int64_t in_channels, int64_t num_classes,
                        Int3 extent) {
  const UNetShape shape = unet_shape(config, num_classes, extent);
  double kept = 0;
  double peak = 0;
  double in = static_cast<double>(in_channels) * voxels_in(extent);
  for (size_t level = 0; level < config.channels.size(); ++level) {
    const double out =
        static_cast<double>(config.channels[level]) * voxels_in(shape.encoder_extents[level]);
    peak = std::max(peak,
                    kept + level_values(in, config.channels[level], shape.encoder_extents[level]));
    kept += out;
    in = out;
  }
  for (const UNetUpLevel& level : shape.decoder) {
    const double out = static_cast<double>(level.out) * voxels_in(level.out_extent);
    peak = std::max(peak, kept + kDecoderVolumes * out);
    kept += out;
  }
  const double params = unet_cost(config, in_channels, num_classes, extent).params;
  return static_cast<int64_t>(kBytesPerFloat * (peak + params));
}

int64_t conv_aggregation_peak_bytes(int64_t num_classes, Int3 patch) {
  // The patch's logits and the coarse ones, the two side by side, a convolution's result and its
  // activation.
  const double values = 8 * static_cast<double>(num_classes) * voxels_in(patch);
  const double params = conv_aggregation_cost(num_classes, patch).params;
  return static_cast<int64_t>(kBytesPerFloat * (values + params));
}

int64_t most_open_blocks(Int3 volume, Int3 patch, double overlap, int64_t bands, int64_t k) {
  // One block along the last axis stands for all: plans ask for hundreds of these numbers.
  const int64_t width = kBlockDhw[2];
  const Int3 thin_volume{volume[0], volume[1], width}, thin_patch{patch[0], patch[1], width};
  std::vector<Int3> starts = patch_starts(thin_volume, thin_patch, overlap);
  std::sort(starts.begin(), starts.end(),
            [axis = sweep_axis(volume)](Int3 a, Int3 b) { return comes_before(a, b, axis); });
  int64_t most = 0;
  for (const BlockBox& band : block_bands(thin_volume, bands)) {
    most = std::max(most, block_schedule(band, thin_patch, starts).most_open);
  }
  most *= all_blocks(volume).last_dhw[2];
  int64_t of_one = 1;
  for (size_t axis = 0; axis < 3; ++axis) {
    of_one *= (patch[axis] + kBlockDhw[axis] - 1) / kBlockDhw[axis] + 1;
  }
  // Some of the patches open no block that all of them would not have open.
  return k < most / of_one ? k * of_one : most;
}

int64_t method_peak_bytes(const MethodMemoryInput& input) {
  const double voxels = voxels_in(input.volume_xyz);
  const auto classes = static_cast<double>(input.num_classes);
  const auto channels = static_cast<double>(input.in_channels);
  const double images =
      kBytesPerFloat * channels * (voxels + static_cast<double>(input.unpadded_voxels));
  const double coarse =
      kBytesPerFloat * static_cast<double>(input.global_voxels) * (channels + classes);
  const double sums =
      kBytesPerFloat * static_cast<double>(input.open_blocks * kBlockVoxels) * (1 + classes);
  const double label_map = voxels;
  const double local_moment = coarse + sums + label_map + static_cast<double>(input.local_bytes);
  return static_cast<int64_t>(kProgramBytes + images +
                              std::max(local_moment, static_cast<double>(input.global_bytes)));
}

}  // namespace nmsw
