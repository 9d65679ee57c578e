#pragma once

#include <cstddef>
#include <cstdint>
#include <vector>

namespace nmsw {

/// Elements of a surface that are equally far from the other one and have the same weight.
struct EqualElements {
  /// To the other surface; +infinity where there is none.
  double distance = 0;
  /// Of one element: its area in mm², or 1 for a border voxel.
  double weight = 0;
  int64_t count = 0;
};

/// Counts elements by distance and weight: on a grid there are few different ones.
class ElementCounts {
 public:
  ElementCounts();

  /// `weight`: an index, as in `sorted`.
  void add(double squared_distance, uint32_t weight, int64_t count = 1);
  void add_all(const ElementCounts& others);

  /// By distance, then weight.
  std::vector<EqualElements> sorted(const std::vector<double>& weights) const;

 private:
  struct Slot {
    double squared_distance;
    uint32_t weight;
    /// 0 where the slot is free.
    int64_t count;
  };

  Slot& slot_of(double squared_distance, uint32_t weight);
  void grow();

  /// A hash table with a power of two of slots, at most half of them taken.
  std::vector<Slot> slots_;
  size_t taken_ = 0;
  unsigned shift_;
};

}  // namespace nmsw
