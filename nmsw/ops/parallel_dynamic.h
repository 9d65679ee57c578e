#pragma once

#include <ATen/Parallel.h>

#include <algorithm>
#include <atomic>

namespace nmsw {

/// Dynamic scheduling of [0,count): threads pull chunks from an atomic counter, so that a slow or
/// busy core does not hold up the others. Thread-safe.
class DynamicRanges {
 public:
  DynamicRanges(int64_t count, int64_t threads)
      : count_(count), part_(std::max<int64_t>(1, count / (threads * kPartsPerThread))) {}
  /// Takes the next chunk, [first, last); false: none is left.
  bool next(int64_t& first, int64_t& last) {
    first = taken_.fetch_add(part_, std::memory_order_relaxed);
    last = std::min(count_, first + part_);
    return first < count_;
  }

 private:
  static constexpr int64_t kPartsPerThread = 16;
  int64_t count_, part_;
  std::atomic<int64_t> taken_{0};
};

/// Calls work(DynamicRanges&) once per thread. Which thread takes which chunk varies from run to run:
/// results must not depend on it.
template <class Work>
void parallel_dynamic(int64_t count, Work work) {
  const int64_t threads = std::min<int64_t>(at::get_num_threads(), count);
  DynamicRanges shared(count, std::max<int64_t>(1, threads));
  at::parallel_for(0, threads, 1, [&](int64_t begin, int64_t end) {
    for (int64_t i = begin; i < end; ++i) work(shared);
  });
}

/// Calls work(i) for each i of [0,count).
template <class Work>
void share_out_each(int64_t count, Work work) {
  parallel_dynamic(count, [&](DynamicRanges& shared) {
    for (int64_t begin, end; shared.next(begin, end);) {
      for (int64_t i = begin; i < end; ++i) work(i);
    }
  });
}

}  // namespace nmsw
