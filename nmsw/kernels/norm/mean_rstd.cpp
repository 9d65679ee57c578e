#include "nmsw/kernels/norm/mean_rstd.h"

#include <algorithm>
#include <cmath>

namespace nmsw {

void MomentSums::add(const MomentSums& other) {
  if (other.count == 0) return;
  const double total = count + other.count, apart = other.mean - mean;
  squares += other.squares + apart * apart * count * other.count / total;
  mean += apart * other.count / total;
  count = total;
}

Moments MomentSums::moments(double epsilon) const {
  const double variance = std::max(0.0, squares / count);
  return {static_cast<float>(mean), static_cast<float>(1 / std::sqrt(variance + epsilon))};
}

}  // namespace nmsw
