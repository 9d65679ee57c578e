#include "nmsw/inference/slab_accumulator.h"

#include <algorithm>
#include <iterator>

#include "nmsw/ops/parallel_dynamic.h"
#include "nmsw/tensor/patch_ops.h"

namespace nmsw {

namespace {

/// Blocks to merge at once; tensors hold their logits several times meanwhile, the loops none.
constexpr size_t kBlocksAtOnce = 1024, kTensorBlocksAtOnce = 128;

/// Coarse voxels that one of the patches covers, by the rule of `yield_to_patches`.
Tensor covered_coarse_voxels(const std::vector<Int3>& starts, Int3 patch, Int3 extent,
                             Int3 coarse) {
  Tensor covered = torch::zeros({coarse[0], coarse[1], coarse[2]}, torch::kByte);
  for (const Int3& start : starts) {
    Int3 first{}, size{};
    for (size_t axis = 0; axis < 3; ++axis) {
      const auto reached = [&](int64_t fine) {
        return (fine * coarse[axis] + extent[axis] - 1) / extent[axis];
      };
      first[axis] = reached(start[axis]);
      size[axis] = reached(start[axis] + patch[axis]) - first[axis];
    }
    crop(covered, first, size).fill_(1);
  }
  return covered;
}

/// The voxels of a block that lie in the volume.
struct BlockPart {
  Int3 first_dhw{}, size_dhw{};
};
BlockPart part_inside(Int3 extent, Int3 place) {
  BlockPart part;
  for (size_t axis = 0; axis < 3; ++axis) {
    part.first_dhw[axis] = place[axis] * kBlockDhw[axis];
    part.size_dhw[axis] = std::min(kBlockDhw[axis], extent[axis] - part.first_dhw[axis]);
  }
  return part;
}

}  // namespace

SlabAccumulator::SlabAccumulator(const SlabVolume& volume, const std::vector<Int3>& starts,
                                 const BlockBox& band, const SlabOutput& output)
    : volume_(volume), band_(band), output_(output), slots_(static_cast<size_t>(band.count()), -1) {
  if (volume.num_classes > kMostClasses) {
    throw ShapeError("slab: {} classes; a label map tells at most {} apart", volume.num_classes,
                     kMostClasses);
  }
  const Int3 patch = extent_dhw(volume.importance);
  std::copy_if(starts.begin(), starts.end(), std::back_inserter(starts_),
               [&](Int3 start) { return !touched_blocks(start, patch, band).empty(); });
  schedule_ = block_schedule(band, patch, starts_);
  volume_.importance = volume.importance.contiguous();
  sums_ = torch::empty(
      {schedule_.most_open, volume.num_classes + 1, kBlockDhw[0], kBlockDhw[1], kBlockDhw[2]},
      volume_.importance.options());
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
  check_shape(patch_logits, {volume_.num_classes, kAnySize, patch[1], patch[2]}, "patch logits");
  if (added_ == starts_.size())
    throw ShapeError("slab: {} patches were announced, here is another one", added_);
  const int64_t first_plane = added_planes_, count = patch_logits.size(1);
  if (first_plane + count > patch[0]) {
    throw ShapeError("slab: a patch has {} planes, here is number {}", patch[0],
                     first_plane + count);
  }
  added_planes_ += count;
  PatchPlanes planes{patch_logits.contiguous(), volume_.importance.narrow(0, first_plane, count),
                     starts_[added_]};
  planes.start_dhw[0] += first_plane;
  const int64_t patch_end = starts_[added_][0] + patch[0], planes_end = planes.start_dhw[0] + count;
  const BlockBox box = touched_blocks(planes.start_dhw, {count, patch[1], patch[2]}, band_);
  std::vector<SlabBlock> blocks;
  for_each_block(band_, box, [&](int64_t index, Int3 place) {
    int64_t& slot = slots_[static_cast<size_t>(index)];
    const bool fresh = slot < 0;
    if (fresh) {
      slot = free_.back();
      free_.pop_back();
    }
    blocks.push_back({index, place, slot, fresh});
    const bool is_last =
        schedule_.last_patch[static_cast<size_t>(index)] == static_cast<int64_t>(added_);
    const int64_t last_needed = std::min(patch_end, (place[0] + 1) * kBlockDhw[0]);
    if (is_last && last_needed <= planes_end) finished_.push_back(blocks.back());
  });
  if (added_planes_ == patch[0]) {
    ++added_;
    added_planes_ = 0;
  }
  if (blocks.empty()) return;  // the band holds other planes of the patch
  if (on_cpu()) {
    cpu_blocks::add(planes, box, blocks, sums_);
  } else {
    tensor_blocks::add(planes, box, blocks, sums_);
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

Tensor SlabAccumulator::untouched_logits(std::vector<SlabBlock> blocks) const {
  if (!volume_.coarse.logits.defined()) {
    throw ShapeError("slab: {} blocks lie in no patch and there are no coarse logits",
                     blocks.size());
  }
  for (SlabBlock& block : blocks) block.slot = -1;
  return merge(blocks, Wanted::logits_too).logits;
}

MergedBlocks SlabAccumulator::merge(const std::vector<SlabBlock>& blocks, Wanted wanted) const {
  return on_cpu() ? cpu_blocks::merge(volume_, blocks, sums_, wanted)
                  : tensor_blocks::merge(volume_, blocks, sums_, wanted);
}

void SlabAccumulator::write(const std::vector<SlabBlock>& blocks) {
  const bool wants_logits = output_.logits.defined() || output_.sink != nullptr;
  const Wanted wanted = wants_logits ? Wanted::logits_too : Wanted::labels;
  // A sink holds the blocks' logits several times, too.
  const bool is_lean = on_cpu() && output_.sink == nullptr;
  const size_t at_once = is_lean ? kBlocksAtOnce : kTensorBlocksAtOnce;
  for (size_t first = 0; first < blocks.size(); first += at_once) {
    const size_t last = std::min(blocks.size(), first + at_once);
    const std::vector<SlabBlock> some(blocks.begin() + static_cast<std::ptrdiff_t>(first),
                                      blocks.begin() + static_cast<std::ptrdiff_t>(last));
    const MergedBlocks merged = merge(some, wanted);
    if (output_.sink != nullptr) {
      output_.sink->take(some, merged.logits);
      continue;
    }
    on_cpu() ? copy_labels(merged.labels, some)
             : tensor_blocks::place(some, merged.labels, output_.labels);
    for (size_t n = 0; n < some.size() && merged.logits.defined(); ++n) {
      copy_logits(merged.logits[static_cast<int64_t>(n)], some[n].place_dhw);
    }
  }
}

void SlabAccumulator::copy_labels(const Tensor& merged, const std::vector<SlabBlock>& blocks) {
  const int64_t height = volume_.extent_dhw[1], width = volume_.extent_dhw[2];
  const auto* labels = merged.data_ptr<uint8_t>();
  auto* output = output_.labels.data_ptr<uint8_t>();
  share_out_each(static_cast<int64_t>(blocks.size()), [&](int64_t n) {
    const BlockPart part =
        part_inside(volume_.extent_dhw, blocks[static_cast<size_t>(n)].place_dhw);
    const uint8_t* from = labels + n * kBlockVoxels;
    for (int64_t d = 0; d < part.size_dhw[0]; ++d) {
      for (int64_t h = 0; h < part.size_dhw[1]; ++h) {
        const int64_t row = (part.first_dhw[0] + d) * height + part.first_dhw[1] + h;
        std::copy_n(from + (d * kBlockDhw[1] + h) * kBlockDhw[2], part.size_dhw[2],
                    output + row * width + part.first_dhw[2]);
      }
    }
  });
}

void SlabAccumulator::copy_logits(const Tensor& block_logits, Int3 place) {
  const BlockPart part = part_inside(volume_.extent_dhw, place);
  crop(output_.logits[0], part.first_dhw, part.size_dhw)
      .copy_(crop(block_logits, {0, 0, 0}, part.size_dhw));
}

Tensor empty_labels(Int3 extent, const torch::Device& device, bool by_tensors) {
  if (!device.is_cpu() || by_tensors) extent = round_up(extent, kBlockDhw);
  return torch::empty({extent[0], extent[1], extent[2]},
                      torch::TensorOptions(torch::kByte).device(device));
}

Tensor labels_upsampled(const Tensor& logits, Int3 extent) {
  SlabVolume volume;
  volume.num_classes = logits.size(1);
  volume.extent_dhw = extent;
  volume.importance = torch::ones({1, 1, 1}, logits.options());
  volume.coarse.logits = logits;
  const SlabOutput output{empty_labels(extent, logits.device()), {}};
  SlabAccumulator(volume, {}, all_blocks(extent), output).write_untouched();
  return crop(output.labels, {0, 0, 0}, extent).contiguous();
}

}  // namespace nmsw
