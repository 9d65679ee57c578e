#include "nmsw/base/block_schedule.h"

#include <gtest/gtest.h>

#include <algorithm>

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

TEST(BlockSweep, GoesAlongTheLongerOfDepthAndHeight) {
  EXPECT_EQ(sweep_axis({40, 40, 99}), 0U);
  EXPECT_EQ(sweep_axis({40, 41, 99}), 1U);
  const std::vector<Int3> along_h{{0, 0, 0}, {0, 0, 4}, {4, 0, 0}, {0, 4, 0}};
  for (size_t i = 0; i < along_h.size(); ++i) {
    for (size_t j = 0; j < along_h.size(); ++j) {
      EXPECT_EQ(comes_before(along_h[i], along_h[j], 1), i < j);
    }
  }
  EXPECT_TRUE(comes_before({0, 4, 0}, {4, 0, 0}, 0));
  // The front of a thin volume is thin whichever of the two axes is short.
  const auto most_open = [](Int3 extent, std::vector<Int3> starts) {
    std::sort(starts.begin(), starts.end(),
              [axis = sweep_axis(extent)](Int3 a, Int3 b) { return comes_before(a, b, axis); });
    return block_schedule(all_blocks(extent), {16, 16, 32}, starts).most_open;
  };
  std::vector<Int3> deep, high;
  for (int64_t at = 0; at <= 48; at += 8) {
    for (const int64_t across : {0, 8}) {
      deep.push_back({at, across, 0});
      high.push_back({across, at, 0});
    }
  }
  EXPECT_EQ(most_open({24, 64, 32}, high), most_open({64, 24, 32}, deep));
}

TEST(BlockBands, CutTheVolumeAcrossTheSweep) {
  const std::vector<BlockBox> bands = block_bands({48, 40, 32}, 2);  // five rows of blocks
  ASSERT_EQ(bands.size(), 2U);
  EXPECT_EQ(bands[0].first_dhw, (Int3{0, 0, 0}));
  EXPECT_EQ(bands[0].last_dhw, (Int3{6, 2, 1}));
  EXPECT_EQ(bands[1].first_dhw, (Int3{0, 2, 0}));
  EXPECT_EQ(bands[1].last_dhw, (Int3{6, 5, 1}));
  EXPECT_EQ(block_bands({48, 40, 32}, 99).size(), 5U);
  EXPECT_EQ(block_bands({48, 40, 32}, 0).size(), 1U);
  EXPECT_EQ(block_bands({40, 48, 32}, 2)[1].first_dhw, (Int3{2, 0, 0}));
  EXPECT_TRUE(touched_blocks({0, 0, 0}, {8, 16, 32}, bands[1]).empty());
  EXPECT_EQ(touched_blocks({4, 12, 0}, {8, 8, 32}, bands[1]).count(), 2);
}

}  // namespace
}  // namespace nmsw
