#include "nmsw/kernels/conv/depthwise_conv.h"

#include <algorithm>
#include <array>
#include <numeric>
#include <vector>

#include "nmsw/kernels/conv/stride2_taps.h"
#include "nmsw/kernels/conv/vector_sums.h"
#include "nmsw/kernels/norm/norm_activation.h"
#include "nmsw/kernels/simd/prefetch.h"
#include "nmsw/kernels/simd/shuffle.h"
#include "nmsw/kernels/simd/vector_math.h"

namespace nmsw {
namespace {

// Planes are copied with their padding, row behind row, so that a tap is a shift of the whole plane
// and one long sum covers all rows; sums in the padding columns are ignored.

constexpr int64_t kPlaneTaps = 9;
constexpr size_t kTaps = 27;
/// Floats that the last vector of a row reads beyond its end.
constexpr int64_t kRowTail = 2 * kLanes;

/// Copies rows into rows of whole vectors, zero-padded.
struct PaddedRows {
  const float* from;
  int64_t count, width;
  float* to;
  int64_t pitch;
};

template <class Floats>
NMSW_INLINE void pad_rows(const PaddedRows& rows) {
  constexpr int64_t kWide = kNumbersIn<Floats>;
  for (int64_t row = 0; row < rows.count; ++row) {
    const float* from = rows.from + row * rows.width;
    float* to = rows.to + row * rows.pitch;
    int64_t at = 0;
    for (; at + kWide <= rows.width; at += kWide) std::memcpy(to + at, from + at, sizeof(Floats));
    Floats end{};
    if (at < rows.width) {
      load_lanes(from + at, rows.width - at, end);
      std::memcpy(to + at, &end, sizeof(end));
      at += kWide;
    }
    end = Floats{};
    for (; at < rows.pitch; at += kWide) std::memcpy(to + at, &end, sizeof(end));
  }
}

NMSW_BY_WIDTH(pad_any_rows, pad_rows, (const PaddedRows& rows), (rows))

/// The planes of the fine grid around a coarse one. At stride 2 rows and columns are sorted by
/// parity: part (py,px) holds in row m, column n the voxel (stride·m + py − 1, stride·n + px − 1),
/// 0 outside. Every tap then reads consecutive floats.
class FinePlanes {
 public:
  FinePlanes(const float* fine, const DepthwiseGrids& grids)
      : fine_(fine),
        grids_(grids),
        rows_(grids.coarse_dhw[1] + 3 - grids.stride),
        pitch_(pitch_of(grids)),
        part_size_((2 / grids.stride) * (pitch_ + 1) + in_blocks(length()) + kRowTail) {
    for (Slot& slot : slots_) {
      slot.values.assign(static_cast<size_t>(grids.stride * grids.stride * part_size_ + kLanes),
                         0.0F);
      slot.first = behind_line(slot.values.data());
    }
  }

  /// Floats from row to row, and of a sum over a whole coarse plane.
  int64_t pitch() const { return pitch_; }
  int64_t length() const { return grids_.coarse_dhw[1] * pitch_; }

  /// The three planes around coarse plane z, at stride 1; valid until the next call.
  std::array<const float*, 3> around(int64_t z) { return {load(z - 1), load(z), load(z + 1)}; }

  /// Where the 27 taps of coarse plane z begin; valid until the next call.
  const float* const* taps(int64_t z) {
    const int64_t stride = grids_.stride;
    for (int64_t kd = 0; kd < 3; ++kd) {
      const float* plane = load(stride * z - 1 + kd);
      for (int64_t k = 0; k < kPlaneTaps; ++k) {
        const int64_t kh = k / 3, kw = k % 3;
        const int64_t part = kh % stride * stride + kw % stride;
        taps_[static_cast<size_t>(kd * kPlaneTaps + k)] =
            plane + part * part_size_ + kh / stride * pitch_ + kw / stride;
      }
    }
    return taps_.data();
  }

 private:
  struct Slot {
    int64_t z = -2;
    std::vector<float> values;
    float* first = nullptr;
  };

  /// At stride 1, rows of whole vectors whose first voxel begins a cache line: one of the three
  /// taps along x then never reads across lines.
  static int64_t pitch_of(const DepthwiseGrids& grids) {
    const int64_t columns = grids.coarse_dhw[2] + 3 - grids.stride;
    return grids.stride == 1 && columns > kLanes ? (columns + kLanes - 1) / kLanes * kLanes
                                                 : columns;
  }

  /// The last float of a cache line.
  static float* behind_line(float* at) {
    const auto number = reinterpret_cast<uintptr_t>(at) / sizeof(float);
    return at + (kLanes - 1 - static_cast<int64_t>(number % kLanes));
  }

