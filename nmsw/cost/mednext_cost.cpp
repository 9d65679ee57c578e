#include "nmsw/cost/mednext_cost.h"

#include <algorithm>

#include "nmsw/cost/float_bytes.h"
#include "nmsw/cost/layer_cost.h"

namespace nmsw {
namespace {

/// GroupNorm with one group a channel: parameters that thop does not see.
Cost group_norm_cost(int64_t channels) { return {0, 0, 2 * static_cast<double>(channels), 0}; }

Cost expand_and_compress(int64_t in, int64_t out, int64_t expansion, Int3 extent) {
  return conv_cost({in, expansion * in, 1}, extent) + conv_cost({expansion * in, out, 1}, extent);
}

Cost block_cost(int64_t channels, int64_t expansion, Int3 extent) {
  return conv_cost({channels, channels, 3, channels}, extent) + group_norm_cost(channels) +
         expand_and_compress(channels, channels, expansion, extent);
}

Cost blocks_cost(int64_t channels, int64_t expansion, int64_t count, Int3 extent) {
  Cost total;
  for (int64_t i = 0; i < count; ++i) total = total + block_cost(channels, expansion, extent);
  return total;
}

Cost down_cost(int64_t in, int64_t expansion, Int3 out_extent) {
  return conv_cost({in, in, 3, in}, out_extent) + group_norm_cost(in) +
         expand_and_compress(in, 2 * in, expansion, out_extent) +
         conv_cost({in, 2 * in, 1}, out_extent);
}

/// The transposed convolutions end one voxel short of twice the size; a plane of zeros is added at
/// the very end.
Cost up_cost(int64_t in, int64_t expansion, Int3 in_extent) {
  Int3 short_extent = multiplied_by(in_extent, 2);
  for (int64_t& size : short_extent) --size;
  return transposed_conv_cost({in, in, 3, in}, in_extent, short_extent) + group_norm_cost(in) +
         expand_and_compress(in, in / 2, expansion, short_extent) +
         transposed_conv_cost({in, in / 2, 1}, in_extent, short_extent);
}

}  // namespace

Cost mednext_cost(const MedNeXtConfig& config, int64_t in_channels, int64_t num_classes,
                  Int3 extent) {
  require_consistent(config);
  require_multiple(MedNeXtConfig::name, extent, size_multiple(config));
  const size_t levels = level_count(config);
  const Cost unused_tensors{0, 0, 2, 0};
  Cost total = unused_tensors + conv_cost({in_channels, config.channels, 1}, extent) +
               transposed_conv_cost({config.channels, num_classes, 1}, extent, extent);
  int64_t channels = config.channels;
  for (size_t level = 0; level < levels; ++level) {
    const size_t above = 2 * levels - level;
    const Int3 below = divided_by(extent, 2);
    total = total + blocks_cost(channels, config.expansions[level], config.blocks[level], extent) +
            blocks_cost(channels, config.expansions[above], config.blocks[above], extent) +
            down_cost(channels, config.expansions[level + 1], below) +
            up_cost(2 * channels, config.expansions[above], below);
    channels *= 2;
    extent = below;
  }
  return total + blocks_cost(channels, config.expansions[levels], config.blocks[levels], extent);
}

int64_t mednext_peak_bytes(const MedNeXtConfig& config, int64_t in_channels, int64_t num_classes,
                           Int3 extent) {
  const double params = mednext_cost(config, in_channels, num_classes, extent).params;
  // Going up to the top level is the worst: twice its channels out of the transposed convolution,
  // the shortcut, their sum and the padded sum; what the encoder and the levels below have left;
  // and what the heap loses between volumes of so many sizes, as measured.
  constexpr double kTopVolumes = 13;
  const double top = static_cast<double>(config.channels) * voxels_in(extent) * kTopVolumes;
  const double image = static_cast<double>(in_channels) * voxels_in(extent);
  return static_cast<int64_t>(kBytesPerFloat * (params + top + image));
}

}  // namespace nmsw
