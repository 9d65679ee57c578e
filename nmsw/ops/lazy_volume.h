#pragma once

#include <algorithm>
#include <functional>

#include "nmsw/tensor/tensor.h"

namespace nmsw {

/// A lazily computed volume [N,C,D,H,W]: planes are produced on demand, so it need not be
/// materialised, and a consumer that takes a few at a time finds them in the cache.
class LazyVolume {
 public:
  /// Gives planes first … last-1, [N,C,last-first,H,W].
  using Planes = std::function<Tensor(int64_t first, int64_t last)>;

  /// A volume that exists already.
  LazyVolume(const Tensor& whole);  // NOLINT(google-explicit-constructor): it is a volume
  /// step  planes that are computed together
  LazyVolume(int64_t depth, int64_t step, Planes planes);

  int64_t depth() const { return depth_; }
  int64_t step() const { return step_; }
  /// Planes first … last-1. Throws ShapeError unless `first` is a multiple of the step, and `last`
  /// is one or the depth.
  Tensor planes(int64_t first, int64_t last) const;
  Tensor whole() const { return planes_(0, depth_); }
  /// Calls each(planes) for the whole volume, a step at a time.
  template <class Each>
  void in_steps(Each each) const {
    for (int64_t first = 0; first < depth_; first += step_) {
      each(planes_(first, std::min(depth_, first + step_)));
    }
  }

 private:
  int64_t depth_, step_;
  Planes planes_;
};

}  // namespace nmsw
