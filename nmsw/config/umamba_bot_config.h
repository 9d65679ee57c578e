#pragma once

#include <algorithm>
#include <numeric>

#include "nmsw/config/network_config.h"

namespace nmsw {

/// U-Mamba Bot of METHOD 1.9 at the sizes that nnU-Net's planner gives a patch of 128³: one entry of
/// each list a level, full resolution first and the bottleneck last; the decoder has one level less
/// and is listed from the bottleneck up.
struct UMambaBotConfig {
  static constexpr const char* name = "umamba_bot";
  static constexpr const char* summary =
      "U-Mamba Bot: residual UNet with a state-space model at the bottleneck";
  static constexpr const char* source = "Ma et al. 2024";
  static constexpr NetworkRole role = NetworkRole::local_or_global;

  std::vector<int64_t> channels{32, 64, 128, 256, 320, 320};
  std::vector<Int3> strides_xyz{{1, 1, 1}, {2, 2, 2}, {2, 2, 2}, {2, 2, 2}, {2, 2, 2}, {2, 2, 2}};
  std::vector<Int3> kernels_xyz{{3, 3, 3}, {3, 3, 3}, {3, 3, 3}, {3, 3, 3}, {3, 3, 3}, {3, 3, 3}};
  std::vector<int64_t> blocks{2, 2, 2, 1, 1, 1};
  std::vector<int64_t> decoder_blocks{2, 2, 2, 1, 1};
  int64_t states = 16;
  int64_t taps = 4;
  int64_t expansion = 2;
};

inline constexpr Within<1, 16> umamba_stride{};
inline constexpr Within<1, 31> umamba_kernel{};

template <class Visitor>
void visit_fields(UMambaBotConfig& config, Visitor& v) {
  v.field("channels", config.channels, positive,
          "feature channels of each level, the bottleneck last");
  v.field("strides_xyz", config.strides_xyz, umamba_stride,
          "stride into each level along x, y, z; the first must be [1,1,1]");
  v.field("kernels_xyz", config.kernels_xyz, umamba_kernel,
          "odd sizes of the kernels of each level along x, y, z");
  v.field("blocks", config.blocks, positive,
          "residual blocks of each encoder level, and of the stem as many as of the first");
  v.field("decoder_blocks", config.decoder_blocks, positive,
          "residual blocks of each decoder level, the lowest first");
  v.field("states", config.states, positive, "state variables of each of the scan's channels");
  v.field("taps", config.taps, positive, "tokens that the convolution before the scan looks at");
  v.field("expansion", config.expansion, positive,
          "the scan's channels, as a multiple of the bottleneck's");
}

/// One multiple for all axes, although some may be halved less often than others; what is above the
/// largest axis is cut.
inline int64_t size_multiple(const UMambaBotConfig& config) {
  constexpr int64_t kMostVoxels = 8192;
  int64_t multiple = 1;
  for (size_t axis = 0; axis < 3; ++axis) {
    int64_t product = 1;
    for (const Int3& stride : config.strides_xyz) {
      product = std::min(product * stride[axis], kMostVoxels + 1);
    }
    multiple = std::min(std::lcm(multiple, product), kMostVoxels + 1);
  }
  return multiple;
}

inline std::string fault_of(const UMambaBotConfig& config) {
  const size_t levels = config.channels.size();
  if (levels < 2 || config.strides_xyz.size() != levels || config.kernels_xyz.size() != levels ||
      config.blocks.size() != levels || config.decoder_blocks.size() + 1 != levels) {
    return fmt::format(
        "{} channels, {} strides_xyz, {} kernels_xyz, {} blocks and {} decoder_blocks; give one of "
        "each a level, at least two levels, and one less for the decoder",
        levels, config.strides_xyz.size(), config.kernels_xyz.size(), config.blocks.size(),
        config.decoder_blocks.size());
  }
  if (config.strides_xyz.front() != Int3{1, 1, 1}) {
    return "the first level has a stride; it must be [1,1,1], as its grid is the image's";
  }
  for (const Int3& kernel : config.kernels_xyz) {
    for (const int64_t size : kernel) {
      if (size % 2 == 0) return fmt::format("kernels_xyz: {} is even; kernels have a centre", size);
    }
  }
  if (size_multiple(config) > 8192) return "strides_xyz: together larger than any axis";
  return "";
}

inline int64_t feature_channels(const UMambaBotConfig& config) { return config.channels.front(); }

/// Channels of the scan, and of what its step sizes are made from.
inline int64_t scan_channels(const UMambaBotConfig& config) {
  return config.expansion * config.channels.back();
}
inline int64_t step_channels(const UMambaBotConfig& config) {
  return (config.channels.back() + 15) / 16;
}

BackbonePtr make_network(const UMambaBotConfig& config, int64_t in_channels, int64_t num_classes);

}  // namespace nmsw
