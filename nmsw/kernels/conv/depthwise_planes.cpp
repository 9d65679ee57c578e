#include "nmsw/kernels/conv/depthwise_planes.h"

#include <cstring>

#include "nmsw/kernels/simd/vector_math.h"

namespace nmsw {
namespace {

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

NMSW_BY_WIDTH(pad_all_rows, pad_rows, (const PaddedRows& rows), (rows))

}  // namespace

void pad_any_rows(const PaddedRows& rows) { pad_all_rows(rows); }

}  // namespace nmsw
