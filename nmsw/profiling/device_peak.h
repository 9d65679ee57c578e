#pragma once

#include <memory>

#include <c10/util/ThreadLocalDebugInfo.h>

#include "nmsw/tensor/tensor.h"

namespace nmsw {

/// The most that tensors on a device take at once while it lives, those from before included, as
/// LibTorch's allocator for the device counts it (what it keeps free is not in it). Counts what the
/// thread that made it, and what goes backward for that, asks for. Of the CPU it sees only what is
/// not pooled (`use_pooled_memory`). One inside another takes over meanwhile.
class DevicePeak {
 public:
  explicit DevicePeak(torch::Device device);
  ~DevicePeak();
  DevicePeak(const DevicePeak&) = delete;
  DevicePeak& operator=(const DevicePeak&) = delete;

  int64_t bytes() const;

 private:
  class Watcher;
  std::shared_ptr<Watcher> watcher_;
  c10::DebugInfoGuard installed_;
};

}  // namespace nmsw
