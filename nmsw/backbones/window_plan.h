#pragma once

#include <vector>

#include "nmsw/ops/attention.h"

namespace nmsw {

/// What the windows of a batch of token grids depend on.
struct WindowGeometry {
  int64_t batch = 1;
  Int3 grid_dhw{0, 0, 0};
  /// Side of a window, and the roll of every second block.
  int64_t window = 7;
  int64_t shift = 0;

  bool operator==(const WindowGeometry& other) const {
    return batch == other.batch && grid_dhw == other.grid_dhw && window == other.window &&
           shift == other.shift;
  }
};

/// How the tokens [batch·D·H·W, c] of a batch of grids are dealt to attention windows of n tokens
/// (METHOD 1.3: shrink, pad at the end, roll, cut). Windows are sorted by mask, so that a block of
/// the same mask is a slice. The tokens of a window lie in the reference's raster order, x slowest,
/// because its position index counts on it.
struct WindowPlan {
  int64_t tokens = 0;         ///< batch·D·H·W
  int64_t window_tokens = 0;  ///< n
  /// int64 [windows·n]: the token in each slot; `tokens` stands for a padded one.
  Tensor token_of_slot;
  /// bool [windows·n]: whether a slot holds a token; undefined: all do.
  Tensor slot_is_filled;
  /// int64 [tokens]: where each token is.
  Tensor slot_of_token;
  std::vector<WindowGroup> groups;
  /// int64 [n·n]: row of the table of relative positions for each query and key.
  Tensor position;
};

WindowPlan plan_windows(const WindowGeometry& geometry, const torch::Device& device);

/// Rows [tokens,c] → [windows·n,c], zero in padded slots; differentiable.
Tensor deal_to_windows(const Tensor& rows, const WindowPlan& plan);
/// The way back: [windows·n,c] → [tokens,c].
Tensor collect_from_windows(const Tensor& slots, const WindowPlan& plan);

}  // namespace nmsw
