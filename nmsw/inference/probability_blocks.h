#pragma once

#include <map>
#include <memory>
#include <vector>

#include "nmsw/inference/slab_accumulator.h"

namespace nmsw {

/// The mean of several networks' class probabilities over one band of a volume, block by block: a
/// block waits until every network that has a patch in it has finished it, then its label is the
/// arg max of the mean. Networks that go through the volume side by side keep few blocks waiting.
/// One thread.
class ProbabilityBlocks {
 public:
  /// labels   of `empty_labels` by tensors, where finished blocks are written
  ProbabilityBlocks(const BlockBox& band, Tensor labels);

  ~ProbabilityBlocks();
  ProbabilityBlocks(const ProbabilityBlocks&) = delete;
  ProbabilityBlocks& operator=(const ProbabilityBlocks&) = delete;

  /// Where the next network's finished blocks go; stays valid.
  BlockSink* add_member();

  /// The networks' sums, in the order of `add_member`, before the first block is finished.
  void set_sums(std::vector<const SlabAccumulator*> sums);

  /// The blocks that no network has a patch in, when all others are finished.
  void write_untouched();

  /// Memory of the largest number of blocks that waited so far.
  int64_t most_waiting_bytes() const { return most_waiting_bytes_; }

 private:
  class Member;
  struct Waiting {
    Tensor sum;  ///< [C,8,8,32]
    int64_t finished = 0;
  };
  void take(const std::vector<SlabBlock>& blocks, const Tensor& logits);
  int64_t touching(int64_t index) const;
  void complete(const std::vector<SlabBlock>& blocks, std::vector<Tensor> sums);

  BlockBox band_;
  Tensor labels_;
  std::vector<std::unique_ptr<Member>> members_;
  std::vector<const SlabAccumulator*> sums_;
  std::map<int64_t, Waiting> waiting_;
  int64_t most_waiting_bytes_ = 0;
};

}  // namespace nmsw
