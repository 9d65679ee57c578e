#include "nmsw/kernels/norm/norm_activation.h"

#include <algorithm>

#include "nmsw/kernels/simd/vector_math.h"

namespace nmsw {
namespace {

/// Numbers accumulated in float32 before the sum goes into a double.
constexpr int64_t kFloatRun = 4096;
/// Numbers sampled for a mean that is subtracted before squaring, so that a mean far from 0 costs
/// no digits of the variance.
constexpr int64_t kSample = 64;

struct Totals {
  double first = 0, second = 0, third = 0;
};

template <class Floats>
NMSW_INLINE void add_moments_by(const float* x, int64_t count, float shift, Totals* totals) {
  for (int64_t begin = 0; begin < count; begin += kFloatRun) {
    const int64_t end = std::min(count, begin + kFloatRun);
    Floats sum{}, square{};
    for (int64_t i = begin; i < end; i += kNumbersIn<Floats>) {
      Floats values;
      load_lanes(x + i, end - i, values);
      values -= shift;
      if (end - i < kNumbersIn<Floats>) clear_lanes(end - i, values);
      sum += values;
      square += values * values;
    }
    totals->first += sum_of_lanes(sum);
    totals->second += sum_of_lanes(square);
  }
}

template <class Floats>
NMSW_INLINE void apply_by(const float* x, int64_t count, float mean, float scale, float slope,
                          float* y) {
  for (int64_t i = 0; i < count; i += kNumbersIn<Floats>) {
    Floats t;
    load_lanes(x + i, count - i, t);
    t = (t - mean) * scale;
    const Floats low = t * slope;
    store_lanes(t > 0.0F ? t : low, count - i, y + i);
  }
}

template <class Floats>
NMSW_INLINE void add_by(const FusedChannel* one, const FusedChannel* other, int64_t begin,
                        int64_t end, float* y) {
  for (int64_t i = begin; i < end; i += kNumbersIn<Floats>) {
    Floats first, second;
    load_channel(*one, i, end - i, first);
    load_channel(*other, i, end - i, second);
    store_lanes(first + second, end - i, y + i);
  }
}

template <class Floats>
NMSW_INLINE void settle_by(const FusedChannel* channel, int64_t begin, int64_t end, float* y) {
  for (int64_t i = begin; i < end; i += kNumbersIn<Floats>) {
    Floats values;
    load_channel(*channel, i, end - i, values);
    store_lanes(values, end - i, y + i);
  }
}

/// With g the gradient with respect to t: Σ g (first), Σ g·t (second) and the slope's gradient
/// (third).
template <class Floats>
NMSW_INLINE void add_gradients_by(const float* x, const float* to_y, int64_t count, float mean,
                                  float scale, float slope, Totals* totals) {
  for (int64_t begin = 0; begin < count; begin += kFloatRun) {
    const int64_t end = std::min(count, begin + kFloatRun);
    Floats plain{}, product{}, low{};
    for (int64_t i = begin; i < end; i += kNumbersIn<Floats>) {
      Floats t, g;
      load_lanes(x + i, end - i, t);
      load_lanes(to_y + i, end - i, g);  // 0 behind the last one, so that nothing is added there
      t = (t - mean) * scale;
      const Floats scaled = g * slope, zero{};
      low += t > 0.0F ? zero : g * t;
      g = t > 0.0F ? g : scaled;
      plain += g;
      product += g * t;
    }
    totals->first += sum_of_lanes(plain);
    totals->second += sum_of_lanes(product);
    totals->third += sum_of_lanes(low);
  }
}

template <class Floats>
NMSW_INLINE void write_gradient_by(const float* x, const float* to_y, int64_t count, float mean,
                                   float scale, float slope, float plain, float product,
                                   float* to_x) {
  for (int64_t i = 0; i < count; i += kNumbersIn<Floats>) {
    Floats t, g;
    load_lanes(x + i, count - i, t);
    load_lanes(to_y + i, count - i, g);
    t = (t - mean) * scale;
    const Floats scaled = g * slope;
    g = t > 0.0F ? g : scaled;
    g = (g - plain - t * product) * scale;
    store_lanes(g, count - i, to_x + i);
  }
}

NMSW_BY_WIDTH(add_moments, add_moments_by,
              (const float* x, int64_t count, float shift, Totals* totals),
              (x, count, shift, totals))
NMSW_BY_WIDTH(apply, apply_by,
              (const float* x, int64_t count, float mean, float scale, float slope, float* y),
              (x, count, mean, scale, slope, y))
NMSW_BY_WIDTH(add, add_by,
              (const FusedChannel* one, const FusedChannel* other, int64_t begin, int64_t end,
               float* y),
              (one, other, begin, end, y))
NMSW_BY_WIDTH(settle, settle_by,
              (const FusedChannel* channel, int64_t begin, int64_t end, float* y),
              (channel, begin, end, y))
NMSW_BY_WIDTH(add_gradients, add_gradients_by,
              (const float* x, const float* to_y, int64_t count, float mean, float scale,
               float slope, Totals* totals),
              (x, to_y, count, mean, scale, slope, totals))
NMSW_BY_WIDTH(write_gradient, write_gradient_by,
              (const float* x, const float* to_y, int64_t count, float mean, float scale,
               float slope, float plain, float product, float* to_x),
              (x, to_y, count, mean, scale, slope, plain, product, to_x))

}  // namespace

MomentSums moment_sums(const float* x, int64_t count) {
  double sample = 0;
  const int64_t step = std::max<int64_t>(1, count / kSample);
  int64_t taken = 0;
  for (int64_t i = 0; i < count; i += step, ++taken) sample += static_cast<double>(x[i]);
  const auto shift = static_cast<float>(sample / static_cast<double>(taken));
  Totals totals;
  add_moments(x, count, shift, &totals);
  const auto all = static_cast<double>(count);
  const double mean = totals.first / all;
  return {all, mean + static_cast<double>(shift), totals.second - mean * totals.first};
}

Moments channel_moments(const float* x, int64_t count, double epsilon) {
  return moment_sums(x, count).moments(epsilon);
}

void norm_activation(const float* x, int64_t count, Moments moments, float slope, float* y) {
  apply(x, count, moments.mean, moments.inverse_deviation, slope, y);
}

void add_channels(const FusedChannel& one, const FusedChannel& other, int64_t begin, int64_t end,
                  float* y) {
  add(&one, &other, begin, end, y);
}

void settle_channel(const FusedChannel& channel, int64_t begin, int64_t end, float* y) {
  settle(&channel, begin, end, y);
}

double norm_activation_gradient(const float* x, const float* to_y, int64_t count, Moments moments,
                                float slope, float* to_x) {
  Totals totals;
  add_gradients(x, to_y, count, moments.mean, moments.inverse_deviation, slope, &totals);
  const auto voxels = static_cast<double>(count);
  write_gradient(x, to_y, count, moments.mean, moments.inverse_deviation, slope,
                 static_cast<float>(totals.first / voxels),
                 static_cast<float>(totals.second / voxels), to_x);
  return totals.third;
}

}  // namespace nmsw
