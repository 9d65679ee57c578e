#include <algorithm>

#include "nmsw/inference/slab_blocks.h"
#include "nmsw/kernels/logits/block_logits.h"
#include "nmsw/ops/parallel_dynamic.h"

namespace nmsw::cpu_blocks {

namespace {

/// The voxels that planes of a patch have in common with a row of blocks along W, up to the patch's
/// end.
PatchPart part_in(Int3 block, const PatchPlanes& planes, int64_t blocks) {
  const Int3 &start = planes.start_dhw, extent = extent_dhw(planes.importance);
  PatchPart part;
  Int3 in_patch{};
  for (size_t axis = 0; axis < 3; ++axis) {
    const int64_t size = kBlockDhw[axis] * (axis == 2 ? blocks : 1);
    const int64_t from = block[axis] * kBlockDhw[axis];
    const int64_t first = std::max(from, start[axis]);
    const int64_t last = std::min(from + size, start[axis] + extent[axis]);
    part.place_dhw[axis] = first - from;
    part.size_dhw[axis] = last - first;
    in_patch[axis] = first - start[axis];
  }
  part.row_step = extent[2];
  part.plane_step = extent[1] * extent[2];
  part.class_step = planes.logits.stride(0);
  const int64_t offset = in_patch[0] * part.plane_step + in_patch[1] * part.row_step + in_patch[2];
  part.logits = planes.logits.data_ptr<float>() + offset;
  part.importance = planes.importance.data_ptr<float>() + offset;
  return part;
}

const float* floats(const Tensor& tensor) {
  return tensor.defined() ? tensor.data_ptr<float>() : nullptr;
}

}  // namespace

void add(const PatchPlanes& planes, const BlockBox& box, const std::vector<SlabBlock>& blocks,
         Tensor& sums) {
  const int64_t num_classes = planes.logits.size(0), size = sums.stride(0);
  const int64_t in_row = box.last_dhw[2] - box.first_dhw[2];
  auto* memory = sums.data_ptr<float>();
  parallel_dynamic(box.count() / in_row, [&](DynamicRanges& shared) {
    std::vector<float*> row_sums(static_cast<size_t>(in_row));
    for (int64_t begin, end; shared.next(begin, end);) {
      for (int64_t row = begin; row < end; ++row) {
        const SlabBlock* row_blocks = blocks.data() + row * in_row;
        for (int64_t i = 0; i < in_row; ++i) {
          float*& block_sums = row_sums[static_cast<size_t>(i)];
          block_sums = memory + row_blocks[i].slot * size;
          if (row_blocks[i].fresh) std::fill(block_sums, block_sums + size, 0.0F);
        }
        add_to_blocks(part_in(row_blocks->place_dhw, planes, in_row), num_classes, row_sums.data());
      }
    }
  });
}

MergedBlocks merge(const SlabVolume& volume, const std::vector<SlabBlock>& blocks,
                   const Tensor& sums, Wanted wanted) {
  const auto count = static_cast<int64_t>(blocks.size());
  MergedBlocks merged;
  merged.labels = torch::empty({count, kBlockDhw[0], kBlockDhw[1], kBlockDhw[2]}, torch::kByte);
  if (wanted == Wanted::logits_too) {
    merged.logits =
        torch::empty({count, volume.num_classes, kBlockDhw[0], kBlockDhw[1], kBlockDhw[2]});
  }
  const CoarsePart& coarse = volume.coarse;
  BlockLogits common;
  common.num_classes = volume.num_classes;
  common.normalised = coarse.blend == OverlapBlend::normalised;
  std::array<std::vector<AxisStep>, 3> steps;
  if (coarse.logits.defined()) {
    common.coarse_dhw = extent_dhw(coarse.logits);
    for (size_t axis = 0; axis < 3; ++axis)
      steps[axis] = axis_steps(common.coarse_dhw[axis], volume.extent_dhw[axis]);
    steps[2].resize(static_cast<size_t>(all_blocks(volume.extent_dhw).last_dhw[2] * kBlockDhw[2]),
                    steps[2].back());
    common.coarse = floats(coarse.logits);
    common.class_weight = floats(coarse.class_weight);
    if (coarse.class_weight.defined()) common.covered = volume.covered.data_ptr<uint8_t>();
  }
  const float* memory = floats(sums);
  float* logits = merged.logits.defined() ? merged.logits.data_ptr<float>() : nullptr;
  auto* labels = merged.labels.data_ptr<uint8_t>();
  share_out_each(count, [&](int64_t i) {
    const SlabBlock& block = blocks[static_cast<size_t>(i)];
    BlockLogits one = common;
    if (block.slot >= 0) one.sums = memory + block.slot * (volume.num_classes + 1) * kBlockVoxels;
    const auto first = [&](size_t axis) { return block.place_dhw[axis] * kBlockDhw[axis]; };
    one.depth = std::min(kBlockDhw[0], volume.extent_dhw[0] - first(0));
    one.height = std::min(kBlockDhw[1], volume.extent_dhw[1] - first(1));
    if (one.coarse != nullptr) {
      one.steps_d = steps[0].data() + first(0);
      one.steps_h = steps[1].data() + first(1);
      one.steps_w = steps[2].data() + first(2);
    }
    merge_block(one, logits == nullptr ? nullptr : logits + i * volume.num_classes * kBlockVoxels,
                labels + i * kBlockVoxels);
  });
  return merged;
}

}  // namespace nmsw::cpu_blocks
