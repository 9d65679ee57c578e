#include "nmsw/model/score_head.h"

#include "nmsw/backbones/module_path.h"
#include "nmsw/tensor/resize.h"

namespace nmsw {

ScoreHead::ScoreHead(int64_t feature_channels, ScorePositions positions) : positions_(positions) {
  const int64_t half = std::max<int64_t>(1, feature_channels / 2);
  const auto add = [this](const std::string& path, int64_t in, int64_t out) {
    convs_.push_back(register_at(*this, path, torch::nn::Conv3d(torch::nn::Conv3dOptions(in, out, 1))));
  };
  add("1.conv_0.conv", feature_channels, half);
  add("1.conv_1.conv", half, half);
  add("2.conv_0.conv", half, 1);
  add("2.conv_1.conv", 1, 1);
}

Tensor ScoreHead::sample(const Tensor& feature, const PatchGrid& grid) const {
  if (positions_ == ScorePositions::uniform) return resize_trilinear(feature, grid.counts_dhw);
  std::vector<float> places;
  places.reserve(grid.starts_dhw.size() * 3);
  for (const Int3& start : grid.starts_dhw) {
    for (const size_t axis : {2, 1, 0}) {
      const double centre = static_cast<double>(start[axis]) + static_cast<double>(grid.patch_dhw[axis]) / 2;
      places.push_back(static_cast<float>(2 * centre / static_cast<double>(grid.padded_dhw[axis]) - 1));
    }
  }
  const Tensor where = torch::tensor(places).view(
      {1, grid.counts_dhw[0], grid.counts_dhw[1], grid.counts_dhw[2], 3});
  return torch::nn::functional::grid_sample(
      feature, where.to(feature.options()),
      torch::nn::functional::GridSampleFuncOptions()
          .mode(torch::kBilinear)
          .padding_mode(torch::kBorder)
          .align_corners(false));
}

Tensor ScoreHead::forward(const Tensor& feature, const PatchGrid& grid) {
  constexpr double kSlope = 0.1;
  Tensor x = sample(feature, grid);
  x = torch::leaky_relu(convs_[0]->forward(x), kSlope);
  x = torch::leaky_relu(convs_[1]->forward(x), kSlope);
  return convs_[3]->forward(convs_[2]->forward(x)).flatten(1);
}

}  // namespace nmsw
