#include "nmsw/model/score_head.h"

#include "nmsw/backbones/module_path.h"
#include "nmsw/tensor/resize.h"

namespace nmsw {

namespace {

// Both as a share of the volume's axis.
double uniform_centre(int64_t cell, int64_t count) {
  return (static_cast<double>(cell) + 0.5) / static_cast<double>(count);
}

double patch_centre(const PatchGrid& grid, size_t n, size_t axis) {
  const double centre =
      static_cast<double>(grid.starts_dhw[n][axis]) + static_cast<double>(grid.patch_dhw[axis]) / 2;
  return centre / static_cast<double>(grid.padded_dhw[axis]);
}

}  // namespace

ScoreHead::ScoreHead(int64_t feature_channels, ScorePositions positions, ScorePrior prior)
    : positions_(positions) {
  const int64_t half = std::max<int64_t>(1, feature_channels / 2);
  const auto add = [this](const std::string& path, int64_t in, int64_t out) {
    convs_.push_back(
        register_at(*this, path, torch::nn::Conv3d(torch::nn::Conv3dOptions(in, out, 1))));
  };
  add("1.conv_0.conv", feature_channels, half);
  add("1.conv_1.conv", half, half);
  add("2.conv_0.conv", half, 1);
  add("2.conv_1.conv", 1, 1);
  if (prior == ScorePrior::none) return;
  const torch::NoGradGuard no_grad;
  for (Tensor& parameter : convs_.back()->parameters()) parameter.zero_();
}

Tensor ScoreHead::sample(const Tensor& feature, const PatchGrid& grid,
                         const std::array<double, 3>& filled) const {
  const bool whole = filled == std::array<double, 3>{1, 1, 1};
  if (positions_ == ScorePositions::uniform && whole) {
    return resize_trilinear(feature, grid.counts_dhw);
  }
  std::vector<float> places;
  places.reserve(grid.starts_dhw.size() * 3);
  const Int3 counts = grid.counts_dhw;
  for (int64_t n = 0; n < grid.count(); ++n) {
    const Int3 cell{n / (counts[1] * counts[2]), n / counts[2] % counts[1], n % counts[2]};
    for (const size_t axis : {2, 1, 0}) {
      const double of_volume = positions_ == ScorePositions::uniform
                                   ? uniform_centre(cell[axis], counts[axis])
                                   : patch_centre(grid, static_cast<size_t>(n), axis);
      places.push_back(static_cast<float>(2 * of_volume * filled[axis] - 1));
    }
  }
  const Tensor where = queued_copy(torch::tensor(places), feature.device())
                           .view({1, counts[0], counts[1], counts[2], 3});
  return torch::nn::functional::grid_sample(feature, where.to(feature.options()),
                                            torch::nn::functional::GridSampleFuncOptions()
                                                .mode(torch::kBilinear)
                                                .padding_mode(torch::kBorder)
                                                .align_corners(false));
}

Tensor ScoreHead::forward(const Tensor& feature, const PatchGrid& grid,
                          const std::array<double, 3>& filled) {
  constexpr double kSlope = 0.1;
  Tensor x = sample(feature, grid, filled);
  x = torch::leaky_relu(convs_[0]->forward(x), kSlope);
  x = torch::leaky_relu(convs_[1]->forward(x), kSlope);
  return convs_[3]->forward(convs_[2]->forward(x)).flatten(1);
}

}  // namespace nmsw
