#include "nmsw/base/page_pool.h"

#include <sys/mman.h>

#include <algorithm>
#include <cstdint>
#include <new>

namespace nmsw {

namespace {

/// Large pages of the system begin at multiples of this.
constexpr size_t kPage = size_t{2} << 20;

// Blocks that all begin at the start of a large page would keep the same few places of a cache
// busy: each begins some lines further on than the one before.
constexpr size_t kLine = 64, kShiftLines = 65, kShifts = 16;
constexpr size_t kMostShift = kLine * kShiftLines * kShifts;

size_t in_pages(size_t bytes) { return (bytes + kPage - 1) / kPage * kPage; }

/// New pages, which the system clears when they are first touched.
char* map_pages(size_t bytes) {
  void* mapped = mmap(nullptr, bytes + kPage, PROT_READ | PROT_WRITE,
                      MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
  if (mapped == MAP_FAILED) throw std::bad_alloc();
  auto* const first = static_cast<char*>(mapped);
  const size_t before = (kPage - reinterpret_cast<uintptr_t>(first) % kPage) % kPage;
  if (before > 0) munmap(first, before);
  munmap(first + before + bytes, kPage - before);
  madvise(first + before, bytes, MADV_HUGEPAGE);  // a wish: without large pages it works as well
  return first + before;
}

/// A page with what it holds to where another one is mapped, which goes.
void move_page(char* from, char* to) {
  if (mremap(from, kPage, kPage, MREMAP_MAYMOVE | MREMAP_FIXED, to) != MAP_FAILED) return;
  // No room to note the move: both are as good as new ones.
  munmap(from, kPage);
  if (mmap(to, kPage, PROT_READ | PROT_WRITE,
           MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE | MAP_FIXED, -1, 0) == MAP_FAILED) {
    throw std::bad_alloc();
  }
}

}  // namespace

PagePool::~PagePool() {
  release();
  for (const auto& [memory, block] : taken_) munmap(block.begin, block.bytes);
}

void* PagePool::take(size_t bytes) {
  const std::lock_guard<std::mutex> lock(mutex_);
  const size_t room = in_pages(bytes + kMostShift);
  char* const begin = take_range(room);
  shift_ = (shift_ + 1) % kShifts;
  char* const memory = begin + shift_ * kShiftLines * kLine;
  taken_[memory] = {begin, room};
  return memory;
}

bool PagePool::holds(const void* memory) const {
  const std::lock_guard<std::mutex> lock(mutex_);
  return taken_.find(memory) != taken_.end();
}

void PagePool::give_back(void* memory) {
  const std::lock_guard<std::mutex> lock(mutex_);
  const auto found = taken_.find(memory);
  if (found == taken_.end()) return;
  add_free(found->second.begin, found->second.bytes);
  taken_.erase(found);
}

void PagePool::release() {
  const std::lock_guard<std::mutex> lock(mutex_);
  for (const auto& [begin, bytes] : free_) munmap(begin, bytes);
  free_.clear();
  all_bytes_ -= free_bytes_;
  free_bytes_ = 0;
}

size_t PagePool::bytes() const {
  const std::lock_guard<std::mutex> lock(mutex_);
  return all_bytes_;
}

char* PagePool::take_range(size_t bytes) {
  auto best = free_.end();
  for (auto range = free_.begin(); range != free_.end(); ++range) {
    if (range->second >= bytes && (best == free_.end() || range->second < best->second))
      best = range;
  }
  if (best == free_.end()) return assemble(bytes);
  const auto [begin, size] = *best;
  free_.erase(best);
  if (size > bytes) free_.emplace(begin + bytes, size - bytes);
  free_bytes_ -= bytes;
  return begin;
}

/// From what is free, the largest ranges first, so that few pages move again, and new pages for the
/// rest.
char* PagePool::assemble(size_t bytes) {
  char* const begin = map_pages(bytes);
  size_t filled = 0;
  while (filled < bytes && !free_.empty()) {
    const auto largest =
        std::max_element(free_.begin(), free_.end(),
                         [](const auto& a, const auto& b) { return a.second < b.second; });
    const auto [from, size] = *largest;
    free_.erase(largest);
    const size_t moved = std::min(size, bytes - filled);
    // Page by page: what was put together from several mappings cannot be moved at once.
    for (size_t at = 0; at < moved; at += kPage) move_page(from + at, begin + filled + at);
    if (size > moved) free_.emplace(from + moved, size - moved);
    filled += moved;
    free_bytes_ -= moved;
  }
  all_bytes_ += bytes - filled;
  return begin;
}

void PagePool::add_free(char* begin, size_t bytes) {
  free_bytes_ += bytes;
  auto after = free_.lower_bound(begin);
  if (after != free_.end() && begin + bytes == after->first) {
    bytes += after->second;
    after = free_.erase(after);
  }
  if (after != free_.begin()) {
    const auto before = std::prev(after);
    if (before->first + before->second == begin) {
      before->second += bytes;
      return;
    }
  }
  free_.emplace(begin, bytes);
}

}  // namespace nmsw
