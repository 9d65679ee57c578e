#include "nmsw/cost/nnunet_cost.h"

#include "nmsw/cost/float_bytes.h"
#include "nmsw/cost/layer_cost.h"

namespace nmsw {
namespace {

int64_t product_of(Int3 sizes) { return sizes[0] * sizes[1] * sizes[2]; }

/// Voxels of each level as a grid of one row: as the strides divide each axis, nothing else counts.
std::vector<Int3> level_grids(const NnUnetLevels& config, Int3 extent) {
  std::vector<Int3> grids;
  int64_t voxels = product_of(extent);
  for (const Int3& stride : config.strides_xyz) {
    voxels /= product_of(stride);
    grids.push_back({voxels, 1, 1});
  }
  return grids;
}

/// A kernel of n taps has the weights of a 1×1×1 kernel with n times the input channels.
Cost conv_norm_cost(int64_t in, int64_t out, Int3 kernel, Int3 grid) {
  return conv_cost({in * product_of(kernel), out, 1}, grid) + affine_instance_norm_cost(out, grid);
}

/// So many layers with weights of their own.
Cost repeated(const Cost& layer, int64_t count) {
  const auto times = static_cast<double>(count);
  return {layer.macs * times, layer.macs_paper * times, layer.params * times,
          layer.params_paper * times};
}

Cost conv_norms_cost(int64_t in, int64_t out, int64_t count, Int3 kernel, Int3 grid) {
  return conv_norm_cost(in, out, kernel, grid) +
         repeated(conv_norm_cost(out, out, kernel, grid), count - 1);
}

Cost encoder_level_cost(const NnUnetConfig& config, size_t level, int64_t in, Int3 grid) {
  return conv_norms_cost(in, config.channels[level], config.encoder_convs[level],
                         config.kernels_xyz[level], grid);
}

/// thop does not see the pooling in front of a shortcut.
Cost encoder_level_cost(const NnUnetResEncConfig& config, size_t level, int64_t in, Int3 grid) {
  const int64_t out = config.channels[level];
  const Int3 kernel = config.kernels_xyz[level];
  const Cost inner = conv_norm_cost(out, out, kernel, grid);
  const Cost first = conv_norm_cost(in, out, kernel, grid) + inner;
  const Cost shortcut =
      conv_cost({in, out, 1, 1, Bias::none}, grid) + affine_instance_norm_cost(out, grid);
  return first + (in == out ? Cost{} : shortcut) + repeated(inner, 2 * (config.blocks[level] - 1));
}

Cost stem_cost(const NnUnetConfig& /*config*/, int64_t& /*in*/, Int3 /*grid*/) { return {}; }
/// What the first level reads from then on.
Cost stem_cost(const NnUnetResEncConfig& config, int64_t& in, Int3 grid) {
  const Cost stem = conv_norm_cost(in, config.channels[0], config.kernels_xyz[0], grid);
  in = config.channels[0];
  return stem;
}

/// A level of the decoder with the grid below it: transposed convolution, skip behind it,
/// convolutions.
Cost decoder_level_cost(const NnUnetLevels& config, size_t level, int64_t convs,
                        const std::vector<Int3>& grids) {
  const int64_t out = config.channels[level];
  const int64_t taps = product_of(config.strides_xyz[level + 1]);
  return transposed_conv_cost({config.channels[level + 1] * taps, out, 1}, grids[level + 1],
                              grids[level]) +
         conv_norms_cost(2 * out, out, convs, config.kernels_xyz[level], grids[level]);
}

template <class Config>
Cost cost_of(const Config& config, int64_t in_channels, int64_t num_classes, Int3 extent) {
  require_consistent(config);
  require_multiple(Config::name, extent, size_multiple(config));
  const std::vector<Int3> grids = level_grids(config, extent);
  int64_t in = in_channels;
  Cost total = stem_cost(config, in, grids.front());
  for (size_t level = 0; level < grids.size(); ++level) {
    total = total + encoder_level_cost(config, level, in, grids[level]);
    in = config.channels[level];
  }
  for (size_t level = grids.size() - 1; level-- > 0;) {
    const int64_t convs = config.decoder_convs[grids.size() - 2 - level];
    const Cost head = conv_cost({config.channels[level], num_classes, 1}, grids[level]);
    total = total + decoder_level_cost(config, level, convs, grids) +
            (level == 0 ? head : Cost{0, 0, head.params, 0});
  }
  return total;
}

/// The top level of the decoder is the worst: the skip, what was raised to it, a convolution's
/// input and result, and what a convolution lays aside; as measured.
int64_t peak_bytes(const Cost& cost, const NnUnetLevels& config, int64_t in_channels,
                   int64_t num_classes, Int3 extent) {
  constexpr double kTopVolumes = 5;
  const double top = static_cast<double>(config.channels.front()) * kTopVolumes;
  const auto image = static_cast<double>(in_channels + num_classes);
  return static_cast<int64_t>(kBytesPerFloat * (cost.params + (top + image) * voxels_in(extent)));
}

}  // namespace

Cost nnunet_cost(const NnUnetConfig& config, int64_t in_channels, int64_t num_classes,
                 Int3 extent) {
  return cost_of(config, in_channels, num_classes, extent);
}

Cost nnunet_cost(const NnUnetResEncConfig& config, int64_t in_channels, int64_t num_classes,
                 Int3 extent) {
  return cost_of(config, in_channels, num_classes, extent);
}

int64_t nnunet_peak_bytes(const NnUnetConfig& config, int64_t in_channels, int64_t num_classes,
                          Int3 extent) {
  return peak_bytes(nnunet_cost(config, in_channels, num_classes, extent), config, in_channels,
                    num_classes, extent);
}

int64_t nnunet_peak_bytes(const NnUnetResEncConfig& config, int64_t in_channels,
                          int64_t num_classes, Int3 extent) {
  return peak_bytes(nnunet_cost(config, in_channels, num_classes, extent), config, in_channels,
                    num_classes, extent);
}

}  // namespace nmsw
