#pragma once

#include "nmsw/config/segformer3d_config.h"
#include "nmsw/config/umamba_bot_config.h"
#include "nmsw/config/unetr_pp_config.h"
#include "tests/support/golden_networks.h"

/// The same as in golden_networks.h for the networks of systems that the paper names.

namespace nmsw::testing {

/// The heads of a stage show in no shape: they are the published ones.
inline std::pair<SegFormer3dConfig, NetworkEnds> segformer3d_sizes(const GoldenFile& file,
                                                                   const std::string& prefix) {
  const std::string encoder = prefix + "segformer_encoder.",
                    decoder = prefix + "segformer_decoder.";
  SegFormer3dConfig config;
  config.channels.clear();
  config.depths.clear();
  config.reductions.clear();
  const auto embedding = [&](size_t stage) {
    return encoder + "embed_" + std::to_string(stage) + ".patch_embeddings.weight";
  };
  for (size_t stage = 1; file.has(embedding(stage)); ++stage) {
    const std::string blocks = encoder + "tf_block" + std::to_string(stage) + ".";
    const std::string reduced = blocks + "0.attention.sr.weight";
    config.channels.push_back(file.size(embedding(stage), 0));
    config.depths.push_back(count_numbered(file, blocks, ".norm1.weight"));
    config.reductions.push_back(file.has(reduced) ? file.size(reduced, -1) : 1);
  }
  const std::string hidden = encoder + "tf_block1.0.mlp.fc1.weight";
  config.mlp_ratio = file.size(hidden, 0) / file.size(hidden, 1);
  config.decoder_channels = file.size(decoder + "linear_fuse.0.weight", 0);
  return {config, {file.size(embedding(1), 1), file.size(decoder + "linear_pred.weight", 0)}};
}

/// The extent shows in no shape but an input's.
inline std::pair<UnetrPpConfig, NetworkEnds> unetr_pp_sizes(const GoldenFile& file,
                                                            const std::string& prefix,
                                                            const std::string& input) {
  const std::string encoder = prefix + "unetr_pp_encoder.stages.", projection = ".0.epa_block.EF",
                    first = prefix + "encoder1.conv1.conv.weight";
  UnetrPpConfig config;
  config.feature_size = file.size(first, 0);
  config.depths.clear();
  config.projections.clear();
  const int64_t stages = count_numbered(file, encoder, projection);
  for (int64_t i = 0; i < stages; ++i) {
    const std::string stage = encoder + std::to_string(i);
    config.depths.push_back(count_numbered(file, stage + ".", ".gamma"));
    config.projections.push_back(file.size(stage + projection, 1));
  }
  const std::string decoder = prefix + "decoder3.decoder_block.0";
  config.decoder_depth = count_numbered(file, decoder + ".", ".gamma");
  config.decoder_projection = file.size(decoder + projection, 1);
  config.heads = file.size(encoder + "0.0.epa_block.temperature", 0);
  config.size_xyz = {file.size(input, 4), file.size(input, 3), file.size(input, 2)};
  return {config, {file.size(first, 1), file.size(prefix + "out1.conv.conv.weight", 0)}};
}

/// Nor do the strides, which go with nearest up-sampling: they are the set's description's.
inline std::pair<UMambaBotConfig, NetworkEnds> umamba_bot_sizes(
    const GoldenFile& file, const std::string& prefix, const std::vector<Int3>& strides_xyz) {
  const std::string stages = prefix + "encoder.stages.", first = ".0.conv1.weight";
  UMambaBotConfig config{{}, strides_xyz, {}, {}, {}};
  // The first block's tensors have other names than the others'.
  const auto blocks_of = [&](const std::string& level) {
    int64_t count = 1;
    while (file.has(level + "." + std::to_string(count) + ".conv1.conv.weight")) ++count;
    return count;
  };
  const int64_t levels = count_numbered(file, stages, first);
  for (int64_t level = 0; level < levels; ++level) {
    const std::string name = stages + std::to_string(level), weight = name + first;
    config.channels.push_back(file.size(weight, 0));
    config.kernels_xyz.push_back(
        {file.size(weight, 4), file.size(weight, 3), file.size(weight, 2)});
    config.blocks.push_back(blocks_of(name));
    if (level == 0) continue;
    config.decoder_blocks.push_back(
        blocks_of(prefix + "decoder.stages." + std::to_string(level - 1)));
  }
  const std::string mamba = prefix + "mamba_layer.mamba.";
  config.states = file.size(mamba + "A_log", 1);
  config.taps = file.size(mamba + "conv1d.weight", 2);
  config.expansion = file.size(mamba + "A_log", 0) / config.channels.back();
  return {config,
          {file.size(prefix + "encoder.stem.0.conv1.weight", 1),
           file.size(prefix + "decoder.seg_layers.0.weight", 0)}};
}

}  // namespace nmsw::testing
