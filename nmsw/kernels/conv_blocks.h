#pragma once

#include <cstdint>

namespace nmsw {

/// How many times `unit` covers `count`.
constexpr int64_t in_units(int64_t count, int64_t unit) { return (count + unit - 1) / unit; }

/// The length of blocks of at most `most` that are as equal as they can be.
constexpr int64_t equal_block(int64_t count, int64_t most) {
  return in_units(count, in_units(count, most));
}

/// What one of several who pack the same weights takes: every `count`th block of output channels.
struct PackShare {
  int64_t index = 0, count = 1;
  bool takes(int64_t block) const { return block % count == index; }
};

}  // namespace nmsw
