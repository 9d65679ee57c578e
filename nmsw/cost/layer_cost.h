#pragma once

#include <cstdint>

#include "nmsw/base/volume.h"
#include "nmsw/cost/cost.h"

namespace nmsw {

/// Voxels of a grid as a number that cannot overflow.
double voxels_in(Int3 extent);

/// Extent of every axis divided by `factor`, rounded up (what a padded strided convolution gives).
Int3 divided_by(Int3 extent, int64_t factor);
Int3 multiplied_by(Int3 extent, int64_t factor);

/// Throws ConfigError, naming the network, unless every axis is a multiple.
void require_multiple(const char* network, Int3 extent, int64_t multiple);

enum class Bias { none, one_per_channel };

/// A convolution to `out_extent`. Both conventions charge out voxels · out · in/groups · kernel³.
struct ConvShape {
  int64_t in = 0;
  int64_t out = 0;
  int64_t kernel = 1;
  int64_t groups = 1;
  Bias bias = Bias::one_per_channel;
};
Cost conv_cost(const ConvShape& shape, Int3 out_extent);

/// A transposed convolution. True: in voxels · in · out/groups · kernel³. thop takes it for a
/// convolution and charges out voxels · out · in/groups · kernel³.
Cost transposed_conv_cost(const ConvShape& shape, Int3 in_extent, Int3 out_extent);

/// InstanceNorm without affine parameters: thop charges 2 an element.
Cost instance_norm_cost(int64_t channels, Int3 extent);

/// The same with a scale and an offset a channel: thop charges 4.
Cost affine_instance_norm_cost(int64_t channels, Int3 extent);

/// PReLU with one slope: thop charges 1 an element.
Cost prelu_cost(int64_t channels, Int3 extent);

/// A linear layer on so many tokens.
Cost linear_cost(int64_t in, int64_t out, Bias bias, double tokens);

/// LayerNorm with a scale and an offset a channel: thop charges 4 an element.
Cost layer_norm_cost(int64_t channels, double tokens);

/// Batch norm with its scale and offset: thop charges 4 an element.
Cost batch_norm_cost(int64_t channels, Int3 extent);

/// A trilinear resizing module: thop charges 31 a value. Nothing of it counts as MACs.
Cost trilinear_cost(int64_t channels, Int3 out_extent);

}  // namespace nmsw
