#pragma once

#include <cstdint>

#include "nmsw/kernels/conv/conv3x3_same.h"

namespace nmsw {

/// A copy of channels with zeros around them, which the kernel below reads. From its start, which
/// should lie at a multiple of 64 bytes, `lead` floats to the first channel; then channel behind
/// channel, `plane` floats from one plane to the next, `pitch` from row to row.
struct PaddedGrid {
  int64_t pitch = 0;
  int64_t plane = 0;
  int64_t channel = 0;
  int64_t lead = 0;
  explicit PaddedGrid(Int3 extent_dhw);
  /// Floats that `channels` of them need.
  int64_t size(int64_t channels) const;
};

/// Copies one channel of `volume` [C,D,H,W] to where it belongs in `padded`, zeros around it
/// included; the last one's call also clears the floats behind it.
void pad_channel(const float* volume, Int3 extent_dhw, int64_t channel, int64_t channels,
                 float* padded);

/// Output channels that one call of planar_conv_products works on.
inline constexpr int64_t kProductChannels = 6;

/// The weight gradient of planar_conv: weight[o,c,k] += Σ_i gradient[o,i] · in[c, i − 1 + k] for
/// one input channel c and the output channels first … first + kProductChannels - 1, as far as
/// there are. Both volumes are padded; `weight` is [O,I,27].
void planar_conv_products(const float* padded_in, const float* padded_gradient,
                          const PlanarConvShape& shape, int64_t c, int64_t first, double* weight);

}  // namespace nmsw
