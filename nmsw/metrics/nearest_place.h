#pragma once

#include <array>
#include <cstdint>
#include <vector>

#include "nmsw/metrics/mask.h"

namespace nmsw {

/// The set flags of a mask, arranged to find the nearest one: a tree over the rows along x, each
/// node of which is the union of 4 times 4 rows or nodes below. Safe to read from several threads
/// at once.
class NearestPlace {
 public:
  /// `spacing_xyz`: between neighbouring places.
  NearestPlace(Mask places, Real3 spacing_xyz);

  /// Goes from place to place. It is quicker between neighbours, as what is nearest to one is near
  /// the next. One for each thread.
  class Walk {
   public:
    explicit Walk(const NearestPlace& nearest) : nearest_(nearest) {}

    /// Squared distance from a place inside the extent to the nearest set flag: the least of
    /// (dx² + dy²) + dz², rounded in this order. +infinity where no flag is set.
    double squared_distance(Int3 from_xyz);

   private:
    struct Node {
      int64_t level, y, z;
    };

    void look_at(const Node& node, double square_y, double square_z);
    void look_below(const Node& node, const Node& looked_at);
    bool is_farther_outside(const Node& node) const;

    const NearestPlace& nearest_;
    Int3 from_{0, 0, 0};
    double least_ = 0;
    /// The row with the place that was nearest last.
    int64_t last_y_ = 0, last_z_ = 0;
  };

 private:
  /// The rows, then the levels of nodes above them, up to a single node.
  std::vector<Mask> levels_;
  /// By axis, the squares of 0, 1, … times the spacing; along x, infinity behind the last.
  std::array<std::vector<double>, 3> squares_;
};

}  // namespace nmsw
