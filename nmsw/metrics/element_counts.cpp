#include "nmsw/metrics/element_counts.h"

#include <algorithm>
#include <cmath>
#include <cstring>
#include <tuple>
#include <utility>

namespace nmsw {
namespace {

constexpr unsigned kFirstBits = 10;
constexpr unsigned kHashBits = 64;

/// The golden ratio times 2^64: multiplied by it, keys that differ in a few bits lie far apart.
uint64_t hash(double squared_distance, uint32_t weight) {
  uint64_t bits = 0;
  std::memcpy(&bits, &squared_distance, sizeof(bits));
  return (bits + weight) * 0x9E3779B97F4A7C15U;
}

}  // namespace

ElementCounts::ElementCounts()
    : slots_(size_t{1} << kFirstBits, Slot{0, 0, 0}), shift_(kHashBits - kFirstBits) {}

ElementCounts::Slot& ElementCounts::slot_of(double squared_distance, uint32_t weight) {
  size_t at = hash(squared_distance, weight) >> shift_;
  while (slots_[at].count != 0 &&
         (slots_[at].squared_distance != squared_distance || slots_[at].weight != weight))
    at = (at + 1) & (slots_.size() - 1);
  return slots_[at];
}

void ElementCounts::grow() {
  std::vector<Slot> before(2 * slots_.size(), Slot{0, 0, 0});
  std::swap(before, slots_);
  --shift_;
  for (const Slot& slot : before) {
    if (slot.count != 0) slot_of(slot.squared_distance, slot.weight) = slot;
  }
}

void ElementCounts::add(double squared_distance, uint32_t weight, int64_t count) {
  Slot* slot = &slot_of(squared_distance, weight);
  if (slot->count == 0) {
    if (2 * ++taken_ > slots_.size()) {
      grow();
      slot = &slot_of(squared_distance, weight);
    }
    *slot = {squared_distance, weight, 0};
  }
  slot->count += count;
}

void ElementCounts::add_all(const ElementCounts& others) {
  for (const Slot& slot : others.slots_) {
    if (slot.count != 0) add(slot.squared_distance, slot.weight, slot.count);
  }
}

std::vector<EqualElements> ElementCounts::sorted(const std::vector<double>& weights) const {
  std::vector<EqualElements> elements;
  elements.reserve(taken_);
  for (const Slot& slot : slots_) {
    if (slot.count != 0)
      elements.push_back({std::sqrt(slot.squared_distance), weights[slot.weight], slot.count});
  }
  std::sort(elements.begin(), elements.end(), [](const EqualElements& a, const EqualElements& b) {
    return std::tie(a.distance, a.weight) < std::tie(b.distance, b.weight);
  });
  return elements;
}

}  // namespace nmsw
