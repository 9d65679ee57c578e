#pragma once

#include <algorithm>
#include <condition_variable>
#include <cstdint>
#include <exception>
#include <functional>
#include <map>
#include <mutex>
#include <optional>
#include <stdexcept>
#include <thread>
#include <utility>
#include <vector>

#include "nmsw/base/seconds_clock.h"

namespace nmsw {

/// How far items may be made ahead.
///
/// workers      threads that make them; 0: each is made by who asks for it
/// most_items   made or being made, and not asked for yet
/// most_bytes   of the same; one that is being made counts as the largest so far. The item that is
///              asked for next is made whatever its size
struct PrefetchLimits {
  int64_t workers = 1;
  int64_t most_items = 4;
  int64_t most_bytes = int64_t{1} << 30;
};

/// Makes items first, first + 1, ... end - 1 in worker threads and hands them out in that order.
/// `make` is called once for each index at most, from several threads at once, so that an item must
/// depend on its index alone. One thread takes the items. The destructor waits for the items that
/// are being made and makes no more.
template <class Item>
class OrderedPrefetch {
 public:
  using Make = std::function<Item(int64_t index)>;
  using BytesOf = std::function<int64_t(const Item&)>;

  /// begin_worker   what each worker thread does first
  /// now            asked by `next` alone
  OrderedPrefetch(
      int64_t first, int64_t end, Make make, BytesOf bytes_of, PrefetchLimits limits,
      std::function<void()> begin_worker = [] {}, SecondsClock now = steady_seconds)
      : next_(first),
        to_make_(first),
        end_(end),
        make_(std::move(make)),
        bytes_of_(std::move(bytes_of)),
        limits_(limits),
        now_(std::move(now)) {
    for (int64_t i = 0; i < limits_.workers; ++i) {
      workers_.emplace_back([this, begin_worker] {
        begin_worker();
        work();
      });
    }
  }
  OrderedPrefetch(const OrderedPrefetch&) = delete;
  OrderedPrefetch& operator=(const OrderedPrefetch&) = delete;
  ~OrderedPrefetch() {
    {
      const std::lock_guard<std::mutex> lock(mutex_);
      is_ended_ = true;
    }
    room_.notify_all();
    for (std::thread& worker : workers_) worker.join();
  }

  /// The next item, when it is made. Throws what `make` threw for it; std::out_of_range after the
  /// last.
  Item next() {
    if (next_ >= end_) throw std::out_of_range("all items have been handed out");
    const double start = now_();
    Made made = workers_.empty() ? made_of(next_++) : taken();
    waited_s_ += now_() - start;
    if (made.fault) std::rethrow_exception(made.fault);
    return std::move(*made.item);
  }

  /// How long `next` has taken in all.
  double waited_seconds() const { return waited_s_; }

 private:
  struct Made {
    std::optional<Item> item;
    std::exception_ptr fault;
    int64_t bytes = 0;
  };

  Made made_of(int64_t index) {
    Made made;
    try {
      made.item = make_(index);
      made.bytes = bytes_of_(*made.item);
    } catch (...) {
      made.fault = std::current_exception();
    }
    return made;
  }

  Made taken() {
    std::unique_lock<std::mutex> lock(mutex_);
    ready_.wait(lock, [this] { return made_.count(next_) > 0; });
    auto node = made_.extract(next_++);
    bytes_ -= node.mapped().bytes;
    lock.unlock();
    room_.notify_all();
    return std::move(node.mapped());
  }

  bool has_room() const {
    if (to_make_ == next_) return true;
    // Nothing is known of the size before the first is made.
    const bool is_size_known = largest_bytes_ > 0 || in_work_ == 0;
    return is_size_known && to_make_ - next_ < limits_.most_items &&
           bytes_ + (in_work_ + 1) * largest_bytes_ <= limits_.most_bytes;
  }

  void work() {
    std::unique_lock<std::mutex> lock(mutex_);
    while (true) {
      room_.wait(lock, [this] { return is_ended_ || to_make_ >= end_ || has_room(); });
      if (is_ended_ || to_make_ >= end_) return;
      const int64_t index = to_make_++;
      ++in_work_;
      lock.unlock();
      Made made = made_of(index);
      lock.lock();
      --in_work_;
      bytes_ += made.bytes;
      largest_bytes_ = std::max(largest_bytes_, made.bytes);
      made_.emplace(index, std::move(made));
      ready_.notify_one();
      room_.notify_all();
    }
  }

  int64_t next_, to_make_;
  const int64_t end_;
  const Make make_;
  const BytesOf bytes_of_;
  const PrefetchLimits limits_;
  const SecondsClock now_;
  std::mutex mutex_;
  std::condition_variable ready_, room_;
  std::map<int64_t, Made> made_;
  int64_t bytes_ = 0, largest_bytes_ = 0, in_work_ = 0;
  bool is_ended_ = false;
  double waited_s_ = 0;
  std::vector<std::thread> workers_;
};

}  // namespace nmsw
