#pragma once

namespace nmsw {

/// RAII: counts as one while it lives, if it is active. For a thread_local count: a switch of the
/// thread that makes it, which several may have switched on at once.
class ThreadSwitch {
 public:
  ThreadSwitch(int& count, bool active) : count_(active ? &count : nullptr) {
    if (count_ != nullptr) ++*count_;
  }
  ~ThreadSwitch() {
    if (count_ != nullptr) --*count_;
  }
  ThreadSwitch(const ThreadSwitch&) = delete;
  ThreadSwitch& operator=(const ThreadSwitch&) = delete;

 private:
  int* count_;
};

}  // namespace nmsw
