#include "nmsw/kernels/block_logits.h"

#include <algorithm>
#include <cstring>

#include "nmsw/kernels/vector_width.h"

namespace nmsw {
namespace {

constexpr int64_t kDepth = kBlockDhw[0], kHeight = kBlockDhw[1], kWidth = kBlockDhw[2];
/// Coarse voxels that a block can reach to along an axis of so many voxels.
constexpr int64_t reach(int64_t voxels) { return voxels + 2; }

using Row = float[kWidth];

NMSW_INLINE float lerp(float low, float high, float share) { return low + share * (high - low); }

NMSW_INLINE void lerp_row(const Row& low, const Row& high, float share, Row& out) {
  for (int64_t w = 0; w < kWidth; ++w) out[w] = lerp(low[w], high[w], share);
}

NMSW_INLINE int64_t row_of(int64_t c, int64_t d, int64_t h) {
  return ((c * kDepth + d) * kHeight + h) * kWidth;
}

/// The coarse box that a block reaches to, and its steps along W counted from there.
struct CoarseBox {
  Int3 first{}, count{};
  int32_t low[kWidth], high[kWidth];
  float share[kWidth];
};

CoarseBox coarse_box(const BlockLogits& block) {
  CoarseBox box;
  const AxisStep* steps[3] = {block.steps_d, block.steps_h, block.steps_w};
  const Int3 voxels{block.depth, block.height, kWidth};
  for (size_t axis = 0; axis < 3; ++axis) {
    box.first[axis] = steps[axis][0].low;
    box.count[axis] = steps[axis][voxels[axis] - 1].high + 1 - box.first[axis];
  }
  for (int64_t w = 0; w < kWidth; ++w) {
    box.low[w] = static_cast<int32_t>(block.steps_w[w].low - box.first[2]);
    box.high[w] = static_cast<int32_t>(block.steps_w[w].high - box.first[2]);
    box.share[w] = block.steps_w[w].share;
  }
  return box;
}

/// A row of a class' coarse logits, yielding to patches, brought up along W.
NMSW_INLINE void bring_row_up(const BlockLogits& block, const CoarseBox& box, int64_t c, int64_t d,
                              int64_t h, Row& out) {
  const int64_t place = (d * block.coarse_dhw[1] + h) * block.coarse_dhw[2] + box.first[2];
  const float* from =
      block.coarse + c * block.coarse_dhw[0] * block.coarse_dhw[1] * block.coarse_dhw[2] + place;
  float line[reach(kWidth)];
  if (block.class_weight == nullptr) {
    for (int64_t x = 0; x < box.count[2]; ++x) line[x] = from[x];
  } else {
    const float weight = block.class_weight[c];
    for (int64_t x = 0; x < box.count[2]; ++x) {
      line[x] = from[x] * (1.0F - weight * static_cast<float>(block.covered[place + x]));
    }
  }
  for (int64_t w = 0; w < kWidth; ++w) {
    out[w] = lerp(line[box.low[w]], line[box.high[w]], box.share[w]);
  }
}

/// Planes of a class' coarse logits, brought up along H and W.
using CoarsePlanes = Row[reach(kDepth)][kHeight];

NMSW_INLINE void bring_planes_up(const BlockLogits& block, const CoarseBox& box, int64_t c,
                                 CoarsePlanes& planes) {
  for (int64_t d = 0; d < box.count[0]; ++d) {
    Row lines[reach(kHeight)];
    for (int64_t h = 0; h < box.count[1]; ++h) {
      bring_row_up(block, box, c, box.first[0] + d, box.first[1] + h, lines[h]);
    }
    for (int64_t h = 0; h < block.height; ++h) {
      const AxisStep& step = block.steps_h[h];
      lerp_row(lines[step.low - box.first[1]], lines[step.high - box.first[1]], step.share,
               planes[d][h]);
    }
  }
}

/// What a row's sums are divided by, and how much of the coarse logits is added.
struct RowShares {
  Row divisor, coarse;
};

NMSW_INLINE void find_shares(const BlockLogits& block, int64_t d, int64_t h, RowShares& shares) {
  const bool paste = block.class_weight == nullptr;
  for (int64_t w = 0; w < kWidth; ++w) {
    const float weight = block.sums[row_of(block.num_classes, d, h) + w];
    // Where no patch lies the sum is 0 as well, so any divisor will do.
    shares.divisor[w] = block.normalised && weight > 0 ? weight : 1.0F;
    shares.coarse[w] = paste && weight > 0 ? 0.0F : 1.0F;
  }
}

/// One class of one row of sums merged with the coarse logits.
NMSW_INLINE void merge_row(const BlockLogits& block, int64_t c, const float* sums,
                           const RowShares& shares, const Row& up, Row& value) {
  for (int64_t w = 0; w < kWidth; ++w) {
    value[w] = sums[w] / shares.divisor[w];
  }
  if (block.class_weight != nullptr) {
    const float weight = block.class_weight[c];
    for (int64_t w = 0; w < kWidth; ++w) value[w] = weight * value[w];
  }
  if (block.coarse != nullptr) {
    for (int64_t w = 0; w < kWidth; ++w) value[w] = value[w] + up[w] * shares.coarse[w];
  }
}

/// By vectors: of a plain loop the compiler makes a branch for each.
template <class Floats>
NMSW_INLINE void keep_better(const Row& value, int32_t c, Row& best, int32_t (&winner)[kWidth]) {
  using Ints = IntsOf<Floats>;
  for (int64_t w = 0; w < kWidth; w += kNumbersIn<Floats>) {
    Floats values, most;
    Ints classes;
    std::memcpy(&values, value + w, sizeof(values));
    std::memcpy(&most, best + w, sizeof(most));
    std::memcpy(&classes, winner + w, sizeof(classes));
    const Ints better = values > most;
    most = better ? values : most;
    classes = better ? Ints{} + c : classes;
    std::memcpy(best + w, &most, sizeof(most));
    std::memcpy(winner + w, &classes, sizeof(classes));
  }
}

template <class Floats>
NMSW_INLINE void merge(const BlockLogits& block, float* logits, uint8_t* labels) {
  RowShares shares[kDepth][kHeight];
  Row best[kDepth][kHeight];
  CoarsePlanes planes;
  int32_t winner[kDepth][kHeight][kWidth] = {};
  CoarseBox box;
  if (block.coarse != nullptr) box = coarse_box(block);
  for (int64_t d = 0; d < block.depth && block.sums != nullptr; ++d) {
    for (int64_t h = 0; h < block.height; ++h) find_shares(block, d, h, shares[d][h]);
  }
  for (int64_t c = 0; c < block.num_classes; ++c) {
    if (block.coarse != nullptr) bring_planes_up(block, box, c, planes);
    for (int64_t d = 0; d < block.depth; ++d) {
      for (int64_t h = 0; h < block.height; ++h) {
        Row up{}, value;
        if (block.coarse != nullptr) {
          const AxisStep& step = block.steps_d[d];
          lerp_row(planes[step.low - box.first[0]][h], planes[step.high - box.first[0]][h],
                   step.share, up);
        }
        if (block.sums == nullptr) {
          std::copy(up, up + kWidth, value);
        } else {
          merge_row(block, c, block.sums + row_of(c, d, h), shares[d][h], up, value);
        }
        if (logits != nullptr) std::copy(value, value + kWidth, logits + row_of(c, d, h));
        if (c == 0) std::copy(value, value + kWidth, best[d][h]);
        keep_better<Floats>(value, static_cast<int32_t>(c), best[d][h], winner[d][h]);
      }
    }
  }
  for (int64_t d = 0; d < block.depth; ++d) {
    for (int64_t h = 0; h < block.height; ++h) {
      for (int64_t w = 0; w < kWidth; ++w) {
        labels[row_of(0, d, h) + w] = static_cast<uint8_t>(winner[d][h][w]);
      }
    }
  }
}

NMSW_BY_WIDTH(merge_any, merge, (const BlockLogits& block, float* logits, uint8_t* labels),
              (block, logits, labels))

}  // namespace

NMSW_EVERY_VECTOR_WIDTH
void add_to_blocks(const PatchPart& part, int64_t num_classes, float* const* blocks) {
  const Int3 &place = part.place_dhw, &size = part.size_dhw;
  for (int64_t c = 0; c <= num_classes; ++c) {
    for (int64_t d = 0; d < size[0]; ++d) {
      for (int64_t h = 0; h < size[1]; ++h) {
        const int64_t row = d * part.plane_step + h * part.row_step;
        const float* weight = part.importance + row;
        const float* logits = part.logits + c * part.class_step + row;
        const int64_t sums_row = row_of(c, place[0] + d, place[1] + h);
        int64_t block = 0, begin = place[2];
        for (int64_t w = 0; w < size[2]; ++block, begin = 0) {
          const int64_t count = std::min(kWidth - begin, size[2] - w);
          float* sum = blocks[block] + sums_row + begin;
          if (c == num_classes) {
            for (int64_t i = 0; i < count; ++i) sum[i] = sum[i] + weight[w + i];
          } else {
            for (int64_t i = 0; i < count; ++i) sum[i] = sum[i] + weight[w + i] * logits[w + i];
          }
          w += count;
        }
      }
    }
  }
}

void merge_block(const BlockLogits& block, float* logits, uint8_t* labels) {
  merge_any(block, logits, labels);
}

}  // namespace nmsw
