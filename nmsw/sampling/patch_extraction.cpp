#include "nmsw/sampling/patch_extraction.h"

#include "nmsw/tensor/patch_ops.h"

namespace nmsw {

namespace {

using torch::autograd::AutogradContext;
using torch::autograd::variable_list;

std::vector<int64_t> to_vector(const Tensor& index) {
  const Tensor cpu = index.to(torch::kCPU, torch::kLong).contiguous();
  return {cpu.data_ptr<int64_t>(), cpu.data_ptr<int64_t>() + cpu.numel()};
}

/// <G_k, X_n> for all k and n, [K,P], one candidate in memory at a time.
Tensor inner_products(const Tensor& gradient, const Tensor& volume, const PatchGrid& grid) {
  const Tensor rows = gradient.flatten(1);
  std::vector<Tensor> columns;
  columns.reserve(grid.starts_dhw.size());
  for (const Int3& start : grid.starts_dhw) {
    columns.push_back(torch::mv(rows, crop(volume, start, grid.patch_dhw).flatten()));
  }
  return torch::stack(columns, 1);
}

class ExtractPatches : public torch::autograd::Function<ExtractPatches> {
 public:
  static Tensor forward(AutogradContext* ctx, const Tensor& soft, const Tensor& volume,
                        const Tensor& index, const PatchGrid& grid, Estimator estimator,
                        PatchScale scale) {
    std::vector<Int3> starts;
    std::vector<int64_t> all_starts;
    for (const int64_t n : to_vector(index))
      starts.push_back(grid.starts_dhw.at(static_cast<size_t>(n)));
    for (const Int3& start : grid.starts_dhw) {
      all_starts.insert(all_starts.end(), start.begin(), start.end());
    }
    ctx->save_for_backward({soft, volume, index});
    ctx->saved_data["starts"] = all_starts;
    ctx->saved_data["patch"] = std::vector<int64_t>(grid.patch_dhw.begin(), grid.patch_dhw.end());
    ctx->saved_data["estimator"] = static_cast<int64_t>(estimator);
    const Tensor patches = crop_batch(volume, starts, grid.patch_dhw);
    if (scale == PatchScale::one) return patches;
    return patches * soft.gather(1, index.unsqueeze(1)).view({-1, 1, 1, 1, 1});
  }

  static variable_list backward(AutogradContext* ctx, const variable_list& gradients) {
    const variable_list saved = ctx->get_saved_variables();
    const Tensor &soft = saved[0], &volume = saved[1], &index = saved[2];
    const Tensor gradient = gradients[0].contiguous();
    PatchGrid grid;
    const std::vector<int64_t> starts = ctx->saved_data["starts"].toIntVector();
    const std::vector<int64_t> patch = ctx->saved_data["patch"].toIntVector();
    grid.patch_dhw = {patch[0], patch[1], patch[2]};
    for (size_t i = 0; i < starts.size(); i += 3) {
      grid.starts_dhw.push_back({starts[i], starts[i + 1], starts[i + 2]});
    }
    const auto estimator = static_cast<Estimator>(ctx->saved_data["estimator"].toInt());
    const Tensor column = index.unsqueeze(1);
    Tensor to_soft;
    if (estimator == Estimator::paper) {
      std::vector<Tensor> chosen;
      int64_t k = 0;
      for (const int64_t n : to_vector(index)) {
        const Tensor box = crop(volume, grid.starts_dhw.at(static_cast<size_t>(n)), grid.patch_dhw);
        chosen.push_back((gradient[k++] * box[0]).sum());
      }
      to_soft = torch::zeros_like(soft).scatter_(1, column, torch::stack(chosen).unsqueeze(1));
    } else {
      to_soft = inner_products(gradient, volume, grid);
      if (estimator == Estimator::authors) {
        const Tensor hard = torch::zeros_like(soft).scatter_(1, column, 1.0);
        to_soft = to_soft * (hard + soft);
      }
    }
    return {to_soft, Tensor(), Tensor(), Tensor(), Tensor(), Tensor()};
  }
};

}  // namespace

Tensor extract_patches(const Tensor& volume, const PatchGrid& grid, const Tensor& index,
                       const Tensor& soft, Estimator estimator, PatchScale scale) {
  check_shape(volume, {1, kAnySize, kAnySize, kAnySize, kAnySize}, "volume");
  check_shape(index, {kAnySize}, "chosen patches");
  check_shape(soft, {index.size(0), grid.count()}, "soft choice");
  const PatchScale used = estimator == Estimator::straight_through ? PatchScale::one : scale;
  return ExtractPatches::apply(soft, volume, index, grid, estimator, used);
}

}  // namespace nmsw
