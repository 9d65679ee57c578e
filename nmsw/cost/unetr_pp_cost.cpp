#include "nmsw/cost/unetr_pp_cost.h"

#include <algorithm>

#include "nmsw/cost/float_bytes.h"
#include "nmsw/cost/layer_cost.h"

namespace nmsw {
namespace {

/// Projections of keys and values, weights between channels and to projected places, and what they
/// weigh.
Cost paired_attention_cost(const UnetrPpConfig& config, int64_t channels, int64_t projection,
                           double tokens) {
  const auto width = static_cast<double>(channels), keys = static_cast<double>(projection),
             heads = static_cast<double>(config.heads);
  const double products =
      2 * tokens * width * keys + 2 * tokens * width * (width / heads) + 2 * tokens * width * keys;
  const double unseen = tokens * keys + 2 * heads;
  return linear_cost(channels, 4 * channels, Bias::none, tokens) + Cost{products, 0, unseen, 0};
}

Cost block_cost(const UnetrPpConfig& config, int64_t channels, int64_t projection, Int3 grid) {
  const double tokens = voxels_in(grid), width = static_cast<double>(channels);
  const Cost positions_and_scale{0, 0, tokens * width + width, 0};
  const Cost conv =
      conv_cost({channels, channels, 3, 1, Bias::none}, grid) + batch_norm_cost(channels, grid);
  return positions_and_scale + layer_norm_cost(channels, tokens) +
         paired_attention_cost(config, channels, projection, tokens) + conv + conv +
         conv_cost({channels, channels, 1}, grid);
}

Cost blocks_cost(const UnetrPpConfig& config, int64_t channels, int64_t projection, int64_t depth,
                 Int3 grid) {
  Cost total;
  for (int64_t i = 0; i < depth; ++i) {
    total = total + block_cost(config, channels, projection, grid);
  }
  return total;
}

/// Two convolutions with instance norm, and a third where the channels change.
Cost image_block_cost(int64_t in, int64_t out, Int3 extent) {
  const Cost norm = instance_norm_cost(out, extent);
  const Cost path = conv_cost({in, out, 3, 1, Bias::none}, extent) + norm +
                    conv_cost({out, out, 3, 1, Bias::none}, extent) + norm;
  return in == out ? path : path + conv_cost({in, out, 1, 1, Bias::none}, extent) + norm;
}

}  // namespace

Cost unetr_pp_cost(const UnetrPpConfig& config, int64_t in_channels, int64_t num_classes,
                   Int3 extent) {
  require_consistent(config);
  require_image_channels(config, in_channels);
  Int3 wanted = config.size_xyz, found = extent;
  std::sort(wanted.begin(), wanted.end());
  std::sort(found.begin(), found.end());
  if (found != wanted) {
    throw ConfigError("{}: extent {}x{}x{}, and its weights fit {}x{}x{} only; choose that patch",
                      UnetrPpConfig::name, extent[0], extent[1], extent[2], config.size_xyz[0],
                      config.size_xyz[1], config.size_xyz[2]);
  }
  const int64_t width = config.feature_size;
  Int3 grid = divided_by(extent, 4);
  Cost total = image_block_cost(in_channels, width, extent) +
               transposed_conv_cost({2 * width, width, 4, 1, Bias::none}, grid, extent) +
               image_block_cost(width, width, extent) + conv_cost({width, num_classes, 1}, extent);
  int64_t in = in_channels;
  for (size_t stage = 0; stage < config.depths.size(); ++stage) {
    const int64_t channels = width << (stage + 1);
    const Cost group_norm{0, 0, 2 * static_cast<double>(channels), 0};
    total = total + conv_cost({in, channels, stage == 0 ? 4 : 2, 1, Bias::none}, grid) +
            group_norm +
            blocks_cost(config, channels, config.projections[stage], config.depths[stage], grid);
    if (stage + 1 < config.depths.size()) {
      const Int3 below = divided_by(grid, 2);
      total = total +
              transposed_conv_cost({2 * channels, channels, 2, 1, Bias::none}, below, grid) +
              blocks_cost(config, channels, config.decoder_projection, config.decoder_depth, grid);
      grid = below;
    }
    in = channels;
  }
  return total;
}

int64_t unetr_pp_peak_bytes(const UnetrPpConfig& config, int64_t in_channels, int64_t num_classes,
                            Int3 extent) {
  const double params = unetr_pp_cost(config, in_channels, num_classes, extent).params;
  // The last block at full size is the worst: its input's two parts, their sum, a convolution's
  // result and the next one's.
  const double full_size =
      static_cast<double>(5 * config.feature_size + num_classes + in_channels) * voxels_in(extent);
  return static_cast<int64_t>(kBytesPerFloat * (params + full_size));
}

}  // namespace nmsw