  /// Three planes in a row have three slots, so that each is copied once while z grows.
  const float* load(int64_t z) {
    Slot& slot = slots_[static_cast<size_t>((z + 3) % 3)];
    if (slot.z != z) {
      slot.z = z;
      if (z < 0 || z >= grids_.fine_dhw[0]) {
        std::fill(slot.values.begin(), slot.values.end(), 0.0F);
      } else {
        copy_plane(z, slot.first);
      }
    }
    return slot.first;
  }

  void copy_plane(int64_t z, float* to) const {
    const int64_t stride = grids_.stride;
    if (stride == 1 && pitch_ % kLanes == 0) {
      // What lies around these rows is zero from the start.
      const auto [depth, height, width] = grids_.fine_dhw;
      pad_any_rows({fine_ + z * height * width, height, width, to + pitch_ + 1, pitch_});
      return;
    }
    for (int64_t part = 0; part < stride * stride; ++part) {
      const int64_t py = part / stride, px = part % stride;
      for (int64_t m = 0; m < rows_; ++m) {
        copy_row(z, stride * m + py - 1, px, to + part * part_size_ + m * pitch_);
      }
    }
  }

  void copy_row(int64_t z, int64_t y, int64_t px, float* to) const {
    const auto [depth, height, width] = grids_.fine_dhw;
    if (y < 0 || y >= height) {
      std::fill_n(to, pitch_, 0.0F);
      return;
    }
    const int64_t stride = grids_.stride;
    const float* row = fine_ + (z * height + y) * width;
    const int64_t first = px == 0 ? 1 : 0;
    const int64_t last = std::min(pitch_, (width - px + stride) / stride);
    std::fill_n(to, first, 0.0F);
    if (stride == 1) {
      std::copy_n(row, width, to + 1);
    } else {
      for (int64_t n = first; n < last; ++n) to[n] = row[2 * n + px - 1];
    }
    std::fill(to + last, to + pitch_, 0.0F);
  }

  const float* fine_;
  DepthwiseGrids grids_;
  int64_t rows_, pitch_, part_size_;
  std::array<Slot, 3> slots_;
  std::array<const float*, kTaps> taps_{};
};

/// The planes of the coarse grid below a fine one, with a row and a column of zeros at their ends.
class CoarsePlanes {
 public:
  CoarsePlanes(const float* coarse, Int3 extent)
      : coarse_(coarse), extent_(extent), pitch_(extent[2] + 1) {
    for (Slot& slot : slots_) {
      slot.values.assign(static_cast<size_t>(pitch_ + 1 + in_blocks(length())), 0.0F);
    }
  }
  int64_t pitch() const { return pitch_; }
  int64_t length() const { return extent_[1] * pitch_; }

  const float* load(int64_t z) {
    Slot& slot = slots_[static_cast<size_t>(z % 2)];
    if (slot.z == z) return slot.values.data();
    slot.z = z;
    if (z >= extent_[0]) {
      std::fill(slot.values.begin(), slot.values.end(), 0.0F);
    } else {
      for (int64_t y = 0; y < extent_[1]; ++y) {
        std::copy_n(coarse_ + (z * extent_[1] + y) * extent_[2], extent_[2],
                    slot.values.data() + y * pitch_);
      }
    }
    return slot.values.data();
  }

