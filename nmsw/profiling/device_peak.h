#pragma once

#include <memory>
#include <optional>

#include <c10/util/ThreadLocalDebugInfo.h>

#include "nmsw/tensor/tensor.h"

namespace nmsw {

/// The most that tensors on a device take at once while it lives, those from before included, as
/// LibTorch's allocator for the device counts it (what it keeps free is not in it). Counts what the
/// thread that made it, and what goes backward for that, asks for. Of the CPU it sees only what is
/// not pooled (`use_pooled_memory`), and counting costs a lock for each tensor there. One inside
/// another takes over meanwhile. One that is not active counts nothing.
class DevicePeak {
 public:
  DevicePeak(torch::Device device, bool active);
  ~DevicePeak();
  DevicePeak(const DevicePeak&) = delete;
  DevicePeak& operator=(const DevicePeak&) = delete;

  int64_t bytes() const;

 private:
  class Watcher;
  std::shared_ptr<Watcher> watcher_;
  std::optional<c10::DebugInfoGuard> installed_;
};

}  // namespace nmsw
