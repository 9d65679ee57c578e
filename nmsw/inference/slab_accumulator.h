#pragma once

#include <vector>

#include "nmsw/inference/slab_blocks.h"

namespace nmsw {

/// Takes the merged logits of finished blocks, in place of labels.
class BlockSink {
 public:
  virtual ~BlockSink() = default;
  /// logits: float32 [n,C,8,8,32] of the blocks, on the device of the sums; what lies past the
  /// volume's borders is any number.
  virtual void take(const std::vector<SlabBlock>& blocks, const Tensor& logits) = 0;
};

/// Where finished voxels go. Several accumulators, each of its own blocks, may share one.
struct SlabOutput {
  Tensor labels;  ///< uint8 [D,H,W], of empty_labels
  Tensor logits;  ///< float32 [1,C,D,H,W] on the CPU; undefined: only labels are wanted
  /// Gets the blocks' logits, and nothing is written to the tensors; null: none.
  BlockSink* sink = nullptr;
};

/// Room for the labels of an extent, on a volume's device: what leaves the accumulators comes to
/// the CPU when all is done. Not on the CPU, and with `by_tensors`, it is of whole blocks.
Tensor empty_labels(Int3 extent_dhw, const torch::Device& device, bool by_tensors = false);

/// Turns patch logits into labels without ever holding the logits of the whole volume. Sums are
/// kept in blocks, of which only those take memory that a patch has touched and a later one will:
/// with patches in the order of the sweep (nmsw/base/block_schedule.h) a front that walks through
/// the volume. A finished block is divided, merged with the coarse logits brought up for it alone,
/// arg-maxed, and its memory used again. Every voxel sums its patches in the order in which they
/// are added, so that the labels equal, bit for bit, those of a buffer that holds everything.
class SlabAccumulator {
 public:
  /// volume      `covered` is found here
  /// starts_dhw  all patches of the volume; those that touch the band will be added, in that order
  /// band        the blocks that this accumulator answers for
  ///
  /// Throws ShapeError where a coarse axis is larger than the volume's.
  SlabAccumulator(const SlabVolume& volume, const std::vector<Int3>& starts_dhw,
                  const BlockBox& band, const SlabOutput& output);

  /// Adds the next patch's logits [C,d,h,w], or its next planes alone, which the patch's other
  /// planes must follow. Throws ShapeError for another shape, or a patch too many.
  void add(const Tensor& patch_logits);

  /// Writes out the blocks that the patches so far have finished and gives their memory to others.
  void write_finished();

  /// Writes out the blocks that no patch touches, once every patch has been added. Throws
  /// ShapeError when patches are missing, or when there are such blocks and no coarse logits.
  void write_untouched();

  /// Whether one of the patches touches a block of the band.
  bool touches(int64_t index) const {
    return schedule_.last_patch[static_cast<size_t>(index)] >= 0;
  }

  /// Logits as a sink gets them of blocks that no patch touches, at any time. Throws ShapeError
  /// where there are no coarse logits.
  Tensor untouched_logits(std::vector<SlabBlock> blocks) const;

  /// Memory of the sums.
  int64_t bytes() const { return sums_.numel() * static_cast<int64_t>(sizeof(float)); }

 private:
  bool on_cpu() const { return volume_.importance.device().is_cpu() && !volume_.by_tensors; }
  void write(const std::vector<SlabBlock>& blocks);
  MergedBlocks merge(const std::vector<SlabBlock>& blocks, Wanted wanted) const;
  void copy_labels(const Tensor& merged, const std::vector<SlabBlock>& blocks);
  void copy_logits(const Tensor& block_logits, Int3 place_dhw);

  SlabVolume volume_;
  std::vector<Int3> starts_;
  BlockBox band_;
  SlabOutput output_;
  BlockSchedule schedule_;
  Tensor sums_;
  std::vector<int64_t> slots_;  ///< of each block of the band, −1: not open
  std::vector<int64_t> free_;
  std::vector<SlabBlock> finished_;
  size_t added_ = 0;
  int64_t added_planes_ = 0;  ///< of the patch after those
};

/// Label map uint8 [D,H,W] of logits [1,C,d,h,w] brought up to an extent, none of its axes smaller;
/// on the logits' device.
Tensor labels_upsampled(const Tensor& logits, Int3 extent_dhw);

}  // namespace nmsw
