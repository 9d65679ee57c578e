#pragma once

#include "nmsw/config/network_config.h"

namespace nmsw {

/// The sizes that MedNeXt was published in.
enum class MedNeXtSize { S, B, M, L };

template <>
struct EnumNames<MedNeXtSize> {
  static constexpr std::array<std::pair<MedNeXtSize, const char*>, 4> values{
      {{MedNeXtSize::S, "S"}, {MedNeXtSize::B, "B"}, {MedNeXtSize::M, "M"}, {MedNeXtSize::L, "L"}}};
};

/// MedNeXt of METHOD 1.2; the defaults are MedNeXt-M with kernel 3. Lists run from the encoder's
/// top level to the bottleneck (their middle entry) and back up to the decoder's top level, so that
/// their length decides the number of levels.
struct MedNeXtConfig {
  static constexpr const char* name = "mednext";
  static constexpr const char* summary = "MedNeXt with kernel 3: ConvNeXt blocks in a UNet";
  static constexpr const char* source = "paper 4.2.2; Roy et al. 2023";
  static constexpr NetworkRole role = NetworkRole::local_or_global;

  MedNeXtSize size = MedNeXtSize::M;
  int64_t channels = 32;
  std::vector<int64_t> expansions{2, 3, 4, 4, 4, 4, 4, 3, 2};
  std::vector<int64_t> blocks{3, 4, 4, 4, 4, 4, 4, 4, 3};
};

/// A published size with kernel 3 and 32 channels.
inline MedNeXtConfig mednext_of_size(MedNeXtSize size) {
  MedNeXtConfig config;
  config.size = size;
  if (size == MedNeXtSize::S || size == MedNeXtSize::B) config.blocks.assign(9, 2);
  if (size == MedNeXtSize::S) config.expansions.assign(9, 2);
  if (size == MedNeXtSize::L) {
    config.blocks = {3, 4, 8, 8, 8, 8, 8, 4, 3};
    config.expansions = config.blocks;
  }
  return config;
}

template <class Visitor>
void visit_fields(MedNeXtConfig& config, Visitor& v) {
  const MedNeXtSize before = config.size;
  v.field("size", config.size,
          "published size; sets `expansions` and `blocks` where they are absent");
  // A size that was just read brings its lists; those that are given beside it are read after.
  if (config.size != before) config = mednext_of_size(config.size);
  v.field("channels", config.channels, positive,
          "feature channels at full resolution, doubled at each level down");
  v.field("expansions", config.expansions, positive,
          "expansion ratio of the blocks: levels down, bottleneck, levels up");
  v.field("blocks", config.blocks, positive, "blocks of each, likewise");
}

inline std::string fault_of(const MedNeXtConfig& config) {
  const size_t stages = config.blocks.size();
  if (stages == config.expansions.size() && stages >= 3 && stages % 2 == 1) return "";
  return fmt::format(
      "{} expansions and {} blocks; give one of each for every level down, the bottleneck and "
      "every level up, e.g. nine",
      config.expansions.size(), stages);
}

/// Levels above the bottleneck, on each side.
inline size_t level_count(const MedNeXtConfig& config) { return config.blocks.size() / 2; }

inline int64_t size_multiple(const MedNeXtConfig& config) {
  return int64_t{1} << level_count(config);
}

inline int64_t feature_channels(const MedNeXtConfig& config) { return config.channels; }

BackbonePtr make_network(const MedNeXtConfig& config, int64_t in_channels, int64_t num_classes);

}  // namespace nmsw
