#pragma once

#include "nmsw/base/config_fields.h"

namespace nmsw {

/// Whose mean and variance a volume is normalised by: those of the batch while it trains and their
/// running means later, or always its own.
enum class NormKind { batch, instance };

template <>
struct EnumNames<NormKind> {
  static constexpr std::array<std::pair<NormKind, const char*>, 2> values{
      {{NormKind::batch, "batch"}, {NormKind::instance, "instance"}}};
};

inline constexpr const char* kNormKindHelp =
    "norm of the convolutions: batch as published, or instance, which a single patch trains with";

}  // namespace nmsw