 private:
  struct Slot {
    int64_t z = -1;
    std::vector<float> values;
  };
  const float* coarse_;
  Int3 extent_;
  int64_t pitch_;
  std::array<Slot, 2> slots_;
};

/// Rows of a register block: a row that is loaded serves up to three of them.
constexpr int64_t kRowsTogether = 4;

struct RowSums {
  std::array<const float*, 3> planes;  ///< at the first taps of the first row and column
  int64_t pitch;
  const float* weight;
  float bias;
  float* out;
  int64_t out_pitch, left;  ///< columns left
  const float* ahead;       ///< the next input plane, to be prefetched; or null
};

template <class Floats, int64_t kRows>
NMSW_INLINE void sum_rows(const RowSums& rows) {
  constexpr int64_t kVectors = 2, kWide = kNumbersIn<Floats>;
  Floats sums[kRows][kVectors];
  for (int64_t o = 0; o < kRows; ++o) {
    for (int64_t v = 0; v < kVectors; ++v) sums[o][v] = Floats{} + rows.bias;
  }
  for (int64_t d = 0; d < 3; ++d) {
    for (int64_t w = 0; w < 3; ++w) {
      const float* from = rows.planes[static_cast<size_t>(d)] + w;
      const float* weight = rows.weight + d * kPlaneTaps + w;
      const float taps[3] = {weight[0], weight[3], weight[6]};
#pragma GCC unroll 6
      for (int64_t r = 0; r < kRows + 2; ++r) {
        Floats values[kVectors];
        for (int64_t v = 0; v < kVectors; ++v) {
          std::memcpy(&values[v], from + r * rows.pitch + v * kWide, sizeof(values[v]));
        }
#pragma GCC unroll 3
        for (int64_t h = 0; h < 3; ++h) {
          if (r < h || r - h >= kRows) continue;
          for (int64_t v = 0; v < kVectors; ++v) sums[r - h][v] += taps[h] * values[v];
        }
      }
    }
  }
  for (int64_t o = 0; o < kRows; ++o) {
    for (int64_t at = 0; at < std::min(rows.left, kVectors * kWide); at += kLanes) {
      Lanes values;
      std::memcpy(&values, reinterpret_cast<const float*>(sums[o]) + at, sizeof(values));
      store_lanes(values, rows.left - at, rows.out + o * rows.out_pitch + at);
    }
  }
}

/// Prefetches for the block of rows after the one at `at`: the same rows of the next input plane,
/// and the output rows below.
template <int64_t kColumns, int64_t kRows>
NMSW_INLINE void fetch_block(const RowSums& rows, int64_t at) {
  for (int64_t row = 0; row < kRows; ++row) {
    for (int64_t i = 0; i < kColumns; i += kLanes) {
      const int64_t to = row * rows.out_pitch + i;
      if (rows.ahead != nullptr) __builtin_prefetch(rows.ahead + at + to, kToRead, kSecondCache);
      __builtin_prefetch(rows.out + kRows * rows.out_pitch + to, kToWrite, kFirstCache);
    }
  }
}

/// One plane of the convolution with stride 1.
template <class Floats>
NMSW_INLINE void sum_plane(const RowSums& first, int64_t height, int64_t width) {
  constexpr int64_t kColumns = 2 * kNumbersIn<Floats>, kRows = kRowsTogether;
  for (int64_t y = 0; y < height;) {
    const bool many = y + kRows <= height;
    for (int64_t x = 0; x < width; x += kColumns) {
      RowSums rows = first;
      for (const float*& plane : rows.planes) plane += y * first.pitch + x;
      rows.out += y * first.out_pitch + x;
      rows.left = width - x;
      if (many) fetch_block<kColumns, kRows>(rows, y * first.out_pitch + x);
      many ? sum_rows<Floats, kRows>(rows) : sum_rows<Floats, 1>(rows);
    }
    y += many ? kRows : 1;
  }
}

NMSW_BY_WIDTH(sum_any_plane, sum_plane, (const RowSums& first, int64_t height, int64_t width),
              (first, height, width))

/// Statistics of plane z of a volume, where they are wanted.
void find_moments(const float* volume, const Int3& extent_dhw, int64_t z, MomentSums* moments) {
  const int64_t voxels = extent_dhw[1] * extent_dhw[2];
  if (moments != nullptr) moments[z] = moment_sums(volume + z * voxels, voxels);
}

/// Rows of even and odd columns, `from_pitch` floats apart, to be interleaved into rows of `width`.
struct TurnedRows {
  const float* even;
  const float* odd;
  int64_t from_pitch, count, width;
  float* to;
  int64_t to_pitch;
};

template <class Floats>
NMSW_INLINE void turn_rows(const TurnedRows& rows) {
  constexpr int64_t kWide = kNumbersIn<Floats>;
  for (int64_t m = 0; m < rows.count; ++m) {
    const float *even = rows.even + m * rows.from_pitch, *odd = rows.odd + m * rows.from_pitch;
    float* to = rows.to + m * rows.to_pitch;
    for (int64_t x = 0; x < rows.width; x += 2 * kWide) {
      __builtin_prefetch(to + rows.to_pitch + x, kToWrite, kFirstCache);
      __builtin_prefetch(to + rows.to_pitch + x + kWide, kToWrite, kFirstCache);
      Floats evens, odds, turns[2];
      std::memcpy(&evens, even + x / 2, sizeof(evens));
      std::memcpy(&odds, odd + x / 2, sizeof(odds));
      take_turns(evens, odds, turns);
      store_lanes(turns[0], rows.width - x, to + x);
      if (rows.width - x > kWide) store_lanes(turns[1], rows.width - x - kWide, to + x + kWide);
    }
  }
}

NMSW_BY_WIDTH(turn_any_rows, turn_rows, (const TurnedRows& rows), (rows))

void scatter_by_two(const float* coarse, const float* weight, float bias,
                    const DepthwiseGrids& grids, int64_t z0, int64_t z1, float* fine,
                    MomentSums* moments) {
  const auto [depth, height, width] = grids.fine_dhw;
  CoarsePlanes planes(coarse, grids.coarse_dhw);
  // Sums at even and odd columns, with room for what a row's last vector reads beyond its end.
  std::array<std::vector<float>, 2> sums;
  for (auto& part : sums) part.resize(static_cast<size_t>(in_blocks(planes.length()) + kLanes));
  for (int64_t z = z0; z < z1; ++z) {
    for (int64_t py = 0; py < std::min<int64_t>(2, height); ++py) {
      for (int64_t px = 0; px < 2; ++px) {
        std::array<const float*, 8> sources{};
        std::array<float, 8> weights{};
        size_t count = 0;
        for (const AxisTap& d : axis_taps(z % 2)) {
          const float* plane = planes.load(z / 2 + d.shift);
          for (const AxisTap& h : axis_taps(py)) {
            for (const AxisTap& w : axis_taps(px)) {
              sources[count] = plane + h.shift * planes.pitch() + w.shift;
              weights[count++] = weight[(d.k * 3 + h.k) * 3 + w.k];
            }
          }
        }
        weighted_sum(sources.data(), weights.data(), static_cast<int64_t>(count), bias,
                     planes.length(), sums[static_cast<size_t>(px)].data());
      }
      turn_any_rows({sums[0].data(), sums[1].data(), planes.pitch(), (height - py + 1) / 2, width,
                     fine + (z * height + py) * width, 2 * width});
    }
    find_moments(fine, grids.fine_dhw, z, moments);
  }
}

}  // namespace

DepthwiseGrids depthwise_grids(Int3 fine, int64_t stride) {
  DepthwiseGrids grids{fine, fine, stride};
  for (int64_t& size : grids.coarse_dhw) size = (size + stride - 1) / stride;
  return grids;
}

void depthwise_gather(const float* fine, const float* weight, float bias,
                      const DepthwiseGrids& grids, int64_t z0, int64_t z1, float* coarse,
                      MomentSums* moments) {
  const auto [depth, height, width] = grids.coarse_dhw;
  FinePlanes planes(fine, grids);
  if (grids.stride == 1) {
    for (int64_t z = z0; z < z1; ++z) {
      const float* ahead = z + 2 < depth ? fine + (z + 2) * height * width : nullptr;
      sum_any_plane({planes.around(z), planes.pitch(), weight, bias, coarse + z * height * width,
                     width, width, ahead},
                    height, width);
      find_moments(coarse, grids.coarse_dhw, z, moments);
    }
    return;
  }
  std::vector<float> sums(static_cast<size_t>(in_blocks(planes.length())));
  for (int64_t z = z0; z < z1; ++z) {
    weighted_sum(planes.taps(z), weight, kTaps, bias, planes.length(), sums.data());
    for (int64_t y = 0; y < height; ++y) {
      std::copy_n(sums.data() + y * planes.pitch(), width, coarse + (z * height + y) * width);
    }
    find_moments(coarse, grids.coarse_dhw, z, moments);
  }
}

void depthwise_scatter(const float* coarse, const float* weight, float bias,
                       const DepthwiseGrids& grids, int64_t z0, int64_t z1, float* fine,
                       MomentSums* moments) {
  if (grids.stride == 2) {
    scatter_by_two(coarse, weight, bias, grids, z0, z1, fine, moments);
    return;
  }
  std::array<float, kTaps> mirrored;
  std::reverse_copy(weight, weight + kTaps, mirrored.begin());
  depthwise_gather(coarse, mirrored.data(), bias, grids, z0, z1, fine, moments);
}

void depthwise_products(const float* fine, const float* coarse, const DepthwiseGrids& grids,
                        double* weight) {
  const auto [depth, height, width] = grids.coarse_dhw;
  FinePlanes planes(fine, grids);
  std::vector<float> factor(static_cast<size_t>(in_blocks(planes.length())), 0.0F);
  std::array<LaneSums, kTaps> sums{};
  for (int64_t z = 0; z < depth; ++z) {
    for (int64_t y = 0; y < height; ++y) {
      std::copy_n(coarse + (z * height + y) * width, width, factor.data() + y * planes.pitch());
    }
    const float* const* taps = planes.taps(z);
    for (size_t k = 0; k < kTaps; k += kProducts) {
      add_products(factor.data(), taps + k, planes.length(), sums.data() + k);
    }
  }
  for (size_t k = 0; k < kTaps; ++k)
    weight[k] += std::accumulate(sums[k].begin(), sums[k].end(), 0.0);
}

}  // namespace nmsw
