#pragma once

#include "nmsw/base/config_fields.h"

namespace nmsw {

/// Whose values hold where the paper and the authors' released code differ (METHOD 6). Where the
/// paper's text cannot be meant literally (the printed sign of the entropy term, Eq. 6 without
/// normalisation), both presets follow the code; each such point stays a key of its own.
enum class Preset { paper, authors };

template <>
struct EnumNames<Preset> {
  static constexpr std::array<std::pair<Preset, const char*>, 2> values{
      {{Preset::paper, "paper"}, {Preset::authors, "authors"}}};
};

}  // namespace nmsw
