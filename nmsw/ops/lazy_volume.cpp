#include "nmsw/ops/lazy_volume.h"

#include <utility>

namespace nmsw {

LazyVolume::LazyVolume(const Tensor& whole)
    : depth_(whole.size(2)), step_(depth_), planes_([whole](int64_t first, int64_t last) {
        return whole.narrow(2, first, last - first);
      }) {}

LazyVolume::LazyVolume(int64_t depth, int64_t step, Planes planes)
    : depth_(depth), step_(step), planes_(std::move(planes)) {}

Tensor LazyVolume::planes(int64_t first, int64_t last) const {
  const bool fits = first >= 0 && first < last && last <= depth_ && first % step_ == 0 &&
                    (last % step_ == 0 || last == depth_);
  if (!fits) {
    throw ShapeError("planes {} to {} of a volume of {} that is computed by {}", first, last,
                     depth_, step_);
  }
  return planes_(first, last);
}

}  // namespace nmsw
