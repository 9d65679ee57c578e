#include "nmsw/sampling/coverage.h"

#include <algorithm>
#include <array>
#include <numeric>

namespace nmsw {
namespace {

/// What is left of the whole when all is covered, but for rounding.
constexpr double kNothing = 1e-12;

/// The patches of a grid along one axis, and the intervals into which their borders cut it.
struct Axis {
  std::vector<int64_t> borders;  ///< in voxels of the full grid, rising
  std::vector<std::array<size_t, 2>>
      cells;  ///< of each patch: first interval, and one behind the last

  size_t count() const { return borders.size() - 1; }
};

Axis axis_of(const PatchGrid& grid, size_t axis, int64_t step) {
  Axis found;
  std::vector<int64_t> starts;
  for (int64_t i = 0; i < grid.counts_dhw[axis]; ++i)
    starts.push_back(grid.starts_dhw[static_cast<size_t>(i * step)][axis]);
  found.borders = {0, grid.padded_dhw[axis]};
  for (const int64_t start : starts) {
    found.borders.push_back(start);
    found.borders.push_back(start + grid.patch_dhw[axis]);
  }
  std::sort(found.borders.begin(), found.borders.end());
  found.borders.erase(std::unique(found.borders.begin(), found.borders.end()), found.borders.end());
  const auto place = [&](int64_t border) {
    const auto at = std::lower_bound(found.borders.begin(), found.borders.end(), border);
    return static_cast<size_t>(at - found.borders.begin());
  };
  for (const int64_t start : starts)
    found.cells.push_back({place(start), place(start + grid.patch_dhw[axis])});
  return found;
}

/// [intervals, coarse voxels]: the share of each coarse voxel that lies in each interval.
Tensor shares(const Axis& axis, int64_t extent, int64_t voxels) {
  const auto cells = static_cast<int64_t>(axis.count());
  Tensor matrix = torch::zeros({cells, voxels}, torch::kDouble);
  auto share = matrix.accessor<double, 2>();
  const double size = static_cast<double>(extent) / static_cast<double>(voxels);
  for (int64_t i = 0; i < cells; ++i) {
    const auto begin = static_cast<double>(axis.borders[static_cast<size_t>(i)]),
               end = static_cast<double>(axis.borders[static_cast<size_t>(i) + 1]);
    for (int64_t v = 0; v < voxels; ++v) {
      const double low = std::max(begin, static_cast<double>(v) * size),
                   high = std::min(end, static_cast<double>(v + 1) * size);
      share[i][v] = std::max(0.0, high - low) / size;
    }
  }
  return matrix;
}

/// A volume cut by the borders of all patches: gains change for whole cells only.
class Cells {
 public:
  Cells(const Tensor& gain, const PatchGrid& grid, const Tensor& patch_gain)
      : counts_(grid.counts_dhw) {
    const Int3 counts = grid.counts_dhw;
    axes_ = {axis_of(grid, 0, counts[1] * counts[2]), axis_of(grid, 1, counts[2]),
             axis_of(grid, 2, 1)};
    Tensor sums = gain.to(torch::kCPU, torch::kDouble);
    sums = torch::matmul(sums, shares(axes_[2], grid.padded_dhw[2], gain.size(2)).t());
    sums = torch::matmul(shares(axes_[1], grid.padded_dhw[1], gain.size(1)), sums);
    sums = torch::tensordot(shares(axes_[0], grid.padded_dhw[0], gain.size(0)), sums, {1}, {0})
               .contiguous();
    const double* values = sums.data_ptr<double>();
    gain_.assign(values, values + sums.numel());
    whole_ = sums.sum().item<double>();
    factor_.assign(static_cast<size_t>(grid.count()), 1.0);
    if (patch_gain.defined()) {
      const Tensor factors = patch_gain.to(torch::kCPU, torch::kDouble).contiguous();
      factor_.assign(factors.data_ptr<double>(), factors.data_ptr<double>() + factors.numel());
    }
    begin_round();
    unseen_ = gain_;
  }

  /// All counts again, as if nothing had been covered.
  void begin_round() { left_ = gain_; }

  double gain_of(int64_t patch) const {
    double sum = 0;
    for_cells(patch, [&](size_t cell) { sum += left_[cell]; });
    return sum * factor_[static_cast<size_t>(patch)];
  }
  void cover(int64_t patch, double discount) {
    for_cells(patch, [&](size_t cell) {
      left_[cell] *= discount;
      unseen_[cell] = 0;
    });
  }
  double whole() const { return whole_; }
  /// What no patch has covered yet.
  double unseen() const { return std::accumulate(unseen_.begin(), unseen_.end(), 0.0); }

  /// Calls visit(other patch) for those that share a cell with a patch, itself included.
  template <class Visit>
  void for_neighbours(int64_t patch, Visit visit) const {
    const Int3 at = place(patch);
    std::array<std::array<int64_t, 2>, 3> range{};
    for (size_t axis = 0; axis < 3; ++axis) range[axis] = touching(axis, at[axis]);
    for (int64_t z = range[0][0]; z < range[0][1]; ++z) {
      for (int64_t y = range[1][0]; y < range[1][1]; ++y) {
        for (int64_t x = range[2][0]; x < range[2][1]; ++x)
          visit((z * counts_[1] + y) * counts_[2] + x);
      }
    }
  }

