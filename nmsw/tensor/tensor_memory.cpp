#include "nmsw/tensor/tensor_memory.h"

#include <c10/core/Allocator.h>
#include <c10/core/CPUAllocator.h>
#include <malloc.h>

#include <atomic>
#include <cstring>
#include <new>

#include "nmsw/base/error.h"
#include "nmsw/base/page_pool.h"

namespace nmsw {

namespace {

/// Below, the heap does well: its blocks are reused before they have gone far, and a page of the
/// pool would be half empty.
constexpr size_t kLeastBytes = size_t{4} << 20;

std::atomic<int> on_the_heap{0};

PagePool& pool() {
  static auto* const all = new PagePool;  // tensors may be freed after static objects are gone
  return *all;
}

void free_pooled(void* memory) { pool().give_back(memory); }

void free_any(void* memory) {
  pool().holds(memory) ? free_pooled(memory) : c10::GetDefaultCPUAllocator()->raw_deleter()(memory);
}

/// LibTorch's interface has lost a const and gained a function on its way; both of either are here.
class PooledAllocator final : public c10::Allocator {
 public:
  c10::DataPtr allocate(size_t bytes) const { return take(bytes); }
  c10::DataPtr allocate(size_t bytes) { return take(bytes); }
  c10::DeleterFnPtr raw_deleter() const override { return &free_any; }
  void copy_data(void* to, const void* from, std::size_t count) const {
    std::memcpy(to, from, count);
  }

 private:
  static c10::DataPtr take(size_t bytes) {
    if (bytes < kLeastBytes || on_the_heap > 0) {
      return c10::GetDefaultCPUAllocator()->allocate(bytes);
    }
    void* memory = nullptr;
    try {
      memory = pool().take(bytes);
    } catch (const std::bad_alloc&) {
      throw ConfigError("no memory for {} bytes at once; set a --memory-limit below what is free",
                        bytes);
    }
    return {memory, memory, &free_pooled, c10::Device(c10::DeviceType::CPU)};
  }
};

}  // namespace

void use_pooled_memory() {
  static auto* const allocator = new PooledAllocator;
  constexpr uint8_t kAboveTheDefault = 1;
  c10::SetCPUAllocator(allocator, kAboveTheDefault);
}

HeapMemory::HeapMemory() : on_(on_the_heap, true) {}

void release_free_memory() {
  pool().release();
  malloc_trim(0);
}

int64_t pooled_bytes() { return static_cast<int64_t>(pool().bytes()); }

}  // namespace nmsw
