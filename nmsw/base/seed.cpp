#include "nmsw/base/seed.h"

#include <cmath>

namespace nmsw {

uint64_t next_random(uint64_t& state) {
  state += 0x9E3779B97F4A7C15ULL;
  uint64_t z = state;
  z = (z ^ (z >> 30U)) * 0xBF58476D1CE4E5B9ULL;
  z = (z ^ (z >> 27U)) * 0x94D049BB133111EBULL;
  return z ^ (z >> 31U);
}

uint64_t derive_seed(uint64_t root, std::initializer_list<std::string_view> axes) {
  uint64_t state = root;
  uint64_t hash = next_random(state);
  for (const std::string_view axis : axes) {
    for (const char c : axis) hash = (hash ^ static_cast<unsigned char>(c)) * 0x100000001B3ULL;
    hash = (hash ^ 0xFFU) * 0x100000001B3ULL;  // separates ("a","bc") from ("ab","c")
  }
  return next_random(hash);
}

double next_uniform(uint64_t& state) {
  return static_cast<double>(next_random(state) >> 11U) * 0x1.0p-53;
}

int64_t next_index(uint64_t& state, int64_t count) {
  return static_cast<int64_t>(next_uniform(state) * static_cast<double>(count));
}

double next_normal(uint64_t& state) {
  const double radius = std::sqrt(-2.0 * std::log(1.0 - next_uniform(state)));
  return radius * std::cos(2.0 * M_PI * next_uniform(state));
}

}  // namespace nmsw
