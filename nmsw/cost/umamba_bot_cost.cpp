#include "nmsw/cost/umamba_bot_cost.h"

#include "nmsw/cost/float_bytes.h"
#include "nmsw/cost/layer_cost.h"

namespace nmsw {
namespace {

int64_t voxel_count(Int3 sizes) { return sizes[0] * sizes[1] * sizes[2]; }

/// A kernel of n taps has the weights of a 1×1×1 kernel with n times the input channels.
Cost conv_norm_cost(int64_t in, int64_t out, Int3 kernel, Int3 grid) {
  return conv_cost({in * voxel_count(kernel), out, 1}, grid) + affine_instance_norm_cost(out, grid);
}

/// A block with a shortcut, and the others without.
Cost blocks_cost(int64_t in, int64_t out, int64_t count, Int3 kernel, Int3 grid) {
  const Cost inner = conv_norm_cost(out, out, kernel, grid);
  Cost total = conv_norm_cost(in, out, kernel, grid) + inner + conv_cost({in, out, 1}, grid);
  for (int64_t i = 1; i < count; ++i) total = total + inner + inner;
  return total;
}

Cost unseen(const Cost& cost) { return {cost.macs, 0, cost.params, 0}; }

Cost mamba_cost(const UMambaBotConfig& config, Int3 grid) {
  const int64_t channels = config.channels.back(), inner = scan_channels(config),
                steps = step_channels(config);
  const double tokens = voxels_in(grid), width = static_cast<double>(inner);
  const Cost rates_and_skip{0, 0, width * static_cast<double>(config.states) + width, 0};
  return layer_norm_cost(channels, tokens) +
         unseen(rates_and_skip + linear_cost(channels, 2 * inner, Bias::none, tokens) +
                conv_cost({config.taps, inner, 1, 1}, {voxel_count(grid), 1, 1}) +
                linear_cost(inner, steps + 2 * config.states, Bias::none, tokens) +
                linear_cost(steps, inner, Bias::one_per_channel, tokens) +
                linear_cost(inner, channels, Bias::none, tokens));
}

}  // namespace

Cost umamba_bot_cost(const UMambaBotConfig& config, int64_t in_channels, int64_t num_classes,
                     Int3 extent) {
  require_consistent(config);
  require_multiple(UMambaBotConfig::name, extent, size_multiple(config));
  // As the strides divide each axis, only the number of a grid's voxels counts.
  std::vector<Int3> grids;
  int64_t voxels = voxel_count(extent);
  for (const Int3& stride : config.strides_xyz) {
    voxels /= voxel_count(stride);
    grids.push_back({voxels, 1, 1});
  }
  int64_t in = config.channels.front();
  Cost total = blocks_cost(in_channels, in, config.blocks.front(), config.kernels_xyz.front(),
                           grids.front()) +
               mamba_cost(config, grids.back());
  for (size_t level = 0; level < grids.size(); ++level) {
    total = total + blocks_cost(in, config.channels[level], config.blocks[level],
                                config.kernels_xyz[level], grids[level]);
    in = config.channels[level];
  }
  for (size_t level = grids.size() - 1; level-- > 0;) {
    const int64_t out = config.channels[level];
    const Cost head = conv_cost({out, num_classes, 1}, grids[level]);
    total = total + conv_cost({config.channels[level + 1], out, 1}, grids[level]) +
            blocks_cost(2 * out, out, config.decoder_blocks[grids.size() - 2 - level],
                        config.kernels_xyz[level], grids[level]) +
            (level == 0 ? head : Cost{0, 0, head.params, 0});
  }
  return total;
}

int64_t umamba_bot_peak_bytes(const UMambaBotConfig& config, int64_t in_channels,
                              int64_t num_classes, Int3 extent) {
  const double params = umamba_bot_cost(config, in_channels, num_classes, extent).params;
  // The decoder's top level is the worst: what is raised to it at the width of the level below and
  // at its own, the skip, both side by side, and the logits.
  const auto below = static_cast<double>(config.channels[1]),
             top = static_cast<double>(config.channels[0]);
  const double volumes = below + 5 * top + static_cast<double>(num_classes + in_channels);
  return static_cast<int64_t>(kBytesPerFloat * (params + volumes * voxels_in(extent)));
}

}  // namespace nmsw
