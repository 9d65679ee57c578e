#include "nmsw/metrics/nearest_place.h"

#include <algorithm>
#include <cstdlib>
#include <limits>
#include <utility>

namespace nmsw {
namespace {

constexpr double kFar = std::numeric_limits<double>::infinity();
/// Flags that are looked at together on either side.
constexpr int64_t kReach = Mask::kWordBits / 2;
/// Rows or nodes along y, and along z, in a node above.
constexpr int64_t kBitsPerLevel = 2;
constexpr int64_t kPerLevel = 1 << kBitsPerLevel;

int64_t above_of(int64_t index) { return index >> kBitsPerLevel; }

/// How far the nearest set flag of a row is from x, if nearer than kReach; else kReach.
int64_t near_gap(const uint64_t* row, int64_t x) {
  const auto first = static_cast<uint64_t>(x + kReach);  // counted from the word before the row
  const uint64_t* word = row - 1 + first / Mask::kWordBits;
  const uint64_t bit = first % Mask::kWordBits;
  const uint64_t around = word[0] >> bit | word[1] << 1U << (Mask::kWordBits - 1 - bit);
  const uint64_t behind = around >> kReach | uint64_t{1} << kReach;
  const uint64_t before = around << (kReach - 1) | uint64_t{1} << (kReach - 2);
  return std::min(__builtin_ctzll(behind), __builtin_clzll(before));
}

/// The same without a limit, for a row whose nearest set flag is not nearer than kReach; the row's
/// number of flags where there is none.
int64_t far_gap(const uint64_t* row, int64_t words, int64_t x) {
  int64_t gap = words * Mask::kWordBits;
  const int64_t at = x / Mask::kWordBits;
  const int64_t bit = x % Mask::kWordBits;
  uint64_t word = row[at] >> bit << bit;
  for (int64_t i = at; i < words; word = row[++i]) {
    if (word == 0) continue;
    gap = i * Mask::kWordBits + __builtin_ctzll(word) - x;
    break;
  }
  word = row[at] << (Mask::kWordBits - 1 - bit) >> (Mask::kWordBits - 1 - bit);
  for (int64_t i = at; i >= 0; word = row[--i]) {
    if (word == 0) continue;
    return std::min(gap, x - (i * Mask::kWordBits + Mask::kWordBits - 1 - __builtin_clzll(word)));
  }
  return gap;
}

std::vector<double> squares(int64_t count, double spacing) {
  std::vector<double> all(count);
  for (int64_t i = 0; i < count; ++i) {
    const double distance = static_cast<double>(i) * spacing;
    all[i] = distance * distance;
  }
  return all;
}

/// Each row the union of 4 times 4 rows.
Mask level_above(const Mask& rows) {
  const Int3 extent = rows.extent_xyz();
  Mask above({extent[0], above_of(extent[1] - 1) + 1, above_of(extent[2] - 1) + 1});
  for (int64_t z = 0; z < extent[2]; ++z) {
    for (int64_t y = 0; y < extent[1]; ++y) {
      const uint64_t* row = rows.row(y, z);
      uint64_t* node = above.row(above_of(y), above_of(z));
      for (int64_t i = 0; i < rows.words_per_row(); ++i) node[i] |= row[i];
    }
  }
  return above;
}

/// How many places lie between `at` and the nearest one of a node.
inline int64_t gap_to(int64_t at, int64_t index, int64_t shift) {
  const int64_t first = index << shift;
  const int64_t last = first + (int64_t{1} << shift) - 1;
  return std::max({int64_t{0}, first - at, at - last});
}

}  // namespace

NearestPlace::NearestPlace(Mask places, Real3 spacing_xyz) {
  const Int3 extent = places.extent_xyz();
  squares_ = {squares(places.words_per_row() * Mask::kWordBits, spacing_xyz[0]),
              squares(extent[1], spacing_xyz[1]), squares(extent[2], spacing_xyz[2])};
  squares_[0].push_back(kFar);
  levels_.push_back(std::move(places));
  while (levels_.back().extent_xyz()[1] > 1 || levels_.back().extent_xyz()[2] > 1)
    levels_.push_back(level_above(levels_.back()));
}

/// At a row or a node whose nearest places along y and z are that far.
inline void NearestPlace::Walk::look_at(const Node& node, double square_y, double square_z) {
  const double* squares_x = nearest_.squares_[0].data();
  const Mask& rows = nearest_.levels_[node.level];
  const uint64_t* row = rows.row(node.y, node.z);
  int64_t gap = near_gap(row, from_[0]);
  if ((squares_x[gap] + square_y) + square_z >= least_) return;
  if (gap == kReach) gap = far_gap(row, rows.words_per_row(), from_[0]);
  const double squared = (squares_x[gap] + square_y) + square_z;
  if (squared >= least_) return;
  if (node.level > 0) return look_below(node, node);
  least_ = squared;
  last_y_ = node.y;
  last_z_ = node.z;
}

/// At the rows or nodes that `node` is the union of, but for one; from near to far, more or less.
void NearestPlace::Walk::look_below(const Node& node, const Node& looked_at) {
  const int64_t level = node.level - 1, shift = kBitsPerLevel * level;
  const Int3 extent = nearest_.levels_[level].extent_xyz();
  const int64_t first_y = node.y * kPerLevel, first_z = node.z * kPerLevel;
  const int64_t near_y = std::clamp((from_[1] >> shift) - first_y, int64_t{0}, kPerLevel - 1);
  const int64_t near_z = std::clamp((from_[2] >> shift) - first_z, int64_t{0}, kPerLevel - 1);
  for (int64_t j = 0; j < kPerLevel; ++j) {
    const int64_t z = first_z + (j ^ near_z);
    if (z >= extent[2]) continue;
    const double square_z = nearest_.squares_[2][gap_to(from_[2], z, shift)];
    for (int64_t i = 0; i < kPerLevel && square_z < least_; ++i) {
      const int64_t y = first_y + (i ^ near_y);
      if (y >= extent[1]) continue;
      const double square_y = nearest_.squares_[1][gap_to(from_[1], y, shift)];
      if (square_y + square_z >= least_) continue;
      if (level == looked_at.level && y == looked_at.y && z == looked_at.z) continue;
      look_at({level, y, z}, square_y, square_z);
    }
  }
}

/// Whether nothing outside the node, which the search starts in, is nearer than the nearest so far.
bool NearestPlace::Walk::is_farther_outside(const Node& node) const {
  const Int3 extent = nearest_.levels_[0].extent_xyz();
  const int64_t size = int64_t{1} << (kBitsPerLevel * node.level);
  const std::array<int64_t, 2> nodes{node.y, node.z};
  for (size_t axis = 1; axis < 3; ++axis) {
    const int64_t first = nodes[axis - 1] * size, end = first + size;
    const std::vector<double>& squares_here = nearest_.squares_[axis];
    if (first > 0 && squares_here[from_[axis] - first + 1] < least_) return false;
    if (end < extent[axis] && squares_here[end - from_[axis]] < least_) return false;
  }
  return true;
}

double NearestPlace::Walk::squared_distance(Int3 from_xyz) {
  from_ = from_xyz;
  least_ = kFar;
  look_at({0, last_y_, last_z_}, nearest_.squares_[1][std::abs(last_y_ - from_xyz[1])],
          nearest_.squares_[2][std::abs(last_z_ - from_xyz[2])]);
  Node inside{0, from_xyz[1], from_xyz[2]};
  if (least_ > 0) look_at(inside, 0, 0);
  const auto top = static_cast<int64_t>(nearest_.levels_.size()) - 1;
  while (inside.level < top && !is_farther_outside(inside)) {
    const Node node{inside.level + 1, above_of(inside.y), above_of(inside.z)};
    look_below(node, inside);
    inside = node;
  }
  return least_;
}

}  // namespace nmsw
