#pragma once

#include <cstdint>

#include "nmsw/base/seed.h"

namespace nmsw::datasets {

/// The random draws of one phantom, in the order in which they are asked for.
class PhantomRandom {
 public:
  explicit PhantomRandom(uint64_t seed) : state_(seed) {}
  double uniform(double low, double high) { return low + (high - low) * next_uniform(state_); }
  /// Uniform in ±spread.
  double spread(double spread) { return uniform(-spread, spread); }
  bool chance(double probability) { return next_uniform(state_) < probability; }
  uint64_t bits() { return next_random(state_); }

 private:
  uint64_t state_;
};

}  // namespace nmsw::datasets
