#include "nmsw/inference/probability_blocks.h"

#include <algorithm>

namespace nmsw {

namespace {

/// Blocks that no patch touches, to merge at once.
constexpr size_t kUntouchedAtOnce = 128;

/// [n,C,8,8,32]; what lies past a border may be any number, also one that is none.
Tensor probabilities(const Tensor& logits) { return logits.softmax(1); }

}  // namespace

class ProbabilityBlocks::Member final : public BlockSink {
 public:
  explicit Member(ProbabilityBlocks& owner) : owner_(owner) {}
  void take(const std::vector<SlabBlock>& blocks, const Tensor& logits) override {
    owner_.take(blocks, logits);
  }

 private:
  ProbabilityBlocks& owner_;
};

ProbabilityBlocks::ProbabilityBlocks(const BlockBox& band, Tensor labels)
    : band_(band), labels_(std::move(labels)) {}

ProbabilityBlocks::~ProbabilityBlocks() = default;

BlockSink* ProbabilityBlocks::add_member() {
  members_.push_back(std::make_unique<Member>(*this));
  return members_.back().get();
}

void ProbabilityBlocks::set_sums(std::vector<const SlabAccumulator*> sums) {
  sums_ = std::move(sums);
}

int64_t ProbabilityBlocks::touching(int64_t index) const {
  return std::count_if(sums_.begin(), sums_.end(),
                       [&](const SlabAccumulator* sums) { return sums->touches(index); });
}

void ProbabilityBlocks::take(const std::vector<SlabBlock>& blocks, const Tensor& logits) {
  const Tensor shares = probabilities(logits);
  std::vector<SlabBlock> done;
  std::vector<Tensor> sums;
  for (size_t n = 0; n < blocks.size(); ++n) {
    Waiting& waiting = waiting_[blocks[n].index];
    const Tensor share = shares[static_cast<int64_t>(n)];
    waiting.sum = waiting.sum.defined() ? waiting.sum + share : share.clone();
    if (++waiting.finished < touching(blocks[n].index)) continue;
    done.push_back(blocks[n]);
    sums.push_back(waiting.sum);
  }
  if (!waiting_.empty()) {
    most_waiting_bytes_ =
        std::max(most_waiting_bytes_,
                 static_cast<int64_t>(waiting_.size()) * static_cast<int64_t>(logits[0].nbytes()));
  }
  for (const SlabBlock& block : done) waiting_.erase(block.index);
  if (!done.empty()) complete(done, std::move(sums));
}

/// Adds the probabilities of the networks that have no patch in a block, and writes the labels.
void ProbabilityBlocks::complete(const std::vector<SlabBlock>& blocks, std::vector<Tensor> sums) {
  for (const SlabAccumulator* accumulator : sums_) {
    std::vector<SlabBlock> untouched;
    std::vector<size_t> places;
    for (size_t n = 0; n < blocks.size(); ++n) {
      if (accumulator->touches(blocks[n].index)) continue;
      untouched.push_back(blocks[n]);
      places.push_back(n);
    }
    if (untouched.empty()) continue;
    const Tensor shares = probabilities(accumulator->untouched_logits(untouched));
    for (size_t i = 0; i < places.size(); ++i) {
      Tensor& sum = sums[places[i]];
      const Tensor share = shares[static_cast<int64_t>(i)];
      sum = sum.defined() ? sum + share : share;
    }
  }
  tensor_blocks::place(blocks, torch::stack(sums).argmax(1).to(torch::kUInt8), labels_);
}

void ProbabilityBlocks::write_untouched() {
  std::vector<SlabBlock> untouched;
  for_each_block(band_, band_, [&](int64_t index, Int3 place) {
    if (touching(index) == 0) untouched.push_back({index, place, -1, false});
  });
  for (size_t first = 0; first < untouched.size(); first += kUntouchedAtOnce) {
    const size_t last = std::min(untouched.size(), first + kUntouchedAtOnce);
    const std::vector<SlabBlock> some(untouched.begin() + static_cast<std::ptrdiff_t>(first),
                                      untouched.begin() + static_cast<std::ptrdiff_t>(last));
    complete(some, std::vector<Tensor>(some.size()));
  }
}

}  // namespace nmsw
