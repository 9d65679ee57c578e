#pragma once

#include <cstddef>
#include <vector>

#include "nmsw/base/volume.h"

namespace nmsw {

/// Sums of patch logits are kept in blocks of 8 × 8 × 32 voxels; those at the far borders of a
/// volume stick out of it. A block is open from the first patch that touches it to the last one:
/// only open blocks take memory.
inline constexpr Int3 kBlockDhw{8, 8, 32};
inline constexpr int64_t kBlockVoxels = kBlockDhw[0] * kBlockDhw[1] * kBlockDhw[2];

/// Half-open ranges of blocks along each axis.
struct BlockBox {
  Int3 first_dhw{0, 0, 0};
  Int3 last_dhw{0, 0, 0};
  int64_t count() const;
  bool empty() const { return count() == 0; }
};

/// Blocks of a volume.
BlockBox all_blocks(Int3 extent_dhw);

/// Patches go through a volume along D or H, whichever is longer: the front of blocks that are open
/// has the volume's other two axes, and is the smaller for it.
size_t sweep_axis(Int3 extent_dhw);

/// Whether a patch has its turn before another: by their starts along the sweep's axis, then along
/// the other of D and H, then along W.
bool comes_before(Int3 start_dhw, Int3 other_start_dhw, size_t sweep_axis);

/// The volume's blocks cut along D or H, not the axis of the sweep, into so many parts of about
/// equal size, at most one a row of blocks. One part's sums take less memory than the whole's, at
/// the price that patches on a cut go through the network once a part.
std::vector<BlockBox> block_bands(Int3 extent_dhw, int64_t bands);

/// Blocks of `within` that the patch touches; empty where there are none.
BlockBox touched_blocks(Int3 start_dhw, Int3 patch_dhw, const BlockBox& within);

/// What becomes of the blocks while patches come one after the other.
struct BlockSchedule {
  /// Place in the order of the last patch that touches a block, −1 where none does; by block of
  /// `within`, w fastest.
  std::vector<int64_t> last_patch;
  int64_t most_open = 0;
};
BlockSchedule block_schedule(const BlockBox& within, Int3 patch_dhw,
                             const std::vector<Int3>& starts_dhw);

/// Place of a block within the box, w fastest.
int64_t block_index(const BlockBox& within, int64_t d, int64_t h, int64_t w);

/// Calls visit(index, Int3 block_dhw) for the blocks of `some`, a part of `within`, w fastest.
template <class Visit>
void for_each_block(const BlockBox& within, const BlockBox& some, Visit&& visit) {
  for (int64_t d = some.first_dhw[0]; d < some.last_dhw[0]; ++d) {
    for (int64_t h = some.first_dhw[1]; h < some.last_dhw[1]; ++h) {
      for (int64_t w = some.first_dhw[2]; w < some.last_dhw[2]; ++w) {
        visit(block_index(within, d, h, w), Int3{d, h, w});
      }
    }
  }
}

}  // namespace nmsw
