#pragma once

#include <ATen/Parallel.h>

#include <algorithm>
#include <atomic>

namespace nmsw {

/// Work of 0 … count-1 as threads take it: whoever has done a part takes the next one, so that none
/// waits for another whose processor is slow or busy.
class SharedWork {
 public:
  SharedWork(int64_t count, int64_t threads)
      : count_(count), part_(std::max<int64_t>(1, count / (threads * kPartsPerThread))) {}
  /// The next part, first … last-1; false: there is none.
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

/// Calls work(SharedWork&) once a thread. Which thread does which part is left to chance: what is
/// written must not depend on it.
template <class Work>
void share_out(int64_t count, Work work) {
  const int64_t threads = std::min<int64_t>(at::get_num_threads(), count);
  SharedWork shared(count, std::max<int64_t>(1, threads));
  at::parallel_for(0, threads, 1, [&](int64_t begin, int64_t end) {
    for (int64_t i = begin; i < end; ++i) work(shared);
  });
}

/// Calls work(i) for each of 0 … count-1.
template <class Work>
void share_out_each(int64_t count, Work work) {
  share_out(count, [&](SharedWork& shared) {
    for (int64_t begin, end; shared.next(begin, end);) {
      for (int64_t i = begin; i < end; ++i) work(i);
    }
  });
}

}  // namespace nmsw
