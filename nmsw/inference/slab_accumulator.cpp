#include "nmsw/inference/slab_accumulator.h"

#include <algorithm>
#include <iterator>

#include "nmsw/tensor/large_memory.h"
#include "nmsw/tensor/patch_ops.h"

namespace nmsw {

namespace {

/// Blocks to merge at once; tensors hold their logits several times meanwhile, the loops none.
constexpr size_t kBlocksAtOnce = 1024, kTensorBlocksAtOnce = 128;

/// Coarse voxels that one of the patches covers; a coarse voxel stands for the fine one at its
/// index times the rate.
Tensor covered_coarse_voxels(const std::vector<Int3>& starts, Int3 patch, Int3 extent,
                             Int3 coarse) {
  Tensor covered = torch::zeros({coarse[0], coarse[1], coarse[2]}, torch::kByte);
  for (const Int3& start : starts) {
    Int3 first{}, size{};
    for (size_t axis = 0; axis < 3; ++axis) {
      const int64_t rate = extent[axis] / coarse[axis];
      first[axis] = (start[axis] + rate - 1) / rate;
      size[axis] = (start[axis] + patch[axis] + rate - 1) / rate - first[axis];
    }
    crop(covered, first, size).fill_(1);
  }
  return covered;
}

}  // namespace

SlabAccumulator::SlabAccumulator(const SlabVolume& volume, const std::vector<Int3>& starts,
                                 const BlockBox& band, const SlabOutput& output)
    : volume_(volume), band_(band), output_(output), slots_(static_cast<size_t>(band.count()), -1) {
  const Int3 patch = extent_dhw(volume.importance);
  std::copy_if(starts.begin(), starts.end(), std::back_inserter(starts_),
               [&](Int3 start) { return !touched_blocks(start, patch, band).empty(); });
  schedule_ = block_schedule(band, patch, starts_);
  volume_.importance = volume.importance.contiguous();
  const std::vector<int64_t> sizes{schedule_.most_open, volume.num_classes + 1, kBlockDhw[0],
                                   kBlockDhw[1], kBlockDhw[2]};
  sums_ = on_cpu() ? large_empty(sizes) : torch::empty(sizes, volume_.importance.options());
  for (int64_t slot = schedule_.most_open; slot-- > 0;) free_.push_back(slot);
  CoarsePart& coarse = volume_.coarse;
  if (!coarse.logits.defined()) return;
  coarse.logits = coarse.logits.contiguous();
  const Int3 from = extent_dhw(coarse.logits);
  for (size_t axis = 0; axis < 3; ++axis) {
    if (from[axis] > volume.extent_dhw[axis]) {
      throw ShapeError("slab: axis {} has {} coarse voxels, more than the volume's {}", axis,
                       from[axis], volume.extent_dhw[axis]);
    }
  }
  if (!coarse.class_weight.defined()) return;
  coarse.class_weight = coarse.class_weight.contiguous();
  // Up-sizing reaches over the band's border: patches that do not touch it count here.
  volume_.covered =
      covered_coarse_voxels(starts, patch, volume.extent_dhw, from).to(coarse.logits.device());
}

void SlabAccumulator::add(const Tensor& patch_logits) {
  const Int3 patch = extent_dhw(volume_.importance);
  check_shape(patch_logits, {volume_.num_classes, patch[0], patch[1], patch[2]}, "patch logits");
  if (added_ == starts_.size())
    throw ShapeError("slab: {} patches were announced, here is another one", added_);
  const Int3 start = starts_[added_];
  const BlockBox box = touched_blocks(start, patch, band_);
  std::vector<SlabBlock> blocks;
  for_each_block(band_, box, [&](int64_t index, Int3 place) {
    int64_t& slot = slots_[static_cast<size_t>(index)];
    const bool fresh = slot < 0;
    if (fresh) {
      slot = free_.back();
      free_.pop_back();
    }
    blocks.push_back({index, place, slot, fresh});
    if (schedule_.last_patch[static_cast<size_t>(index)] == static_cast<int64_t>(added_)) {
      finished_.push_back(blocks.back());
    }
  });
  ++added_;
  if (on_cpu()) {
    cpu_blocks::add(volume_, patch_logits, start, box, blocks, sums_);
  } else {
    tensor_blocks::add(volume_, patch_logits, start, box, blocks, sums_);
  }
}

void SlabAccumulator::write_finished() {
  write(finished_);
  for (const SlabBlock& block : finished_) free_.push_back(block.slot);
  finished_.clear();
}

void SlabAccumulator::write_untouched() {
  if (added_ != starts_.size())
    throw ShapeError("slab: only {} of {} patches were added", added_, starts_.size());
  std::vector<SlabBlock> untouched;
  for_each_block(band_, band_, [&](int64_t index, Int3 place) {
    if (schedule_.last_patch[static_cast<size_t>(index)] < 0)
      untouched.push_back({index, place, -1, false});
  });
  if (!untouched.empty() && !volume_.coarse.logits.defined()) {
    throw ShapeError("slab: {} blocks lie in no patch and there are no coarse logits",
                     untouched.size());
  }
  write(untouched);
}

void SlabAccumulator::write(const std::vector<SlabBlock>& blocks) {
  const Wanted wanted = output_.logits.defined() ? Wanted::logits_too : Wanted::labels;
  const size_t at_once = on_cpu() ? kBlocksAtOnce : kTensorBlocksAtOnce;
  for (size_t first = 0; first < blocks.size(); first += at_once) {
    const size_t last = std::min(blocks.size(), first + at_once);
    const std::vector<SlabBlock> some(blocks.begin() + static_cast<std::ptrdiff_t>(first),
                                      blocks.begin() + static_cast<std::ptrdiff_t>(last));
    const MergedBlocks merged = on_cpu() ? cpu_blocks::merge(volume_, some, sums_, wanted)
                                         : tensor_blocks::merge(volume_, some, sums_, wanted);
    for (size_t n = 0; n < some.size(); ++n)
      copy_out(merged, static_cast<int64_t>(n), some[n].place_dhw);
  }
}

void SlabAccumulator::copy_out(const MergedBlocks& merged, int64_t n, Int3 place) {
  Int3 first{}, size{};
  for (size_t axis = 0; axis < 3; ++axis) {
    first[axis] = place[axis] * kBlockDhw[axis];
    size[axis] = std::min(kBlockDhw[axis], volume_.extent_dhw[axis] - first[axis]);
  }
  const int64_t height = volume_.extent_dhw[1], width = volume_.extent_dhw[2];
  const uint8_t* from = merged.labels.data_ptr<uint8_t>() + n * kBlockVoxels;
  auto* to = output_.labels.data_ptr<uint8_t>();
  for (int64_t d = 0; d < size[0]; ++d) {
    for (int64_t h = 0; h < size[1]; ++h) {
      std::copy_n(from + (d * kBlockDhw[1] + h) * kBlockDhw[2], size[2],
                  to + ((first[0] + d) * height + first[1] + h) * width + first[2]);
    }
  }
  if (output_.logits.defined()) {
    crop(output_.logits[0], first, size).copy_(crop(merged.logits[n], {0, 0, 0}, size));
  }
}

Tensor labels_brought_up(const Tensor& logits, Int3 extent) {
  SlabVolume volume;
  volume.num_classes = logits.size(1);
  volume.extent_dhw = extent;
  volume.importance = torch::ones({1, 1, 1}, logits.options());
  volume.coarse.logits = logits;
  const SlabOutput output{torch::empty({extent[0], extent[1], extent[2]}, torch::kByte), {}};
  SlabAccumulator(volume, {}, all_blocks(extent), output).write_untouched();
  return output.labels;
}

}  // namespace nmsw
