#include "nmsw/tensor/large_memory.h"

#include <sys/mman.h>

#include <algorithm>
#include <mutex>
#include <vector>

#include "nmsw/cost/memory.h"

namespace nmsw {

namespace {

/// Where the system has large pages they begin at multiples of this.
constexpr size_t kLargePage = size_t{2} << 20;

size_t in_pages(size_t bytes) { return (bytes + kLargePage - 1) / kLargePage * kLargePage; }

struct Region {
  void* mapped = nullptr;  ///< what mmap gave
  size_t bytes = 0;        ///< from begin() on

  void* begin() const {
    const auto at = reinterpret_cast<uintptr_t>(mapped);
    return reinterpret_cast<void*>((at + kLargePage - 1) / kLargePage * kLargePage);
  }
};

Region map_region(size_t bytes) {
  void* at = mmap(nullptr, bytes + kLargePage, PROT_READ | PROT_WRITE,
                  MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
  if (at == MAP_FAILED) {
    throw ConfigError("no memory for {} bytes at once; set a --memory-limit below what is free",
                      bytes);
  }
  const Region region{at, bytes};
  madvise(region.begin(), bytes, MADV_HUGEPAGE);  // a wish: without large pages it works as well
  return region;
}

class Regions {
 public:
  Region take(size_t bytes) {
    const std::lock_guard<std::mutex> lock(mutex_);
    auto best = free_.end();
    for (auto region = free_.begin(); region != free_.end(); ++region) {
      // A much larger one is left for those who need its size.
      const bool fits = region->bytes >= bytes && region->bytes <= 2 * bytes;
      if (fits && (best == free_.end() || region->bytes < best->bytes)) best = region;
    }
    if (best != free_.end()) {
      const Region found = *best;
      free_.erase(best);
      return found;
    }
    for (const Region& region : free_) munmap(region.mapped, region.bytes + kLargePage);
    free_.clear();
    return map_region(bytes);
  }

  void give_back(const Region& region) {
    const std::lock_guard<std::mutex> lock(mutex_);
    free_.push_back(region);
  }

 private:
  std::mutex mutex_;
  std::vector<Region> free_;
};

Regions& regions() {
  static auto* const all = new Regions;  // tensors may be freed after static objects are gone
  return *all;
}

}  // namespace

Tensor large_empty(at::IntArrayRef sizes) {
  const int64_t count = c10::multiply_integers(sizes);
  const Region region = regions().take(in_pages(static_cast<size_t>(count) * sizeof(float)));
  return torch::from_blob(
      region.begin(), sizes, [region](void*) { regions().give_back(region); },
      torch::TensorOptions(torch::kFloat));
}

Tensor volume_empty(at::IntArrayRef sizes) {
  return c10::multiply_integers(sizes) < kLargeVolumeFloats ? torch::empty(sizes, torch::kFloat)
                                                            : large_empty(sizes);
}

}  // namespace nmsw
