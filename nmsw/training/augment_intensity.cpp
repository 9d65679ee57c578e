#include "nmsw/training/augment_intensity.h"

#include <ATen/Parallel.h>

#include <algorithm>
#include <cmath>
#include <limits>

#include "nmsw/sampling/gumbel.h"
#include "nmsw/tensor/resize.h"

namespace nmsw {
namespace {

/// Voxels whose sum is taken by one thread; fixed, so that sums are the same for any number of
/// threads.
constexpr int64_t kChunk = 1 << 16;

struct Statistics {
  double sum = 0;
  double squares = 0;
  float low = std::numeric_limits<float>::infinity();
  float high = -std::numeric_limits<float>::infinity();
  int64_t count = 0;

  double mean() const { return sum / static_cast<double>(count); }
  /// With the divisor count-1.
  double deviation() const {
    const double excess = std::max(0.0, squares - sum * mean());
    return std::sqrt(excess / static_cast<double>(std::max<int64_t>(1, count - 1)));
  }
};

Statistics statistics_of(const float* values, int64_t count) {
  std::vector<Statistics> parts(static_cast<size_t>((count + kChunk - 1) / kChunk));
  at::parallel_for(0, static_cast<int64_t>(parts.size()), 1, [&](int64_t begin, int64_t end) {
    for (int64_t part = begin; part < end; ++part) {
      Statistics found;
      for (int64_t i = part * kChunk; i < std::min(count, (part + 1) * kChunk); ++i) {
        const double value = values[i];
        found.sum += value;
        found.squares += value * value;
        found.low = std::min(found.low, values[i]);
        found.high = std::max(found.high, values[i]);
      }
      parts[static_cast<size_t>(part)] = found;
    }
  });
  Statistics whole;
  for (const Statistics& part : parts) {
    whole.sum += part.sum;
    whole.squares += part.squares;
    whole.low = std::min(whole.low, part.low);
    whole.high = std::max(whole.high, part.high);
  }
  whole.count = count;
  return whole;
}

/// Replaces every value by `change(value)`.
template <class Change>
void transform_values(float* values, int64_t count, const Change& change) {
  at::parallel_for(0, count, kChunk, [&](int64_t begin, int64_t end) {
    std::transform(values + begin, values + end, values + begin, change);
  });
}

void add_scaled(const float* from, float weight, int64_t count, float* to) {
#pragma omp simd
  for (int64_t i = 0; i < count; ++i) to[i] += weight * from[i];
}

/// Smooths along the middle axis of a contiguous [outer, size, inner].
Tensor smooth_middle(const Tensor& image, int64_t size, int64_t inner,
                     const std::vector<float>& weights) {
  Tensor result = torch::zeros_like(image);
  const float* from = image.data_ptr<float>();
  float* to = result.data_ptr<float>();
  const auto tail = static_cast<int64_t>(weights.size() / 2);
  at::parallel_for(0, image.numel() / inner, 1 + kChunk / inner, [&](int64_t begin, int64_t end) {
    for (int64_t row = begin; row < end; ++row) {
      const int64_t place = row % size;
      for (int64_t k = std::max(-tail, -place); k <= std::min(tail, size - 1 - place); ++k) {
        add_scaled(from + (row + k) * inner, weights[static_cast<size_t>(tail + k)], inner,
                   to + row * inner);
      }
    }
  });
  return result;
}

/// Smooths along the last axis, whose rows have `size` voxels.
Tensor smooth_rows(const Tensor& image, int64_t size, const std::vector<float>& weights) {
  Tensor result = torch::zeros_like(image);
  const float* from = image.data_ptr<float>();
  float* to = result.data_ptr<float>();
  const auto tail = static_cast<int64_t>(weights.size() / 2);
  at::parallel_for(0, image.numel() / size, 1 + kChunk / size, [&](int64_t begin, int64_t end) {
    std::vector<float> padded(static_cast<size_t>(size + 2 * tail), 0.0F);
    for (int64_t row = begin; row < end; ++row) {
      std::copy_n(from + row * size, size, padded.begin() + tail);
      for (size_t k = 0; k < weights.size(); ++k)
        add_scaled(padded.data() + k, weights[k], size, to + row * size);
    }
  });
  return result;
}

}  // namespace

Tensor add_noise(const Tensor& image, double sigma, uint64_t seed) {
  return image + sigma * torch::randn(image.sizes(), seeded_generator(seed), torch::kFloat);
}

std::vector<float> smoothing_weights(double sigma) {
  const auto tail = static_cast<int64_t>(std::max(4 * sigma, 0.5) + 0.5);
  const double scale = 1 / (std::sqrt(2.0) * sigma);
  std::vector<float> weights;
  for (int64_t x = -tail; x <= tail; ++x) {
    const auto place = static_cast<double>(x);
    weights.push_back(static_cast<float>(
        0.5 * (std::erf((place + 0.5) * scale) - std::erf((place - 0.5) * scale))));
  }
  return weights;
}

Tensor smooth(const Tensor& image, Real3 sigma_xyz_voxels) {
  const Int3 extent = extent_dhw(image);
  Tensor result = smooth_middle(image.contiguous(), extent[0], extent[1] * extent[2],
                                smoothing_weights(sigma_xyz_voxels[2]));
  result = smooth_middle(result, extent[1], extent[2], smoothing_weights(sigma_xyz_voxels[1]));
  return smooth_rows(result, extent[2], smoothing_weights(sigma_xyz_voxels[0]));
}

Tensor simulate_low_resolution(const Tensor& image, double zoom) {
  Int3 coarse = extent_dhw(image);
  for (int64_t& size : coarse) {
    size = std::max<int64_t>(1, std::lrint(static_cast<double>(size) * zoom));
  }
  return resize_trilinear(resize_nearest(image, coarse), extent_dhw(image));
}

Tensor adjust_gamma(const Tensor& image, double gamma, GammaCurve curve) {
  Tensor result = image.clone(torch::MemoryFormat::Contiguous);
  float* values = result.data_ptr<float>();
  const int64_t count = result.numel();
  const float sign = curve == GammaCurve::inverted ? -1.0F : 1.0F;
  if (curve == GammaCurve::inverted) transform_values(values, count, [](float v) { return -v; });

  const Statistics before = statistics_of(values, count);
  const float low = before.low;
  const float range = before.high - before.low;
  const float divisor = range + 1e-7F;
  const auto power = static_cast<float>(gamma);
  transform_values(values, count,
                   [=](float v) { return std::pow((v - low) / divisor, power) * range + low; });

  const Statistics after = statistics_of(values, count);
  const auto centre = static_cast<float>(after.mean());
  const auto stretch = static_cast<float>(before.deviation() / (after.deviation() + 1e-8));
  const auto mean = static_cast<float>(before.mean());
  transform_values(values, count, [=](float v) { return sign * ((v - centre) * stretch + mean); });
  return result;
}

}  // namespace nmsw
