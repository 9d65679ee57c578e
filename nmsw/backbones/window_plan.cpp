#include "nmsw/backbones/window_plan.h"

#include <algorithm>
#include <map>

namespace nmsw {

namespace {

constexpr float kMasked = -100;

/// One axis after padding and rolling.
struct WindowAxis {
  int64_t size, side, shift, padded;

  WindowAxis(int64_t axis_size, const WindowGeometry& geometry) : size(axis_size) {
    const bool shrunk = size <= geometry.window;
    side = shrunk ? size : geometry.window;
    shift = shrunk ? 0 : geometry.shift;
    padded = (size + side - 1) / side * side;
  }
  int64_t windows() const { return padded / side; }
  /// Where on the padded axis the rolled place comes from.
  int64_t source(int64_t rolled) const { return (rolled + shift) % padded; }
  /// Only the last window of a rolled axis holds tokens from both ends: those before `padded -
  /// shift` and those after.
  bool is_mixed(int64_t window_index) const { return shift > 0 && window_index + 1 == windows(); }
  bool is_wrapped(int64_t place_in_window) const { return place_in_window >= side - shift; }
};

using WindowAxes = std::array<WindowAxis, 3>;

template <class Visit>
void for_each_place(Int3 counts, const Visit& visit) {
  for (int64_t i = 0; i < counts[0]; ++i) {
    for (int64_t j = 0; j < counts[1]; ++j) {
      for (int64_t k = 0; k < counts[2]; ++k) visit(Int3{i, j, k});
    }
  }
}

Int3 window_sides(const WindowAxes& axes) { return {axes[0].side, axes[1].side, axes[2].side}; }

Tensor tensor_of(const std::vector<int64_t>& values, const torch::Device& device) {
  return queued_copy(torch::tensor(values, torch::kLong), device);
}

/// Tokens of a window that is mixed along the axes of `mixed` belong together where they agree on
/// every such axis.
Tensor window_mask(const WindowAxes& axes, const std::array<bool, 3>& mixed) {
  std::vector<int64_t> regions;
  for_each_place(window_sides(axes), [&](Int3 place) {
    int64_t region = 0;
    for (size_t axis = 0; axis < 3; ++axis) {
      region = 2 * region + (mixed[axis] && axes[axis].is_wrapped(place[axis]) ? 1 : 0);
    }
    regions.push_back(region);
  });
  const Tensor region = torch::tensor(regions, torch::kLong);
  return kMasked * (region.unsqueeze(0) != region.unsqueeze(1)).to(torch::kFloat);
}

/// The reference makes one index for a whole window and cuts its first n rows and columns out for a
/// shrunken one, whose tokens then get the positions of the first n tokens of the whole window.
Tensor position_rows(int64_t window, int64_t window_tokens) {
  const int64_t span = 2 * window - 1;
  std::vector<int64_t> rows;
  rows.reserve(static_cast<size_t>(window_tokens * window_tokens));
  const auto place = [window](int64_t token) {
    return Int3{token / (window * window), token / window % window, token % window};
  };
  for (int64_t query = 0; query < window_tokens; ++query) {
    for (int64_t key = 0; key < window_tokens; ++key) {
      const Int3 q = place(query), k = place(key);
      rows.push_back(((q[0] - k[0] + window - 1) * span + q[1] - k[1] + window - 1) * span + q[2] -
                     k[2] + window - 1);
    }
  }
  return torch::tensor(rows, torch::kLong);
}

/// Copies rows; an index longer than the rows names padded places too, by the row behind the last:
/// zeros.
Tensor gather_rows(const Tensor& rows, const Tensor& index) {
  const bool to_padded = rows.size(0) < index.numel();
  return (to_padded ? torch::cat({rows, rows.new_zeros({1, rows.size(1)})}) : rows)
      .index_select(0, index);
}

/// Dealing and collecting are each other's transpose, which is far cheaper than index_select's own
/// gradient.
class MoveRows : public torch::autograd::Function<MoveRows> {
 public:
  static Tensor forward(torch::autograd::AutogradContext* context, const Tensor& rows,
                        const Tensor& index, const Tensor& transposed_index) {
    context->save_for_backward({transposed_index});
    return gather_rows(rows, index);
  }
  static torch::autograd::variable_list backward(torch::autograd::AutogradContext* context,
                                                 torch::autograd::variable_list gradients) {
    return {gather_rows(gradients[0], context->get_saved_variables()[0]), Tensor(), Tensor()};
  }
};

}  // namespace

WindowPlan plan_windows(const WindowGeometry& geometry, const torch::Device& device) {
  // A network may be used first under inference mode and then trained.
  const c10::InferenceMode normal_tensors(false);
  const Int3 grid = geometry.grid_dhw;
  const WindowAxes axes{WindowAxis(grid[2], geometry), WindowAxis(grid[1], geometry),
                        WindowAxis(grid[0], geometry)};  // x, y, z
  WindowPlan plan;
  plan.tokens = geometry.batch * product(grid);
  plan.window_tokens = product(window_sides(axes));

  std::map<std::array<bool, 3>, std::vector<Int3>> windows_by_mixture;
  for_each_place({axes[0].windows(), axes[1].windows(), axes[2].windows()}, [&](Int3 window) {
    windows_by_mixture[{axes[0].is_mixed(window[0]), axes[1].is_mixed(window[1]),
                        axes[2].is_mixed(window[2])}]
        .push_back(window);
  });
  std::vector<int64_t> token_of_slot;
  std::vector<int64_t> slot_of_token(static_cast<size_t>(plan.tokens));
  const auto add_window = [&](int64_t item, Int3 window) {
    for_each_place(window_sides(axes), [&](Int3 place) {
      Int3 at{};
      bool is_padding = false;
      for (size_t axis = 0; axis < 3; ++axis) {
        at[axis] = axes[axis].source(window[axis] * axes[axis].side + place[axis]);
        is_padding = is_padding || at[axis] >= axes[axis].size;
      }
      const int64_t token = ((item * grid[0] + at[2]) * grid[1] + at[1]) * grid[2] + at[0];
      if (!is_padding)
        slot_of_token[static_cast<size_t>(token)] = static_cast<int64_t>(token_of_slot.size());
      token_of_slot.push_back(is_padding ? plan.tokens : token);
    });
  };
  for (const auto& [mixed, windows] : windows_by_mixture) {
    for (int64_t item = 0; item < geometry.batch; ++item) {
      for (const Int3& window : windows) add_window(item, window);
    }
    WindowGroup group;
    group.windows = geometry.batch * static_cast<int64_t>(windows.size());
    if (mixed[0] || mixed[1] || mixed[2])
      group.mask = queued_copy(window_mask(axes, mixed), device);
    plan.groups.push_back(std::move(group));
  }
  plan.token_of_slot = tensor_of(token_of_slot, device);
  plan.slot_of_token = tensor_of(slot_of_token, device);
  if (token_of_slot.size() > slot_of_token.size()) {
    plan.slot_is_filled = plan.token_of_slot < plan.tokens;
  }
  plan.position = queued_copy(position_rows(geometry.window, plan.window_tokens), device);
  return plan;
}

Tensor deal_to_windows(const Tensor& rows, const WindowPlan& plan) {
  return MoveRows::apply(rows, plan.token_of_slot, plan.slot_of_token);
}

Tensor collect_from_windows(const Tensor& slots, const WindowPlan& plan) {
  return MoveRows::apply(slots, plan.slot_of_token, plan.token_of_slot);
}

}  // namespace nmsw