 private:
  Int3 place(int64_t patch) const {
    return {patch / (counts_[1] * counts_[2]), patch / counts_[2] % counts_[1], patch % counts_[2]};
  }
  /// Starts rise along an axis, so that those who touch a patch are neighbours in its row.
  std::array<int64_t, 2> touching(size_t axis, int64_t at) const {
    const auto& cells = axes_[axis].cells;
    const auto& own = cells[static_cast<size_t>(at)];
    int64_t first = at, last = at + 1;
    while (first > 0 && cells[static_cast<size_t>(first - 1)][1] > own[0]) --first;
    while (last < static_cast<int64_t>(cells.size()) &&
           cells[static_cast<size_t>(last)][0] < own[1])
      ++last;
    return {first, last};
  }
  template <class Visit>
  void for_cells(int64_t patch, Visit visit) const {
    const Int3 at = place(patch);
    const auto& deep = axes_[0].cells[static_cast<size_t>(at[0])];
    const auto& high = axes_[1].cells[static_cast<size_t>(at[1])];
    const auto& wide = axes_[2].cells[static_cast<size_t>(at[2])];
    for (size_t z = deep[0]; z < deep[1]; ++z) {
      for (size_t y = high[0]; y < high[1]; ++y) {
        for (size_t x = wide[0]; x < wide[1]; ++x)
          visit((z * axes_[1].count() + y) * axes_[2].count() + x);
      }
    }
  }

  Int3 counts_;
  std::array<Axis, 3> axes_;
  std::vector<double> gain_, left_, unseen_, factor_;
  double whole_ = 0;
};

}  // namespace

Tensor coarse_gain(const Tensor& coarse_logits, PatchGain gain) {
  check_shape(coarse_logits, {1, kAnySize, kAnySize, kAnySize, kAnySize}, "coarse logits");
  const torch::NoGradGuard no_grad;
  const Tensor p = coarse_logits.to(torch::kCPU, torch::kDouble).squeeze(0).softmax(0);
  if (gain == PatchGain::entropy) return torch::special::entr(p).sum(0);
  if (gain == PatchGain::foreground || gain == PatchGain::scores) return 1 - p[0];
  const Tensor foreground = p.narrow(0, 1, p.size(0) - 1);
  // A class that is nowhere would divide by zero.
  const Tensor sums = foreground.sum({1, 2, 3}, true).clamp_min(1e-30);
  return (foreground / sums).sum(0);
}

Tensor patch_shares(const Tensor& gain, const PatchGrid& grid) {
  check_shape(gain, {kAnySize, kAnySize, kAnySize}, "coarse gain");
  const Cells cells(gain, grid, {});
  Tensor shares = torch::zeros({grid.count()}, torch::kDouble);
  if (cells.whole() <= 0) return shares;
  for (int64_t i = 0; i < grid.count(); ++i)
    shares.data_ptr<double>()[i] = cells.gain_of(i) / cells.whole();
  return shares;
}

CoverageOrder coverage_order(const Tensor& gain, const PatchGrid& grid, double discount,
                             const Tensor& patch_gain) {
  check_shape(gain, {kAnySize, kAnySize, kAnySize}, "coarse gain");
  if (patch_gain.defined()) check_shape(patch_gain, {grid.count()}, "patch gains");
  Cells cells(gain, grid, patch_gain);
  const auto count = static_cast<size_t>(grid.count());
  const double nothing = kNothing * cells.whole();
  std::vector<double> gains(count);
  const auto find_gains = [&] {
    for (size_t i = 0; i < count; ++i) gains[i] = cells.gain_of(static_cast<int64_t>(i));
  };
  std::vector<bool> taken(count, false);
  const auto best_patch = [&] {
    size_t best = count;
    for (size_t i = 0; i < count; ++i) {
      if (!taken[i] && (best == count || gains[i] > gains[best])) best = i;
    }
    return best;
  };
  find_gains();
  CoverageOrder found;
  bool first_round = true;
  while (found.order.size() < count) {
    size_t best = best_patch();
    if (gains[best] <= nothing) {
      cells.begin_round();
      find_gains();
      first_round = false;
      best = best_patch();
    }
    const auto patch = static_cast<int64_t>(best);
    taken[best] = true;
    found.order.push_back(patch);
    found.gains.push_back(first_round && cells.whole() > 0 ? gains[best] / cells.whole() : 0);
    cells.cover(patch, discount);
    found.left.push_back(cells.whole() > 0 ? cells.unseen() / cells.whole() : 0);
    cells.for_neighbours(
        patch, [&](int64_t other) { gains[static_cast<size_t>(other)] = cells.gain_of(other); });
  }
  return found;
}

int64_t enough_patches(const CoverageOrder& order, double share) {
  const auto enough =
      std::find_if(order.left.begin(), order.left.end(), [&](double left) { return left < share; });
  const auto patches = enough - order.left.begin() + (enough == order.left.end() ? 0 : 1);
  return std::max<int64_t>(1, patches);
}

}  // namespace nmsw
