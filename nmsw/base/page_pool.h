#pragma once

#include <cstddef>
#include <map>
#include <mutex>
#include <unordered_map>

namespace nmsw {

/// Memory in large pages that are cleared by the system once and used ever after: those of freed
/// blocks make the next ones, whatever their sizes, as the system lays pages beside each other
/// without touching what they hold. The pool is so never larger than all blocks were together at
/// some moment, rounded up to pages, where a heap loses room between blocks of different sizes.
/// Any thread may call it.
class PagePool {
 public:
  PagePool() = default;
  ~PagePool();
  PagePool(const PagePool&) = delete;
  PagePool& operator=(const PagePool&) = delete;

  /// At least `bytes`, their content any, beginning at a multiple of 64. Throws std::bad_alloc
  /// where the system has no address space left.
  void* take(size_t bytes);

  /// Whether the memory came from take() and has not been given back.
  bool holds(const void* memory) const;

  /// Memory from take().
  void give_back(void* memory);

  /// Free pages go back to the system.
  void release();

  /// Pages of blocks and free ones.
  size_t bytes() const;

 private:
  using Ranges = std::map<char*, size_t>;  ///< bytes by where they begin

  char* take_range(size_t bytes);
  char* assemble(size_t bytes);
  void add_free(char* begin, size_t bytes);

  mutable std::mutex mutex_;
  Ranges free_;
  struct Block {
    char* begin;
    size_t bytes;
  };
  std::unordered_map<const void*, Block> taken_;
  size_t all_bytes_ = 0, free_bytes_ = 0;
  size_t shift_ = 0;
};

}  // namespace nmsw
