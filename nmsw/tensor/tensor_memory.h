#pragma once

#include <cstdint>

#include "nmsw/base/counted_switch.h"

namespace nmsw {

/// From here on LibTorch's large tensors on the CPU lie in a PagePool, and what their pages have
/// cost is not paid again for the next tensor, patch or training step. For the whole process;
/// tensors that exist stay where they are.
void use_pooled_memory();

/// While one lives, new tensors come from the heap, as LibTorch's do: the other side of
/// comparisons.
class HeapMemory {
 public:
  HeapMemory();

 private:
  CountedSwitch on_;
};

/// Gives what no tensor needs at the moment back to the system, heap included.
void release_free_memory();

/// Memory of large tensors, those that are free included; 0 without use_pooled_memory.
int64_t pooled_bytes();

}  // namespace nmsw
