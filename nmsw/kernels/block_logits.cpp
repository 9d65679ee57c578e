#include "nmsw/kernels/block_logits.h"

#include <algorithm>

#include "nmsw/kernels/vector_width.h"

namespace nmsw {
namespace {

constexpr int64_t kDepth = kBlockDhw[0], kHeight = kBlockDhw[1], kWidth = kBlockDhw[2];
/// Coarse voxels that a row of a block can reach to.
constexpr int64_t kReach = kWidth + 2;

NMSW_INLINE float lerp(float low, float high, float share) { return low + share * (high - low); }

NMSW_INLINE int64_t row_of(int64_t c, int64_t d, int64_t h) {
  return ((c * kDepth + d) * kHeight + h) * kWidth;
}

/// The four coarse rows around a fine one, from the row's first coarse voxel on.
struct CoarseRows {
  int64_t at[2][2];  ///< place of [low or high along D][… along H] in a class
  float share_d, share_h;
  int64_t first, length;
};

NMSW_INLINE CoarseRows coarse_rows(const BlockLogits& block, int64_t d, int64_t h) {
  const AxisStep &step_d = block.steps_d[d], &step_h = block.steps_h[h];
  CoarseRows rows;
  rows.first = block.steps_w[0].low;
  rows.length = block.steps_w[kWidth - 1].high + 1 - rows.first;
  const int64_t planes[2] = {step_d.low, step_d.high}, lines[2] = {step_h.low, step_h.high};
  for (int i = 0; i < 2; ++i) {
    for (int j = 0; j < 2; ++j) {
      rows.at[i][j] =
          (planes[i] * block.coarse_dhw[1] + lines[j]) * block.coarse_dhw[2] + rows.first;
    }
  }
  rows.share_d = step_d.share;
  rows.share_h = step_h.share;
  return rows;
}

/// A class' coarse logits brought up to a row of the block.
NMSW_INLINE void bring_up(const BlockLogits& block, const CoarseRows& rows, int64_t c, float* up) {
  const float* coarse =
      block.coarse + c * block.coarse_dhw[0] * block.coarse_dhw[1] * block.coarse_dhw[2];
  float sources[2][2][kReach];
  for (int i = 0; i < 2; ++i) {
    for (int j = 0; j < 2; ++j) {
      const float* from = coarse + rows.at[i][j];
      float* to = sources[i][j];
      if (block.class_weight == nullptr) {
        for (int64_t x = 0; x < rows.length; ++x) to[x] = from[x];
      } else {
        const uint8_t* covered = block.covered + rows.at[i][j];
        const float weight = block.class_weight[c];
        for (int64_t x = 0; x < rows.length; ++x) {
          to[x] = from[x] * (1.0F - weight * static_cast<float>(covered[x]));
        }
      }
    }
  }
  float line[kReach];
  for (int64_t x = 0; x < rows.length; ++x) {
    line[x] = lerp(lerp(sources[0][0][x], sources[1][0][x], rows.share_d),
                   lerp(sources[0][1][x], sources[1][1][x], rows.share_d), rows.share_h);
  }
  for (int64_t w = 0; w < kWidth; ++w) {
    const AxisStep& step = block.steps_w[w];
    up[w] = lerp(line[step.low - rows.first], line[step.high - rows.first], step.share);
  }
}

/// One class of one row: Σ importance·logits over its divisor, merged with the coarse logits.
NMSW_INLINE void merge_row(const BlockLogits& block, int64_t c, const float* sums,
                           const float* divisor, const float* up, const float* up_share,
                           float* value) {
  for (int64_t w = 0; w < kWidth; ++w) value[w] = sums == nullptr ? 0.0F : sums[w] / divisor[w];
  if (block.class_weight != nullptr) {
    const float weight = block.class_weight[c];
    for (int64_t w = 0; w < kWidth; ++w) value[w] = weight * value[w];
  }
  for (int64_t w = 0; w < kWidth; ++w) value[w] = value[w] + up[w] * up_share[w];
}

}  // namespace

NMSW_EVERY_VECTOR_WIDTH
void add_to_block(const PatchPart& part, int64_t num_classes, float* sums) {
  const Int3 &place = part.place_dhw, &size = part.size_dhw;
  for (int64_t c = 0; c <= num_classes; ++c) {
    for (int64_t d = 0; d < size[0]; ++d) {
      for (int64_t h = 0; h < size[1]; ++h) {
        const int64_t row = d * part.plane_step + h * part.row_step;
        const float* weight = part.importance + row;
        float* sum = sums + row_of(c, place[0] + d, place[1] + h) + place[2];
        if (c == num_classes) {
          for (int64_t w = 0; w < size[2]; ++w) sum[w] = sum[w] + weight[w];
        } else {
          const float* logits = part.logits + c * part.class_step + row;
          for (int64_t w = 0; w < size[2]; ++w) sum[w] = sum[w] + weight[w] * logits[w];
        }
      }
    }
  }
}

NMSW_EVERY_VECTOR_WIDTH
void merge_block(const BlockLogits& block, float* logits, uint8_t* labels) {
  const bool paste = block.coarse != nullptr && block.class_weight == nullptr;
  for (int64_t d = 0; d < block.depth; ++d) {
    for (int64_t h = 0; h < block.height; ++h) {
      float divisor[kWidth], up[kWidth] = {}, up_share[kWidth];
      for (int64_t w = 0; w < kWidth; ++w) {
        const float weight =
            block.sums == nullptr ? 0.0F : block.sums[row_of(block.num_classes, d, h) + w];
        // Where no patch lies the sum is 0 as well, so any divisor will do.
        divisor[w] = block.normalised && weight > 0 ? weight : 1.0F;
        up_share[w] = paste && weight > 0 ? 0.0F : 1.0F;
      }
      CoarseRows rows{};
      if (block.coarse != nullptr) rows = coarse_rows(block, d, h);
      float best[kWidth];
      int32_t winner[kWidth] = {};
      for (int64_t c = 0; c < block.num_classes; ++c) {
        if (block.coarse != nullptr) bring_up(block, rows, c, up);
        float value[kWidth];
        merge_row(block, c, block.sums == nullptr ? nullptr : block.sums + row_of(c, d, h), divisor,
                  up, up_share, value);
        if (logits != nullptr) std::copy(value, value + kWidth, logits + row_of(c, d, h));
        if (c == 0) std::copy(value, value + kWidth, best);
        for (int64_t w = 0; w < kWidth; ++w) {
          const bool better = value[w] > best[w];
          best[w] = better ? value[w] : best[w];
          winner[w] = better ? static_cast<int32_t>(c) : winner[w];
        }
      }
      for (int64_t w = 0; w < kWidth; ++w)
        labels[row_of(0, d, h) + w] = static_cast<uint8_t>(winner[w]);
    }
  }
}

}  // namespace nmsw
