#include "nmsw/kernels/logits/block_logits.h"

#include <algorithm>
#include <cstring>
#include <limits>
#include <numeric>

#include "nmsw/base/volume.h"
#include "nmsw/kernels/simd/vector_width.h"

namespace nmsw {
namespace {

constexpr int64_t kDepth = kBlockDhw[0], kHeight = kBlockDhw[1], kWidth = kBlockDhw[2];
/// Coarse voxels that a block of so many voxels can need along an axis.
constexpr int64_t reach(int64_t voxels) { return voxels + 2; }

using Row = float[kWidth];

NMSW_INLINE float lerp(float low, float high, float share) { return low + share * (high - low); }

NMSW_INLINE void lerp_row(const Row& low, const Row& high, float share, Row& out) {
  for (int64_t w = 0; w < kWidth; ++w) out[w] = lerp(low[w], high[w], share);
}

NMSW_INLINE int64_t row_of(int64_t c, int64_t d, int64_t h) {
  return ((c * kDepth + d) * kHeight + h) * kWidth;
}

/// The box of coarse voxels that a block needs, and its steps along W, relative to the first of
/// each vector: as no coarse axis is finer than the volume's, they stay within a vector.
struct CoarseBox {
  Int3 first{}, count{};
  /// Whether no class weight changes its logits, and its rows can be read in whole vectors.
  bool is_plain = false;
  int64_t low_begin[kWidth], high_begin[kWidth];
  int32_t low[kWidth], high[kWidth];
  float share[kWidth];
};

int64_t place_in(const BlockLogits& block, const CoarseBox& box, int64_t d, int64_t h) {
  return ((box.first[0] + d) * block.coarse_dhw[1] + box.first[1] + h) * block.coarse_dhw[2] +
         box.first[2];
}

bool is_plain(const BlockLogits& block, const CoarseBox& box, int64_t lanes) {
  const Int3& coarse = block.coarse_dhw;
  const int64_t last = place_in(block, box, box.count[0] - 1, box.count[1] - 1);
  if (last + box.count[2] + lanes > coarse[0] * coarse[1] * coarse[2]) return false;
  if (block.class_weight == nullptr) return true;
  for (int64_t d = 0; d < box.count[0]; ++d) {
    for (int64_t h = 0; h < box.count[1]; ++h) {
      const uint8_t* covered = block.covered + place_in(block, box, d, h);
      if (std::any_of(covered, covered + box.count[2], [](uint8_t patch) { return patch != 0; }))
        return false;
    }
  }
  return true;
}

CoarseBox coarse_box(const BlockLogits& block, int64_t lanes) {
  CoarseBox box;
  const AxisStep* steps[3] = {block.steps_d, block.steps_h, block.steps_w};
  const Int3 voxels{block.depth, block.height, kWidth};
  for (size_t axis = 0; axis < 3; ++axis) {
    box.first[axis] = steps[axis][0].low;
    box.count[axis] = steps[axis][voxels[axis] - 1].high + 1 - box.first[axis];
  }
  for (int64_t w = 0; w < kWidth; ++w) {
    const AxisStep& begin = block.steps_w[w / lanes * lanes];
    box.low_begin[w] = begin.low - box.first[2];
    box.high_begin[w] = begin.high - box.first[2];
    box.low[w] = static_cast<int32_t>(block.steps_w[w].low - begin.low);
    box.high[w] = static_cast<int32_t>(block.steps_w[w].high - begin.high);
    box.share[w] = block.steps_w[w].share;
  }
  box.is_plain = is_plain(block, box, lanes);
  return box;
}

/// Interpolates a row of a class's coarse logits along W, scaled by 1 − class weight where patches
/// are.
template <class Floats>
NMSW_INLINE void bring_row_up(const BlockLogits& block, const CoarseBox& box, int64_t c, int64_t d,
                              int64_t h, Row& out) {
  const int64_t place = place_in(block, box, d, h);
  const int64_t voxels = block.coarse_dhw[0] * block.coarse_dhw[1] * block.coarse_dhw[2];
  const float* from = block.coarse + c * voxels + place;
  // Prefetch: the next class's row is too far away for the hardware prefetcher.
  if (c + 1 < block.num_classes) {
    __builtin_prefetch(from + voxels);
    __builtin_prefetch(from + voxels + box.count[2] - 1);
  }
  float line[reach(kWidth) + kNumbersIn<Floats>];
  if (!box.is_plain) {
    const float weight = block.class_weight == nullptr ? 0.0F : block.class_weight[c];
    std::fill(std::begin(line), std::end(line), 0.0F);
    for (int64_t x = 0; x < box.count[2]; ++x) {
      const bool covered = block.covered != nullptr && block.covered[place + x] != 0;
      line[x] = covered ? from[x] * (1.0F - weight) : from[x];
    }
    from = line;
  }
  for (int64_t w = 0; w < kWidth; w += kNumbersIn<Floats>) {
    Floats low, high, share;
    IntsOf<Floats> low_places, high_places;
    std::memcpy(&low, from + box.low_begin[w], sizeof(low));
    std::memcpy(&high, from + box.high_begin[w], sizeof(high));
    std::memcpy(&share, box.share + w, sizeof(share));
    std::memcpy(&low_places, box.low + w, sizeof(low_places));
    std::memcpy(&high_places, box.high + w, sizeof(high_places));
    low = __builtin_shuffle(low, low_places);
    high = __builtin_shuffle(high, high_places);
    low = low + share * (high - low);
    std::memcpy(out + w, &low, sizeof(low));
  }
}

/// Updates the minimum, the maximum and the sum of magnitudes by a class's coarse logits in a plain
/// box; some voxels beside the box may be included.
template <class Floats>
NMSW_INLINE void find_extremes(const BlockLogits& block, const CoarseBox& box, int64_t c,
                               Floats& least, Floats& most, Floats& magnitude) {
  const int64_t voxels = block.coarse_dhw[0] * block.coarse_dhw[1] * block.coarse_dhw[2];
  for (int64_t d = 0; d < box.count[0]; ++d) {
    for (int64_t h = 0; h < box.count[1]; ++h) {
      const float* from = block.coarse + c * voxels + place_in(block, box, d, h);
      for (int64_t w = 0; w < box.count[2]; w += kNumbersIn<Floats>) {
        Floats values;
        std::memcpy(&values, from + w, sizeof(values));
        least = values < least ? values : least;
        most = values > most ? values : most;
        magnitude += values < 0 ? -values : values;
      }
    }
  }
}

/// Classes that can have the largest logit at some voxel of the block, in their order: interpolated
/// values lie between their inputs, up to rounding. All classes where a number is not finite.
template <class Floats>
NMSW_INLINE int64_t find_candidates(const BlockLogits& block, const CoarseBox& box,
                                    int32_t (&classes)[kMostClasses]) {
  constexpr float kRounding = 2e-6F;
  const float infinite = std::numeric_limits<float>::infinity();
  float tops[kMostClasses], floor = -infinite, all = 0;
  for (int64_t c = 0; c < block.num_classes; ++c) {
    Floats least = Floats{} + infinite, most = -least, magnitude{};
    find_extremes(block, box, c, least, most, magnitude);
    float bottom = infinite, top = -infinite, sum = 0;
    for (int64_t lane = 0; lane < kNumbersIn<Floats>; ++lane) {
      bottom = std::min(bottom, least[lane]);
      top = std::max(top, most[lane]);
      sum += magnitude[lane];
    }
    tops[c] = top + kRounding * sum;
    floor = std::max(floor, bottom - kRounding * sum);
    all += sum;
  }
  // With NaN or infinity the bound is meaningless: scan every class in order.
  if (!(all < infinite)) return block.num_classes;
  int64_t count = 0;
  for (int64_t c = 0; c < block.num_classes; ++c) {
    if (tops[c] >= floor) classes[count++] = static_cast<int32_t>(c);
  }
  return count;
}

/// Planes of a class's coarse logits, interpolated along H and W.
using CoarsePlanes = Row[reach(kDepth)][kHeight];

template <class Floats>
NMSW_INLINE void bring_planes_up(const BlockLogits& block, const CoarseBox& box, int64_t c,
                                 CoarsePlanes& planes) {
  for (int64_t d = 0; d < box.count[0]; ++d) {
    Row lines[reach(kHeight)];
    for (int64_t h = 0; h < box.count[1]; ++h) {
      bring_row_up<Floats>(block, box, c, d, h, lines[h]);
    }
    for (int64_t h = 0; h < block.height; ++h) {
      const AxisStep& step = block.steps_h[h];
      lerp_row(lines[step.low - box.first[1]], lines[step.high - box.first[1]], step.share,
               planes[d][h]);
    }
  }
}

/// Per voxel of a row: the divisor of the sums, and the factor of the coarse logits.
struct RowShares {
  Row divisor, coarse;
};

NMSW_INLINE void find_shares(const BlockLogits& block, int64_t d, int64_t h, RowShares& shares) {
  const bool paste = block.class_weight == nullptr;
  for (int64_t w = 0; w < kWidth; ++w) {
    const float weight = block.sums[row_of(block.num_classes, d, h) + w];
    // Without a patch the sum is 0 too, so any divisor will do.
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

template <class Floats>
NMSW_INLINE void set_vector(const Floats& value, int32_t c, float* best, int32_t* winner) {
  const IntsOf<Floats> classes = IntsOf<Floats>{} + c;
  std::memcpy(best, &value, sizeof(value));
  std::memcpy(winner, &classes, sizeof(classes));
}

/// Vectorised by hand: the compiler makes a branch per voxel of the plain loop.
template <class Floats>
NMSW_INLINE void keep_better_vector(const Floats& value, int32_t c, float* best, int32_t* winner) {
  using Ints = IntsOf<Floats>;
  Floats most;
  Ints classes;
  std::memcpy(&most, best, sizeof(most));
  std::memcpy(&classes, winner, sizeof(classes));
  const Ints better = value > most;
  most = better ? value : most;
  classes = better ? Ints{} + c : classes;
  std::memcpy(best, &most, sizeof(most));
  std::memcpy(winner, &classes, sizeof(classes));
}

template <class Floats>
NMSW_INLINE void keep_better(const Row& value, int32_t c, bool is_first, Row& best,
                             int32_t (&winner)[kWidth]) {
  for (int64_t w = 0; w < kWidth; w += kNumbersIn<Floats>) {
    Floats values;
    std::memcpy(&values, value + w, sizeof(values));
    is_first ? set_vector(values, c, best + w, winner + w)
             : keep_better_vector(values, c, best + w, winner + w);
  }
}

/// Interpolates a row of coarse logits along D and keeps it where it is better; for blocks without
/// patches.
template <class Floats>
NMSW_INLINE void keep_better_coarse(const Row& low, const Row& high, float share, int32_t c,
                                    bool is_first, Row& best, int32_t (&winner)[kWidth]) {
  for (int64_t w = 0; w < kWidth; w += kNumbersIn<Floats>) {
    Floats value, other;
    std::memcpy(&value, low + w, sizeof(value));
    std::memcpy(&other, high + w, sizeof(other));
    value = value + share * (other - value);
    is_first ? set_vector(value, c, best + w, winner + w)
             : keep_better_vector(value, c, best + w, winner + w);
  }
}

template <class Floats>
NMSW_INLINE void merge(const BlockLogits& block, float* logits, uint8_t* labels) {
  RowShares shares[kDepth][kHeight];
  Row best[kDepth][kHeight];
  CoarsePlanes planes;
  int32_t winner[kDepth][kHeight][kWidth];
  CoarseBox box;
  if (block.coarse != nullptr) box = coarse_box(block, kNumbersIn<Floats>);
  for (int64_t d = 0; d < block.depth && block.sums != nullptr; ++d) {
    for (int64_t h = 0; h < block.height; ++h) find_shares(block, d, h, shares[d][h]);
  }
  const bool coarse_alone = block.coarse != nullptr && block.sums == nullptr && logits == nullptr;
  int32_t classes[kMostClasses];
  std::iota(classes, classes + block.num_classes, 0);
  const int64_t count = coarse_alone && box.is_plain ? find_candidates<Floats>(block, box, classes)
                                                     : block.num_classes;
  for (int64_t i = 0; i < count; ++i) {
    const int32_t c = classes[i];
    const bool is_first = i == 0;
    if (block.coarse != nullptr) bring_planes_up<Floats>(block, box, c, planes);
    for (int64_t d = 0; d < block.depth; ++d) {
      for (int64_t h = 0; h < block.height; ++h) {
        const AxisStep& step = block.coarse == nullptr ? AxisStep{} : block.steps_d[d];
        if (coarse_alone) {
          keep_better_coarse<Floats>(planes[step.low - box.first[0]][h],
                                     planes[step.high - box.first[0]][h], step.share, c, is_first,
                                     best[d][h], winner[d][h]);
          continue;
        }
        Row up{}, value;
        if (block.coarse != nullptr) {
          lerp_row(planes[step.low - box.first[0]][h], planes[step.high - box.first[0]][h],
                   step.share, up);
        }
        if (block.sums == nullptr) {
          std::copy(up, up + kWidth, value);
        } else {
          merge_row(block, c, block.sums + row_of(c, d, h), shares[d][h], up, value);
        }
        if (logits != nullptr) std::copy(value, value + kWidth, logits + row_of(c, d, h));
        keep_better<Floats>(value, c, is_first, best[d][h], winner[d][h]);
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
    int64_t block = 0, begin = place[2];
    for (int64_t w = 0; w < size[2]; ++block, begin = 0) {
      const int64_t count = std::min(kWidth - begin, size[2] - w);
      for (int64_t d = 0; d < size[0]; ++d) {
        for (int64_t h = 0; h < size[1]; ++h) {
          const int64_t row = d * part.plane_step + h * part.row_step + w;
          const float* weight = part.importance + row;
          float* sum = blocks[block] + row_of(c, place[0] + d, place[1] + h) + begin;
          if (c == num_classes) {
            for (int64_t i = 0; i < count; ++i) sum[i] = sum[i] + weight[i];
          } else {
            // Prefetch the next class's sums, which are too far away for the hardware prefetcher.
            __builtin_prefetch(sum + kBlockVoxels, 1);
            __builtin_prefetch(sum + kBlockVoxels + kLanes, 1);
            const float* logits = part.logits + c * part.class_step + row;
            for (int64_t i = 0; i < count; ++i) sum[i] = sum[i] + weight[i] * logits[i];
          }
        }
      }
      w += count;
    }
  }
}

void merge_block(const BlockLogits& block, float* logits, uint8_t* labels) {
  merge_any(block, logits, labels);
}

}  // namespace nmsw
