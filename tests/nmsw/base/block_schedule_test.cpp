#include "nmsw/base/block_schedule.h"

#include <gtest/gtest.h>

namespace nmsw {
namespace {

TEST(BlockSchedule, CountsBlocksFromTheirFirstPatchToTheirLast) {
  // A row of four blocks. The first patch opens 0 and 1 and is the last one of 0; the second opens
  // 2; the third touches 1 and 2 once more; the fourth opens 3 after they are done.
  const BlockBox row = all_blocks({8, 8, 128});
  ASSERT_EQ(row.count(), 4);
  const BlockSchedule schedule =
      block_schedule(row, {8, 8, 32}, {{0, 0, 16}, {0, 0, 64}, {0, 0, 48}, {0, 0, 96}});
  EXPECT_EQ(schedule.last_patch, (std::vector<int64_t>{0, 2, 2, 3}));
  EXPECT_EQ(schedule.most_open, 2);
}

TEST(BlockSchedule, KnowsBlocksThatNoPatchTouches) {
  const BlockSchedule schedule = block_schedule(all_blocks({8, 9, 33}), {8, 8, 32}, {{0, 0, 0}});
  EXPECT_EQ(schedule.last_patch, (std::vector<int64_t>{0, -1, -1, -1}));
  EXPECT_EQ(schedule.most_open, 1);
}

TEST(BlockBands, CutTheVolumeOnceAlongHeight) {
  const std::vector<BlockBox> bands = block_bands({16, 40, 32}, 2);  // five rows of blocks
  ASSERT_EQ(bands.size(), 2U);
  EXPECT_EQ(bands[0].first_dhw, (Int3{0, 0, 0}));
  EXPECT_EQ(bands[0].last_dhw, (Int3{2, 2, 1}));
  EXPECT_EQ(bands[1].first_dhw, (Int3{0, 2, 0}));
  EXPECT_EQ(bands[1].last_dhw, (Int3{2, 5, 1}));
  EXPECT_EQ(block_bands({16, 40, 32}, 99).size(), 5U);
  EXPECT_EQ(block_bands({16, 40, 32}, 0).size(), 1U);
  EXPECT_TRUE(touched_blocks({0, 0, 0}, {8, 16, 32}, bands[1]).empty());
  EXPECT_EQ(touched_blocks({4, 12, 0}, {8, 8, 32}, bands[1]).count(), 2);
}

}  // namespace
}  // namespace nmsw
