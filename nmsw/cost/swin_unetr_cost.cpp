#include "nmsw/cost/swin_unetr_cost.h"

#include <algorithm>

#include "nmsw/cost/float_bytes.h"
#include "nmsw/cost/layer_cost.h"

namespace nmsw {
namespace {

/// The windows of a stage: tokens after padding, and tokens a window.
struct Windows {
  double padded_tokens;
  double window_tokens;
};

Windows windows_over(Int3 grid, int64_t window) {
  Windows windows{1, 1};
  for (const int64_t size : grid) {
    const int64_t side = std::min(size, window);
    const int64_t padded = (size + side - 1) / side * side;
    windows.padded_tokens *= static_cast<double>(padded);
    windows.window_tokens *= static_cast<double>(side);
  }
  return windows;
}

/// qkv, both products, softmax (3n-1 a row of n to thop), projection, table of relative positions.
Cost attention_cost(const SwinUnetrConfig& config, int64_t channels, int64_t heads, Int3 grid) {
  const Windows windows = windows_over(grid, config.window);
  const double products =
      2 * windows.padded_tokens * windows.window_tokens * static_cast<double>(channels);
  const double softmax =
      windows.padded_tokens * static_cast<double>(heads) * (3 * windows.window_tokens - 1);
  const auto positions = static_cast<double>(2 * config.window - 1);
  const double table = positions * positions * positions * static_cast<double>(heads);
  return linear_cost(channels, 3 * channels, Bias::one_per_channel, windows.padded_tokens) +
         linear_cost(channels, channels, Bias::one_per_channel, windows.padded_tokens) +
         Cost{products, softmax, table, 0};
}

Cost transformer_block_cost(const SwinUnetrConfig& config, int64_t channels, int64_t heads,
                            Int3 grid) {
  const double tokens = voxels_in(grid);
  const int64_t hidden = config.mlp_ratio * channels;
  return layer_norm_cost(channels, tokens) + attention_cost(config, channels, heads, grid) +
         layer_norm_cost(channels, tokens) +
         linear_cost(channels, hidden, Bias::one_per_channel, tokens) +
         linear_cost(hidden, channels, Bias::one_per_channel, tokens);
}

Cost merging_cost(int64_t channels, Int3 out_grid) {
  const double tokens = voxels_in(out_grid);
  return layer_norm_cost(8 * channels, tokens) +
         linear_cost(8 * channels, 2 * channels, Bias::none, tokens);
}

Cost res_block_cost(int64_t in, int64_t out, Int3 extent) {
  const Cost norm = instance_norm_cost(out, extent);
  const Cost path = conv_cost({in, out, 3, 1, Bias::none}, extent) + norm +
                    conv_cost({out, out, 3, 1, Bias::none}, extent) + norm;
  return in == out ? path : path + conv_cost({in, out, 1, 1, Bias::none}, extent) + norm;
}

Cost up_block_cost(int64_t in, int64_t out, Int3 in_extent) {
  const Int3 out_extent = multiplied_by(in_extent, 2);
  return transposed_conv_cost({in, out, 2, 1, Bias::none}, in_extent, out_extent) +
         res_block_cost(2 * out, out, out_extent);
}

Cost transformer_cost(const SwinUnetrConfig& config, int64_t in_channels, Int3 grid) {
  int64_t channels = config.feature_size;
  Cost total = conv_cost({in_channels, channels, 2}, grid);
  for (size_t stage = 0; stage < config.depths.size(); ++stage) {
    for (int64_t block = 0; block < config.depths[stage]; ++block) {
      total = total + transformer_block_cost(config, channels, config.heads[stage], grid);
    }
    grid = divided_by(grid, 2);
    total = total + merging_cost(channels, grid);
    channels *= 2;
  }
  return total;
}

}  // namespace

Cost swin_unetr_cost(const SwinUnetrConfig& config, int64_t in_channels, int64_t num_classes,
                     Int3 extent) {
  require_consistent(config);
  require_multiple(SwinUnetrConfig::name, extent, size_multiple(config));
  const int64_t width = config.feature_size;
  const Int3 half = divided_by(extent, 2);
  Cost total = transformer_cost(config, in_channels, half) +
               res_block_cost(in_channels, width, extent) + up_block_cost(width, width, half) +
               conv_cost({width, num_classes, 1}, extent);
  Int3 grid = half;
  int64_t channels = width;
  const size_t stages = config.depths.size();
  for (size_t level = 0; level < stages; ++level) {
    const Int3 below = divided_by(grid, 2);
    // The last stage's input goes to the decoder as it is.
    if (level + 1 < stages) total = total + res_block_cost(channels, channels, grid);
    total = total + up_block_cost(2 * channels, channels, below);
    channels *= 2;
    grid = below;
  }
  return total + res_block_cost(channels, channels, grid);
}

int64_t swin_unetr_peak_bytes(const SwinUnetrConfig& config, int64_t in_channels,
                              int64_t num_classes, Int3 extent) {
  const double params = swin_unetr_cost(config, in_channels, num_classes, extent).params;
  // The last decoder at full size is the worst: its input beside the skip, a convolution's result
  // and its normalised copy, the skip kept from the encoder. The attention matrices pass in small
  // portions.
  const double full_size =
      static_cast<double>(6 * config.feature_size + num_classes + in_channels) * voxels_in(extent);
  return static_cast<int64_t>(kBytesPerFloat * (params + full_size));
}

}  // namespace nmsw
