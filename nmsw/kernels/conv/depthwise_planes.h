#pragma once

#include <algorithm>
#include <array>
#include <cstdint>
#include <vector>

#include "nmsw/kernels/conv/depthwise_conv.h"
#include "nmsw/kernels/conv/stride2_taps.h"
#include "nmsw/kernels/conv/vector_sums.h"
#include "nmsw/kernels/simd/shuffle.h"
#include "nmsw/kernels/simd/vector_math.h"
#include "nmsw/kernels/simd/vector_width.h"

namespace nmsw {

// The planes that a depthwise convolution reads. They are copied with their padding, row behind row,
// so that a tap is a shift of the whole plane and one long sum covers all rows; sums in the padding
// columns are ignored.

constexpr int64_t kPlaneTaps = 9;
constexpr size_t kVolumeTaps = 27;
/// Floats that the last vector of a row reads beyond its end.
constexpr int64_t kRowTail = 2 * kLanes;

/// Copies rows into rows of whole vectors, zero-padded.
struct PaddedRows {
  const float* from;
  int64_t count, width;
  float* to;
  int64_t pitch;
};

void pad_any_rows(const PaddedRows& rows);

/// The planes of the fine grid around a coarse one. At stride 2 rows and columns are sorted by
/// parity first: part (py,px) holds at row m, column n the voxel (stride·m + py − 1, stride·n + px
/// − 1), 0 outside; every tap then reads consecutive floats.
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

  /// At stride 1 rows of whole vectors, whose first voxels lie at a cache line's beginning: of the
  /// three columns of taps one then never reads across lines.
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
  std::array<const float*, kVolumeTaps> taps_{};
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

}  // namespace nmsw
