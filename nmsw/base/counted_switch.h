#pragma once

#include <atomic>

namespace nmsw {

/// Counts as one while it lives, if it is active: what several may have switched on at once.
class CountedSwitch {
 public:
  CountedSwitch(std::atomic<int>& count, bool active) : count_(active ? &count : nullptr) {
    if (count_ != nullptr) ++*count_;
  }
  ~CountedSwitch() {
    if (count_ != nullptr) --*count_;
  }
  CountedSwitch(const CountedSwitch&) = delete;
  CountedSwitch& operator=(const CountedSwitch&) = delete;

 private:
  std::atomic<int>* count_;
};

}  // namespace nmsw
