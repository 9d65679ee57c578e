#include "nmsw/metrics/distance_transform.h"

#include <algorithm>
#include <cmath>
#include <limits>

namespace nmsw {
namespace {

constexpr double kFar = std::numeric_limits<double>::infinity();
/// Lines that lie beside each other in memory and are prefetched together: one cache line of doubles.
constexpr int64_t kLinesAtOnce = 8;

double square(double value) { return value * value; }

/// Squared distances along x to the nearest set voxel of the same line.
void transform_x(const uint8_t* set, double* squared, int64_t size, double spacing) {
  int64_t last = -1;
  for (int64_t x = 0; x < size; ++x) {
    if (set[x] != 0) last = x;
    squared[x] = last < 0 ? kFar : square(static_cast<double>(x - last) * spacing);
  }
  last = -1;
  for (int64_t x = size - 1; x >= 0; --x) {
    if (set[x] != 0) last = x;
    if (last >= 0)
      squared[x] = std::min(squared[x], square(static_cast<double>(last - x) * spacing));
  }
}

/// The lower envelope of the parabolas value[q] + (spacing·(x-q))² of one line.
class LineEnvelope {
 public:
  LineEnvelope(int64_t size, double spacing)
      : spacing_(spacing), apex_(size), value_(size), begin_(size) {}

  /// Replaces each value by the envelope there.
  void transform(double* line, int64_t size) {
    int64_t top = build(line, size);
    if (top < 0) return;
    for (int64_t x = 0, k = 0; x < size; ++x) {
      while (k < top && begin_[k + 1] < static_cast<double>(x)) ++k;
      line[x] = value_[k] + square(static_cast<double>(x - apex_[k]) * spacing_);
    }
  }

 private:
  /// Index of the last parabola on the envelope; -1 where the line has none.
  int64_t build(const double* line, int64_t size) {
    int64_t top = -1;
    for (int64_t q = 0; q < size; ++q) {
      if (line[q] == kFar) continue;
      double begin = -kFar;
      while (top >= 0) {
        begin = crossing(top, q, line[q]);
        if (begin > begin_[top]) break;
        --top;
      }
      ++top;
      apex_[top] = q;
      value_[top] = line[q];
      begin_[top] = top == 0 ? -kFar : begin;
    }
    return top;
  }

  /// From where on the parabola at q lies below the k-th one of the envelope.
  double crossing(int64_t k, int64_t q, double value) const {
    const auto gap = static_cast<double>(q - apex_[k]);
    const auto middle = 0.5 * static_cast<double>(q + apex_[k]);
    return middle + (value - value_[k]) / (2 * spacing_ * spacing_ * gap);
  }

  double spacing_;
  std::vector<int64_t> apex_;
  std::vector<double> value_;
  std::vector<double> begin_;
};

/// Lines along y or z: `line_count` lines beside each other in memory, repeated `block_count`
/// times.
struct LineLayout {
  int64_t size;
  int64_t stride;
  int64_t line_count;
  int64_t block_count;
  int64_t block_stride;
};

void transform_lines(std::vector<double>& squared, const LineLayout& lines, double spacing) {
  const int64_t groups = (lines.line_count + kLinesAtOnce - 1) / kLinesAtOnce;
  const bool worth_threads = static_cast<int64_t>(squared.size()) >= kVoxelsWorthThreads;
#pragma omp parallel if (worth_threads)
  {
    LineEnvelope envelope(lines.size, spacing);
    std::vector<double> buffer(lines.size * kLinesAtOnce);
#pragma omp for schedule(dynamic, 16)
    for (int64_t job = 0; job < lines.block_count * groups; ++job) {
      const int64_t first = job % groups * kLinesAtOnce;
      const int64_t count = std::min(kLinesAtOnce, lines.line_count - first);
      double* corner = squared.data() + job / groups * lines.block_stride + first;
      for (int64_t i = 0; i < lines.size; ++i) {
        for (int64_t j = 0; j < count; ++j)
          buffer[j * lines.size + i] = corner[i * lines.stride + j];
      }
      for (int64_t j = 0; j < count; ++j) envelope.transform(&buffer[j * lines.size], lines.size);
      for (int64_t i = 0; i < lines.size; ++i) {
        for (int64_t j = 0; j < count; ++j)
          corner[i * lines.stride + j] = buffer[j * lines.size + i];
      }
    }
  }
}

}  // namespace

std::vector<double> distance_transform(const Mask& mask, Real3 spacing_xyz) {
  const int64_t nx = mask.extent_xyz[0], ny = mask.extent_xyz[1], nz = mask.extent_xyz[2];
  const int64_t plane = nx * ny;
  std::vector<double> distance(mask.voxels.size());
  const bool worth_threads = plane * nz >= kVoxelsWorthThreads;
#pragma omp parallel for if (worth_threads)
  for (int64_t line = 0; line < ny * nz; ++line) {
    transform_x(&mask.voxels[line * nx], &distance[line * nx], nx, spacing_xyz[0]);
  }
  transform_lines(distance, {ny, nx, nx, nz, plane}, spacing_xyz[1]);
  transform_lines(distance, {nz, plane, plane, 1, 0}, spacing_xyz[2]);
#pragma omp parallel for if (worth_threads)
  for (int64_t i = 0; i < plane * nz; ++i) distance[i] = std::sqrt(distance[i]);
  return distance;
}

}  // namespace nmsw
