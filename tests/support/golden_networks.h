#pragma once

#include <cmath>

#include "nmsw/config/mednext_config.h"
#include "nmsw/config/nnunet_config.h"
#include "nmsw/config/swin_unetr_config.h"
#include "nmsw/config/unet_config.h"
#include "tests/support/golden.h"

/// The sizes of a reference network, read from the names and shapes of its weights below `prefix`,
/// so that a golden set may hold a network of any size. Each function throws where a weight that it
/// needs is absent.

namespace nmsw::testing {

struct NetworkEnds {
  int64_t in_channels = 0, num_classes = 0;
};

/// How many of `stem` + "0" + `rest`, `stem` + "1" + `rest`, … a file has.
inline int64_t count_numbered(const GoldenFile& file, const std::string& stem,
                              const std::string& rest) {
  int64_t count = 0;
  while (file.has(stem + std::to_string(count) + rest)) ++count;
  return count;
}

/// A level that halves the grid has a shortcut with a kernel of 3.
inline std::pair<UNetConfig, NetworkEnds> unet_sizes(const GoldenFile& file,
                                                     const std::string& prefix) {
  const std::string encoder = prefix + "encoder.down_", first = ".down.conv.unit0.conv.weight";
  UNetConfig config{{}, {}};
  const int64_t levels = count_numbered(file, encoder, first);
  for (int64_t level = 0; level < levels; ++level) {
    const std::string name = encoder + std::to_string(level),
                      shortcut = name + ".down.residual.weight";
    config.channels.push_back(file.size(name + first, 0));
    config.strides.push_back(file.has(shortcut) && file.size(shortcut, -1) > 1 ? 2 : 1);
  }
  const std::string top =
      prefix + "decoder.up_" + std::to_string(levels - 2) + ".up.1.conv.unit0.conv.weight";
  return {config, {file.size(encoder + "0" + first, 1), file.size(top, 0)}};
}

inline std::pair<MedNeXtConfig, NetworkEnds> mednext_sizes(const GoldenFile& file,
                                                           const std::string& prefix) {
  const int64_t levels = count_numbered(file, prefix + "encoder.enc_block_", ".0.conv1.weight");
  std::vector<std::string> stages;
  for (int64_t i = 0; i < levels; ++i) stages.push_back("encoder.enc_block_" + std::to_string(i));
  stages.push_back("encoder.bottleneck");
  for (int64_t i = levels; i-- > 0;) stages.push_back("decoder.dec_block_" + std::to_string(i));
  MedNeXtConfig config;
  config.channels = file.size(prefix + "encoder.stem.weight", 0);
  config.blocks.clear();
  config.expansions.clear();
  for (const std::string& stage : stages) {
    const std::string expansion = prefix + stage + ".0.conv2.weight";
    config.blocks.push_back(count_numbered(file, prefix + stage + ".", ".conv1.weight"));
    config.expansions.push_back(file.size(expansion, 0) / file.size(expansion, 1));
  }
  return {config,
          {file.size(prefix + "encoder.stem.weight", 1),
           file.size(prefix + "decoder.out_0.conv_out.weight", 1)}};
}

inline std::pair<SwinUnetrConfig, NetworkEnds> swin_sizes(const GoldenFile& file,
                                                          const std::string& prefix) {
  const std::string embedding = prefix + "encoder.swinViT.patch_embed.proj.weight";
  SwinUnetrConfig config;
  config.feature_size = file.size(embedding, 0);
  config.depths.clear();
  config.heads.clear();
  const auto stage = [&](int64_t i) {
    return prefix + "encoder.swinViT.layers" + std::to_string(i) + ".0.blocks.";
  };
  for (int64_t i = 1; file.has(stage(i) + "0.norm1.weight"); ++i) {
    config.depths.push_back(count_numbered(file, stage(i), ".norm1.weight"));
    config.heads.push_back(file.size(stage(i) + "0.attn.relative_position_bias_table", 1));
  }
  // One row for each offset between two tokens of a window.
  const auto offsets =
      static_cast<double>(file.size(stage(1) + "0.attn.relative_position_bias_table", 0));
  config.window = (std::llround(std::cbrt(offsets)) + 1) / 2;
  const std::string hidden = stage(1) + "0.mlp.linear1.weight";
  config.mlp_ratio = file.size(hidden, 0) / file.size(hidden, 1);
  return {config, {file.size(embedding, 1), file.size(prefix + "decoder.out.conv.conv.weight", 0)}};
}

/// What both networks of nnU-Net share. `convs`: the first convolution of encoder level i is
/// `encoder.stages.i` and this.
inline NetworkEnds nnunet_levels(const GoldenFile& file, const std::string& prefix,
                                 const std::string& first, NnUnetLevels& config,
                                 std::vector<int64_t>& decoder_convs) {
  const auto axes = [&](const std::string& weight) {
    return Int3{file.size(weight, 4), file.size(weight, 3), file.size(weight, 2)};
  };
  const int64_t levels = count_numbered(file, prefix + "encoder.stages.", first);
  config = {{}, {{1, 1, 1}}, {}};
  decoder_convs.clear();
  for (int64_t level = 0; level < levels; ++level) {
    const std::string weight = prefix + "encoder.stages." + std::to_string(level) + first;
    config.channels.push_back(file.size(weight, 0));
    config.kernels_xyz.push_back(axes(weight));
  }
  for (int64_t i = 0; i + 1 < levels; ++i) {
    const std::string down = std::to_string(levels - 2 - i), up = std::to_string(i);
    config.strides_xyz.push_back(axes(prefix + "decoder.transpconvs." + down + ".weight"));
    decoder_convs.push_back(
        count_numbered(file, prefix + "decoder.stages." + up + ".convs.", ".conv.weight"));
  }
  return {0, file.size(prefix + "decoder.seg_layers.0.weight", 0)};
}

inline std::pair<NnUnetConfig, NetworkEnds> nnunet_sizes(const GoldenFile& file,
                                                         const std::string& prefix) {
  const std::string first = ".0.convs.0.conv.weight";
  NnUnetConfig config;
  NetworkEnds ends = nnunet_levels(file, prefix, first, config, config.decoder_convs);
  ends.in_channels = file.size(prefix + "encoder.stages.0" + first, 1);
  config.encoder_convs.clear();
  for (size_t level = 0; level < config.channels.size(); ++level) {
    config.encoder_convs.push_back(count_numbered(
        file, prefix + "encoder.stages." + std::to_string(level) + ".0.convs.", ".conv.weight"));
  }
  return {config, ends};
}

inline std::pair<NnUnetResEncConfig, NetworkEnds> resenc_sizes(const GoldenFile& file,
                                                               const std::string& prefix) {
  NnUnetResEncConfig config;
  NetworkEnds ends =
      nnunet_levels(file, prefix, ".blocks.0.conv1.conv.weight", config, config.decoder_convs);
  ends.in_channels = file.size(prefix + "encoder.stem.convs.0.conv.weight", 1);
  config.blocks.clear();
  for (size_t level = 0; level < config.channels.size(); ++level) {
    config.blocks.push_back(
        count_numbered(file, prefix + "encoder.stages." + std::to_string(level) + ".blocks.",
                       ".conv1.conv.weight"));
  }
  return {config, ends};
}

}  // namespace nmsw::testing
