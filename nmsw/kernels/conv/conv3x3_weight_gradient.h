#pragma once

#include <cstdint>

#include "nmsw/kernels/conv/conv.h"

namespace nmsw {

/// Layout of zero-padded channels, which conv3x3_weight_gradient reads. `lead` floats from the start,
/// which should be 64-byte aligned, to the first channel; then `channel`, `plane` and `pitch`
/// floats from one channel, plane and row to the next.
struct PaddedGrid {
  int64_t pitch = 0;
  int64_t plane = 0;
  int64_t channel = 0;
  int64_t lead = 0;
  explicit PaddedGrid(Int3 extent_dhw);
  /// Floats for so many channels.
  int64_t size(int64_t channels) const;
};

/// Copies one channel of `volume` [C,D,H,W] into its place in `padded`, with its padding; the call
/// for the last channel also zeroes the tail. Thread-safe for different channels.
void pad_channel(const float* volume, Int3 extent_dhw, int64_t channel, int64_t channels,
                 float* padded);

/// Output channels per call of conv3x3_weight_gradient.
inline constexpr int64_t kProductChannels = 6;

/// Weight gradient of ConvKind::same: weight[o,c,k] += Σ_i gradient[o,i] · in[c, i − 1 + k] for one
/// input channel c and the output channels first … first + kProductChannels - 1, as far as they
/// exist. Both volumes are padded; `weight` is [O,I,27]. Thread-safe for different c or `first`.
void conv3x3_weight_gradient(const float* padded_in, const float* padded_gradient,
                             const ConvShape& shape, int64_t c, int64_t first, double* weight);

}  // namespace nmsw
