#include <algorithm>
#include <array>

#include "nmsw/inference/slab_blocks.h"
#include "nmsw/kernels/logits/axis_steps.h"

namespace nmsw::tensor_blocks {

namespace {

using torch::indexing::Slice;

/// Along one axis: coarse voxels below and above each block's voxels and the share of the upper
/// one, shaped to broadcast over [n,8,8,32].
struct BlockSteps {
  Tensor low, high, share;
};

BlockSteps block_steps(int64_t coarse, int64_t fine, const std::vector<SlabBlock>& blocks,
                       size_t axis, const torch::Device& device) {
  const std::vector<AxisStep> steps = axis_steps(coarse, fine);
  const int64_t size = kBlockDhw[axis];
  std::vector<int64_t> low, high;
  std::vector<float> share;
  for (const SlabBlock& block : blocks) {
    for (int64_t i = 0; i < size; ++i) {
      const AxisStep& step =
          steps[static_cast<size_t>(std::min(block.place_dhw[axis] * size + i, fine - 1))];
      low.push_back(step.low);
      high.push_back(step.high);
      share.push_back(step.share);
    }
  }
  std::vector<int64_t> shape{static_cast<int64_t>(blocks.size()), 1, 1, 1};
  shape[axis + 1] = size;
  const auto shaped = [&](const Tensor& values) { return queued_copy(values.view(shape), device); };
  return {shaped(torch::tensor(low, torch::kLong)), shaped(torch::tensor(high, torch::kLong)),
          shaped(torch::tensor(share, torch::kFloat))};
}

Tensor lerp_steps(const Tensor& low, const Tensor& high, const Tensor& share) {
  return low + share * (high - low);
}

/// Coarse logits, yielding to patches, at the blocks' voxels: [C,n,8,8,32].
Tensor bring_up(const SlabVolume& volume, const std::vector<SlabBlock>& blocks) {
  const CoarsePart& coarse = volume.coarse;
  const Int3 from = extent_dhw(coarse.logits);
  std::array<BlockSteps, 3> steps;
  for (size_t axis = 0; axis < 3; ++axis) {
    steps[axis] =
        block_steps(from[axis], volume.extent_dhw[axis], blocks, axis, coarse.logits.device());
  }
  const auto corner = [&](const Tensor& d, const Tensor& h, const Tensor& w) {
    const Tensor logits = coarse.logits[0].index({Slice(), d, h, w});
    if (!coarse.class_weight.defined()) return logits;
    const Tensor covered = volume.covered.index({d, h, w}).to(torch::kFloat);
    return logits * (1 - coarse.class_weight[0].unsqueeze(1) * covered);
  };
  const auto line = [&](const Tensor& d, const Tensor& h) {
    return lerp_steps(corner(d, h, steps[2].low), corner(d, h, steps[2].high), steps[2].share);
  };
  const auto plane = [&](const Tensor& d) {
    return lerp_steps(line(d, steps[1].low), line(d, steps[1].high), steps[1].share);
  };
  return lerp_steps(plane(steps[0].low), plane(steps[0].high), steps[0].share);
}

/// number(block) of each block.
template <class Number>
Tensor numbers_of(const std::vector<SlabBlock>& blocks, const torch::Device& device,
                  Number number) {
  std::vector<int64_t> numbers;
  for (const SlabBlock& block : blocks) numbers.push_back(number(block));
  return queued_copy(torch::tensor(numbers, torch::kLong), device);
}

Tensor slots_of(const std::vector<SlabBlock>& blocks, const torch::Device& device) {
  return numbers_of(blocks, device, [](const SlabBlock& block) { return block.slot; });
}

/// Logits [n,C,8,8,32].
Tensor merged_logits(const SlabVolume& volume, const std::vector<SlabBlock>& blocks,
                     const Tensor& sums) {
  const CoarsePart& coarse = volume.coarse;
  Tensor up;
  if (coarse.logits.defined()) up = bring_up(volume, blocks).transpose(0, 1);
  if (blocks.front().slot < 0) return up;
  const Tensor some = sums.index_select(0, slots_of(blocks, sums.device()));
  const Tensor weight = some.narrow(1, volume.num_classes, 1);
  const Tensor outside = weight.le(0);
  Tensor mean = some.narrow(1, 0, volume.num_classes);
  if (coarse.blend == OverlapBlend::normalised) mean = mean / weight.masked_fill(outside, 1.0);
  if (!up.defined()) return mean;
  if (coarse.class_weight.defined()) return coarse.class_weight * mean + up;
  return mean + up * outside;
}

}  // namespace

void add(const PatchPlanes& planes, const BlockBox& box, const std::vector<SlabBlock>& blocks,
         Tensor& sums) {
  std::vector<SlabBlock> fresh;
  std::copy_if(blocks.begin(), blocks.end(), std::back_inserter(fresh),
               [](const SlabBlock& b) { return b.fresh; });
  if (!fresh.empty()) sums.index_fill_(0, slots_of(fresh, sums.device()), 0);
  const Tensor weighted =
      torch::cat({planes.logits * planes.importance, planes.importance.unsqueeze(0)});
  // Whole blocks: zeros around the patch, and what leaves the box cut off.
  std::vector<int64_t> pads, split{weighted.size(0)};
  for (size_t axis = 3; axis-- > 0;) {
    const int64_t before = planes.start_dhw[axis] - box.first_dhw[axis] * kBlockDhw[axis];
    const int64_t size = (box.last_dhw[axis] - box.first_dhw[axis]) * kBlockDhw[axis];
    pads.push_back(before);
    pads.push_back(size - before - weighted.size(static_cast<int64_t>(axis) + 1));
  }
  for (size_t axis = 0; axis < 3; ++axis) {
    split.push_back(box.last_dhw[axis] - box.first_dhw[axis]);
    split.push_back(kBlockDhw[axis]);
  }
  const Tensor pieces =
      torch::constant_pad_nd(weighted, pads, 0)
          .view(split)
          .permute({1, 3, 5, 0, 2, 4, 6})
          .reshape({box.count(), weighted.size(0), kBlockDhw[0], kBlockDhw[1], kBlockDhw[2]});
  sums.index_add_(0, slots_of(blocks, sums.device()), pieces);
}

MergedBlocks merge(const SlabVolume& volume, const std::vector<SlabBlock>& blocks,
                   const Tensor& sums, Wanted wanted) {
  const Tensor logits = merged_logits(volume, blocks, sums);
  MergedBlocks merged;
  merged.labels = logits.argmax(1).to(torch::kByte);
  if (wanted == Wanted::logits_too) merged.logits = logits;
  return merged;
}

void place(const std::vector<SlabBlock>& blocks, const Tensor& block_labels, Tensor& labels) {
  std::vector<int64_t> split;
  for (size_t axis = 0; axis < 3; ++axis) {
    split.push_back(labels.size(static_cast<int64_t>(axis)) / kBlockDhw[axis]);
    split.push_back(kBlockDhw[axis]);
  }
  const auto places = [&](size_t axis) {
    return numbers_of(blocks, labels.device(),
                      [&](const SlabBlock& block) { return block.place_dhw[axis]; });
  };
  labels.view(split)
      .permute({0, 2, 4, 1, 3, 5})
      .index_put_({places(0), places(1), places(2)}, block_labels);
}

}  // namespace nmsw::tensor_blocks
