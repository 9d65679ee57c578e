#include "nmsw/model/drawn_patches.h"

#include <algorithm>

#include "nmsw/tensor/patch_ops.h"

namespace nmsw {

std::vector<Int3> starts_of(const PatchGrid& grid, const Tensor& index) {
  const Tensor cpu = index.to(torch::kCPU).contiguous();
  std::vector<Int3> starts;
  for (int64_t k = 0; k < cpu.numel(); ++k) {
    starts.push_back(grid.starts_dhw.at(static_cast<size_t>(cpu.data_ptr<int64_t>()[k])));
  }
  return starts;
}

DrawnPatches distinct_patches(const Tensor& volume, const PatchGrid& grid, const Tensor& index) {
  DrawnPatches drawn;
  drawn.starts_dhw = starts_of(grid, index);
  std::vector<Int3> different;
  std::vector<int64_t> row;
  for (const Int3& start : drawn.starts_dhw) {
    const auto found = std::find(different.begin(), different.end(), start);
    row.push_back(found - different.begin());
    if (found == different.end()) different.push_back(start);
  }
  drawn.images = crop_batch(volume, different, grid.patch_dhw);
  if (different.size() < drawn.starts_dhw.size())
    drawn.row = torch::tensor(row, torch::kLong).to(volume.device());
  return drawn;
}

Tensor for_each_pick(const DrawnPatches& drawn, const Tensor& values) {
  if (!drawn.row.defined()) return values;
  const int64_t different = drawn.images.size(0);
  return torch::cat({values.narrow(0, 0, different).index_select(0, drawn.row),
                     values.narrow(0, different, values.size(0) - different)});
}

}  // namespace nmsw
