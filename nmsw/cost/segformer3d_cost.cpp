#include "nmsw/cost/segformer3d_cost.h"

#include <algorithm>

#include "nmsw/cost/float_bytes.h"
#include "nmsw/cost/layer_cost.h"

namespace nmsw {
namespace {

Cost attention_cost(const SegFormer3dConfig& config, size_t stage, Int3 grid) {
  const int64_t channels = config.channels[stage], reduction = config.reductions[stage];
  const Int3 reduced = divided_by(grid, reduction);
  const double tokens = voxels_in(grid), sources = voxels_in(reduced);
  const double products = 2 * tokens * sources * static_cast<double>(channels);
  const Cost whole = linear_cost(channels, channels, Bias::one_per_channel, tokens) +
                     linear_cost(channels, 2 * channels, Bias::one_per_channel, sources) +
                     linear_cost(channels, channels, Bias::one_per_channel, tokens) +
                     Cost{products, 0, 0, 0};
  if (reduction == 1) return whole;
  return whole + conv_cost({channels, channels, reduction}, reduced) +
         layer_norm_cost(channels, sources);
}

Cost block_cost(const SegFormer3dConfig& config, size_t stage, Int3 grid) {
  const int64_t channels = config.channels[stage], hidden = config.mlp_ratio * channels;
  const double tokens = voxels_in(grid);
  return layer_norm_cost(channels, tokens) + attention_cost(config, stage, grid) +
         layer_norm_cost(channels, tokens) +
         linear_cost(channels, hidden, Bias::one_per_channel, tokens) +
         conv_cost({hidden, hidden, 3, hidden}, grid) + batch_norm_cost(hidden, grid) +
         linear_cost(hidden, channels, Bias::one_per_channel, tokens);
}

}  // namespace

Cost segformer3d_cost(const SegFormer3dConfig& config, int64_t in_channels, int64_t num_classes,
                      Int3 extent) {
  require_consistent(config);
  require_multiple(SegFormer3dConfig::name, extent, size_multiple(config));
  const int64_t width = config.decoder_channels;
  const auto stages = static_cast<int64_t>(config.channels.size());
  const Int3 finest = divided_by(extent, token_side(0));
  Cost total = conv_cost({stages * width, width, 1, 1, Bias::none}, finest) +
               batch_norm_cost(width, finest) + conv_cost({width, num_classes, 1}, finest) +
               trilinear_cost(num_classes, extent);
  int64_t in = in_channels;
  for (size_t stage = 0; stage < config.channels.size(); ++stage) {
    const int64_t channels = config.channels[stage];
    const Int3 grid = divided_by(extent, token_side(stage));
    const double tokens = voxels_in(grid);
    total = total + conv_cost({in, channels, stage == 0 ? 7 : 3}, grid) +
            layer_norm_cost(channels, tokens) + layer_norm_cost(channels, tokens) +
            linear_cost(channels, width, Bias::one_per_channel, tokens) +
            layer_norm_cost(width, tokens);
    for (int64_t i = 0; i < config.depths[stage]; ++i) {
      total = total + block_cost(config, stage, grid);
    }
    in = channels;
  }
  return total;
}

int64_t segformer3d_peak_bytes(const SegFormer3dConfig& config, int64_t in_channels,
                               int64_t num_classes, Int3 extent) {
  const double params = segformer3d_cost(config, in_channels, num_classes, extent).params;
  const auto stages = static_cast<double>(config.channels.size());
  // The decoder at a quarter of the resolution: every stage brought there, twice while they are put
  // side by side, and one result. Or the logits at full resolution.
  const double decoder = (2 * stages + 1) * static_cast<double>(config.decoder_channels) *
                         voxels_in(divided_by(extent, token_side(0)));
  const double logits = static_cast<double>(num_classes) * voxels_in(extent);
  const double image = static_cast<double>(in_channels) * voxels_in(extent);
  return static_cast<int64_t>(kBytesPerFloat * (params + std::max(decoder, logits) + image));
}

}  // namespace nmsw
