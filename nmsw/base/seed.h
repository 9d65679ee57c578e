#pragma once

#include <cstdint>
#include <initializer_list>
#include <string_view>

namespace nmsw {

/// A seed for one named purpose: a hash of the root seed and the axes' names, so that adding a cell
/// to a grid or an epoch to a training changes no other seed, and two methods compared on a case
/// share what they should.
uint64_t derive_seed(uint64_t root, std::initializer_list<std::string_view> axes);

/// The next value of a SplitMix64 stream; advances `state`. Identical on every platform, unlike
/// <random>'s distributions.
uint64_t next_random(uint64_t& state);

/// Uniform in [0, 1) with 53 random bits.
double next_uniform(uint64_t& state);

/// Uniform in 0 … count-1. `count` must be positive.
int64_t next_index(uint64_t& state, int64_t count);

/// Standard normal (Box-Muller, one value a call).
double next_normal(uint64_t& state);

}  // namespace nmsw
