#include "nmsw/cost/memory.h"

#include <algorithm>

#include "nmsw/cost/cost.h"
#include "nmsw/cost/layer_cost.h"
#include "nmsw/cost/unet_shape.h"

namespace nmsw {
namespace {

constexpr double kBytesPerFloat = 4;

/// A level's input, and of its output size: the shortcut, a convolution's result and its normalised
/// copy.
double level_values(double in_values, double out_values) { return in_values + 3 * out_values; }

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
    peak = std::max(peak, kept + level_values(in, out));
    kept += out;
    in = out;
  }
  for (const UNetUpLevel& level : shape.decoder) {
    const double joined = static_cast<double>(level.in) * voxels_in(level.in_extent);
    const double out = static_cast<double>(level.out) * voxels_in(level.out_extent);
    peak = std::max(peak, kept + level_values(joined, out));
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

int64_t method_peak_bytes(const MethodMemoryInput& input) {
  const double voxels = voxels_in(input.volume_xyz);
  const auto classes = static_cast<double>(input.num_classes);
  const double image_weights_logits = kBytesPerFloat * voxels * (2 + classes);
  const double coarse = kBytesPerFloat * static_cast<double>(input.global_voxels) * (1 + classes);
  const double label_map = voxels;
  return static_cast<int64_t>(image_weights_logits + coarse + label_map) +
         std::max(input.local_bytes, input.global_bytes);
}

}  // namespace nmsw
