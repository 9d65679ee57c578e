#pragma once

#include <numeric>

#include "nmsw/base/volume.h"
#include "nmsw/config/network_config.h"

namespace nmsw {

/// The order in which a network expects voxels to lie in the patient: the letters say where x, y
/// and z grow to. RAS is that of prepared cases.
enum class VoxelOrder { RAS, LAS, RPS, LPS, RAI, LAI, RPI, LPI };

template <>
struct EnumNames<VoxelOrder> {
  static constexpr std::array<std::pair<VoxelOrder, const char*>, 8> values{
      {{VoxelOrder::RAS, "RAS"},
       {VoxelOrder::LAS, "LAS"},
       {VoxelOrder::RPS, "RPS"},
       {VoxelOrder::LPS, "LPS"},
       {VoxelOrder::RAI, "RAI"},
       {VoxelOrder::LAI, "LAI"},
       {VoxelOrder::RPI, "RPI"},
       {VoxelOrder::LPI, "LPI"}}};
};

/// What both networks of nnU-Net share: one entry a level, full resolution first and the bottleneck
/// last; the decoder has one level less and is listed from the bottleneck up.
struct NnUnetLevels {
  std::vector<int64_t> channels{32, 64, 128, 256, 320, 320};
  std::vector<Int3> strides_xyz{{1, 1, 1}, {2, 2, 2}, {2, 2, 2}, {2, 2, 2}, {2, 2, 2}, {2, 2, 2}};
  std::vector<Int3> kernels_xyz{{3, 3, 3}, {3, 3, 3}, {3, 3, 3}, {3, 3, 3}, {3, 3, 3}, {3, 3, 3}};
  VoxelOrder voxel_order = VoxelOrder::RAS;
};

/// nnU-Net's plain network of METHOD 1.6 at the sizes that its planner gives a patch of 128³.
struct NnUnetConfig : NnUnetLevels {
  static constexpr const char* name = "nnunet";
  static constexpr const char* summary = "nnU-Net's plain UNet";
  static constexpr const char* source = "Isensee et al. 2021";
  static constexpr NetworkRole role = NetworkRole::local_or_global;

  std::vector<int64_t> encoder_convs{2, 2, 2, 2, 2, 2};
  std::vector<int64_t> decoder_convs{2, 2, 2, 2, 2};
};

/// The same with a residual encoder.
struct NnUnetResEncConfig : NnUnetLevels {
  static constexpr const char* name = "nnunet_resenc";
  static constexpr const char* summary = "nnU-Net with a residual encoder";
  static constexpr const char* source = "Isensee et al. 2024";
  static constexpr NetworkRole role = NetworkRole::local_or_global;

  std::vector<int64_t> blocks{1, 3, 4, 6, 6, 6};
  std::vector<int64_t> decoder_convs{1, 1, 1, 1, 1};
};

inline constexpr Within<1, 16> level_stride{};
inline constexpr Within<1, 31> level_kernel{};

template <class Visitor>
void visit_levels(NnUnetLevels& config, Visitor& v) {
  v.field("channels", config.channels, positive,
          "feature channels of each level, the bottleneck last");
  v.field("strides_xyz", config.strides_xyz, level_stride,
          "stride into each level along x, y, z; the first must be [1,1,1]");
  v.field("kernels_xyz", config.kernels_xyz, level_kernel,
          "odd sizes of the kernels of each level along x, y, z");
  v.field("voxel_order", config.voxel_order,
          "where x, y and z grow to in the images that imported weights were trained on");
}

template <class Visitor>
void visit_fields(NnUnetConfig& config, Visitor& v) {
  visit_levels(config, v);
  v.field("encoder_convs", config.encoder_convs, positive, "convolutions of each encoder level");
  v.field("decoder_convs", config.decoder_convs, positive,
          "convolutions of each decoder level, the lowest first");
}

template <class Visitor>
void visit_fields(NnUnetResEncConfig& config, Visitor& v) {
  visit_levels(config, v);
  v.field("blocks", config.blocks, positive, "residual blocks of each encoder level");
  v.field("decoder_convs", config.decoder_convs, positive,
          "convolutions of each decoder level, the lowest first");
}

inline std::string fault_of_levels(const NnUnetLevels& config, size_t encoder, size_t decoder) {
  const size_t levels = config.channels.size();
  if (levels < 2 || config.strides_xyz.size() != levels || config.kernels_xyz.size() != levels ||
      encoder != levels || decoder + 1 != levels) {
    return fmt::format(
        "{} channels, {} strides_xyz, {} kernels_xyz, {} counts for the encoder and {} for the "
        "decoder; give one of each a level, at least two levels, and one less for the decoder",
        levels, config.strides_xyz.size(), config.kernels_xyz.size(), encoder, decoder);
  }
  if (config.strides_xyz.front() != Int3{1, 1, 1}) {
    return "the first level has a stride; it must be [1,1,1], as its grid is the image's";
  }
  for (const Int3& kernel : config.kernels_xyz) {
    for (const int64_t size : kernel) {
      if (size % 2 == 0) return fmt::format("kernels_xyz: {} is even; kernels have a centre", size);
    }
  }
  constexpr int64_t kMostVoxels = 8192;
  for (size_t axis = 0; axis < 3; ++axis) {
    int64_t product = 1;
    for (const Int3& stride : config.strides_xyz) {
      product = std::min(product * stride[axis], kMostVoxels + 1);
    }
    if (product > kMostVoxels) {
      return fmt::format("strides_xyz: their product along {} is above {}, more than an axis has",
                         "xyz"[axis], kMostVoxels);
    }
  }
  return "";
}

inline std::string fault_of(const NnUnetConfig& config) {
  return fault_of_levels(config, config.encoder_convs.size(), config.decoder_convs.size());
}

inline std::string fault_of(const NnUnetResEncConfig& config) {
  return fault_of_levels(config, config.blocks.size(), config.decoder_convs.size());
}

/// One multiple for all axes, although some may be halved less often than others.
inline int64_t size_multiple(const NnUnetLevels& config) {
  int64_t multiple = 1;
  for (size_t axis = 0; axis < 3; ++axis) {
    int64_t product = 1;
    for (const Int3& stride : config.strides_xyz) product *= stride[axis];
    multiple = std::lcm(multiple, product);
  }
  return multiple;
}

inline int64_t feature_channels(const NnUnetLevels& config) { return config.channels.front(); }

BackbonePtr make_network(const NnUnetConfig& config, int64_t in_channels, int64_t num_classes);
BackbonePtr make_network(const NnUnetResEncConfig& config, int64_t in_channels,
                         int64_t num_classes);

}  // namespace nmsw
