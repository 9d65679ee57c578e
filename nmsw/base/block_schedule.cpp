#include "nmsw/base/block_schedule.h"

#include <algorithm>
#include <array>

namespace nmsw {

int64_t BlockBox::count() const {
  int64_t blocks = 1;
  for (size_t axis = 0; axis < 3; ++axis) {
    blocks *= std::max<int64_t>(0, last_dhw[axis] - first_dhw[axis]);
  }
  return blocks;
}

BlockBox all_blocks(Int3 extent) {
  BlockBox box;
  for (size_t axis = 0; axis < 3; ++axis) {
    box.last_dhw[axis] = (extent[axis] + kBlockDhw[axis] - 1) / kBlockDhw[axis];
  }
  return box;
}

size_t sweep_axis(Int3 extent) { return extent[1] > extent[0] ? 1 : 0; }

bool comes_before(Int3 start, Int3 other, size_t axis) {
  const auto turn = [axis](const Int3& at) {
    return std::array<int64_t, 3>{at[axis], at[1 - axis], at[2]};
  };
  return turn(start) < turn(other);
}

std::vector<BlockBox> block_bands(Int3 extent, int64_t bands) {
  const BlockBox all = all_blocks(extent);
  const size_t axis = 1 - sweep_axis(extent);
  const int64_t rows = all.last_dhw[axis];
  const int64_t parts = std::clamp<int64_t>(bands, 1, rows);
  std::vector<BlockBox> boxes(static_cast<size_t>(parts), all);
  for (int64_t part = 0; part < parts; ++part) {
    boxes[static_cast<size_t>(part)].first_dhw[axis] = rows * part / parts;
    boxes[static_cast<size_t>(part)].last_dhw[axis] = rows * (part + 1) / parts;
  }
  return boxes;
}

BlockBox touched_blocks(Int3 start, Int3 patch, const BlockBox& within) {
  BlockBox box;
  for (size_t axis = 0; axis < 3; ++axis) {
    const int64_t size = kBlockDhw[axis];
    box.first_dhw[axis] = std::max(within.first_dhw[axis], start[axis] / size);
    box.last_dhw[axis] =
        std::min(within.last_dhw[axis], (start[axis] + patch[axis] - 1) / size + 1);
  }
  return box;
}

int64_t block_index(const BlockBox& within, int64_t d, int64_t h, int64_t w) {
  const Int3 &first = within.first_dhw, &last = within.last_dhw;
  return ((d - first[0]) * (last[1] - first[1]) + h - first[1]) * (last[2] - first[2]) + w -
         first[2];
}

BlockSchedule block_schedule(const BlockBox& within, Int3 patch, const std::vector<Int3>& starts) {
  BlockSchedule schedule;
  const auto blocks = static_cast<size_t>(within.count());
  schedule.last_patch.assign(blocks, -1);
  const auto touched = [&](size_t place, auto&& visit) {
    for_each_block(within, touched_blocks(starts[place], patch, within),
                   [&](int64_t block, Int3) { visit(static_cast<size_t>(block)); });
  };
  for (size_t place = 0; place < starts.size(); ++place) {
    touched(place, [&](size_t block) { schedule.last_patch[block] = static_cast<int64_t>(place); });
  }
  std::vector<bool> seen(blocks, false);
  int64_t open = 0;
  for (size_t place = 0; place < starts.size(); ++place) {
    int64_t closing = 0;
    touched(place, [&](size_t block) {
      open += seen[block] ? 0 : 1;
      seen[block] = true;
      closing += schedule.last_patch[block] == static_cast<int64_t>(place) ? 1 : 0;
    });
    schedule.most_open = std::max(schedule.most_open, open);
    open -= closing;
  }
  return schedule;
}

}  // namespace nmsw
