#include "nmsw/base/page_pool.h"

#include <gtest/gtest.h>
#include <unistd.h>

#include <algorithm>
#include <fstream>
#include <random>
#include <thread>
#include <vector>

#include "tests/support/sanitized.h"

namespace nmsw {
namespace {

constexpr size_t kMiB = size_t{1} << 20;

/// Memory of this process that the system has given pages for.
size_t resident_bytes() {
  std::ifstream file("/proc/self/statm");
  size_t all = 0, resident = 0;
  file >> all >> resident;
  return resident * static_cast<size_t>(sysconf(_SC_PAGESIZE));
}

/// A block filled with its own number.
struct Filled {
  unsigned char* memory;
  size_t bytes;
  unsigned char number;

  Filled(PagePool& pool, size_t size, unsigned char with)
      : memory(static_cast<unsigned char*>(pool.take(size))), bytes(size), number(with) {
    std::fill_n(memory, bytes, number);
  }
  bool intact() const {
    return std::all_of(memory, memory + bytes, [&](unsigned char c) { return c == number; });
  }
};

TEST(PagePool, GivesEveryBlockMemoryOfItsOwn) {
  PagePool pool;
  std::vector<Filled> blocks;
  for (unsigned char i = 0; i < 20; ++i) blocks.emplace_back(pool, (i % 5 + 1) * kMiB + i, i);
  for (const Filled& block : blocks) {
    EXPECT_TRUE(block.intact()) << int{block.number};
    EXPECT_EQ(reinterpret_cast<uintptr_t>(block.memory) % 64, 0U);
    EXPECT_TRUE(pool.holds(block.memory));
    pool.give_back(block.memory);
    EXPECT_FALSE(pool.holds(block.memory));
  }
}

TEST(PagePool, BlocksOfAnotherSizeTakeTheSamePages) {
  PagePool pool;
  const auto fill = [&](const std::vector<size_t>& sizes) {
    std::vector<Filled> blocks;
    for (const size_t size : sizes) {
      blocks.emplace_back(pool, size * kMiB, static_cast<unsigned char>(blocks.size() + 1));
    }
    for (const Filled& block : blocks) EXPECT_TRUE(block.intact());
    for (const Filled& block : blocks) pool.give_back(block.memory);
  };
  fill({60, 40, 60, 40});
  const size_t all = pool.bytes(), resident = resident_bytes();
  for (const std::vector<size_t>& sizes : {std::vector<size_t>{120, 70},
                                           {190},
                                           {10, 20, 30, 40, 50, 30},
                                           {150, 40},
                                           {60, 40, 60, 30}}) {
    fill(sizes);
  }
  EXPECT_EQ(pool.bytes(), all);
  if (!testing::kIsSanitized) {
    EXPECT_LT(resident_bytes(), resident + 10 * kMiB);
  }
  fill({260});
  EXPECT_LT(pool.bytes(), all + 64 * kMiB);
}

TEST(PagePool, KeepsWhatLiesBesideMovedPages) {
  PagePool pool;
  std::vector<Filled> kept, gone;
  for (unsigned char i = 0; i < 12; ++i) (i % 2 == 0 ? kept : gone).emplace_back(pool, 7 * kMiB, i);
  for (const Filled& block : gone) pool.give_back(block.memory);
  const Filled larger(pool, 50 * kMiB, 99);
  EXPECT_TRUE(larger.intact());
  for (const Filled& block : kept) EXPECT_TRUE(block.intact()) << int{block.number};
}

TEST(PagePool, GivesFreePagesBackToTheSystem) {
  PagePool pool;
  const size_t before = resident_bytes();
  const Filled kept(pool, 8 * kMiB, 1);
  pool.give_back(Filled(pool, 200 * kMiB, 2).memory);
  EXPECT_GT(resident_bytes(), before + 200 * kMiB);
  pool.release();
  EXPECT_LT(resident_bytes(), before + 30 * kMiB);
  EXPECT_LT(pool.bytes(), 16 * kMiB);
  EXPECT_TRUE(kept.intact());
}

TEST(PagePool, ServesSeveralThreads) {
  PagePool pool;
  std::vector<int> broken(4, 0);
  const auto work = [&](size_t thread) {
    std::mt19937 random(static_cast<unsigned>(thread));
    std::vector<Filled> blocks;
    for (int turn = 0; turn < 60; ++turn) {
      if (blocks.size() < 4) {
        blocks.emplace_back(pool, (random() % 9 + 1) * kMiB, static_cast<unsigned char>(random()));
      } else {
        const size_t one = random() % blocks.size();
        if (!blocks[one].intact()) ++broken[thread];
        pool.give_back(blocks[one].memory);
        blocks.erase(blocks.begin() + static_cast<std::ptrdiff_t>(one));
      }
    }
  };
  std::vector<std::thread> threads;
  for (size_t i = 0; i < broken.size(); ++i) threads.emplace_back(work, i);
  for (std::thread& thread : threads) thread.join();
  EXPECT_EQ(broken, std::vector<int>(4, 0));
}

}  // namespace
}  // namespace nmsw
