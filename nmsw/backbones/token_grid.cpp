#include "nmsw/backbones/token_grid.h"

#include <algorithm>

#include "nmsw/ops/library_norm.h"

namespace nmsw {

namespace {

/// Weights of a portion of queries, in float32: on the CPU what a core's cache holds; a device is to
/// be kept busy by few calls.
int64_t weight_bytes(const torch::Device& device) {
  return int64_t{8} << (device.is_cpu() ? 20 : 26);
}

Tensor attend_some(const Tensor& q, const Tensor& k, const Tensor& v) {
  return torch::matmul(torch::softmax(torch::matmul(q, k.transpose(-2, -1)), -1), v);
}

}  // namespace

TokenGrid to_tokens(const Tensor& volume) {
  return {volume.permute({0, 2, 3, 4, 1}).reshape({-1, volume.size(1)}), volume.size(0),
          extent_dhw(volume)};
}

Tensor to_volume(const TokenGrid& tokens) {
  const Int3 grid = tokens.grid_dhw;
  return laid_out(
      tokens.rows.view({tokens.batch, grid[0], grid[1], grid[2], -1}).permute({0, 4, 1, 2, 3}));
}

torch::nn::LayerNorm token_norm(int64_t channels) {
  return torch::nn::LayerNorm(torch::nn::LayerNormOptions({channels}));
}

Tensor attend(const Tensor& q, const Tensor& k, const Tensor& v) {
  const int64_t queries = q.size(2);
  const int64_t query_bytes = q.size(0) * q.size(1) * k.size(2) * int64_t{sizeof(float)};
  const int64_t portion = std::max<int64_t>(1, weight_bytes(q.device()) / query_bytes);
  if (at::GradMode::is_enabled() || portion >= queries) return attend_some(q, k, v);
  std::vector<Tensor> attended;
  for (const Tensor& some : q.split(portion, 2)) attended.push_back(attend_some(some, k, v));
  return torch::cat(attended, 2);
}

}  // namespace nmsw
