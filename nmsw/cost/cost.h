#pragma once

#include <cstdint>
#include <limits>
#include <string>

#include "nmsw/base/volume.h"
#include "nmsw/config/model_config.h"
#include "nmsw/config/unet_config.h"
#include "nmsw/cost/patch_count.h"

namespace nmsw {

/// What no closed form gives; it makes every sum that it enters unknown too.
constexpr double kUnknown = std::numeric_limits<double>::quiet_NaN();

/// Work and size of a network or a method, in closed form. 1 MAC is one multiply-accumulate (not
/// one FLOP). Without suffix: what is computed (convolutions, linear layers and attention products;
/// a transposed convolution counts each of its input voxels once) and every parameter. `_paper`:
/// the convention that reproduces Table 2, that of `thop` (METHOD 5.1): a transposed convolution is
/// charged per output voxel, norms, activations and softmax are counted by element, attention
/// products are not; parameters that thop cannot see are missing.
struct Cost {
  double macs = 0;
  double macs_paper = 0;
  double params = 0;
  double params_paper = 0;
};

/// Two networks side by side: everything adds up.
Cost operator+(const Cost& a, const Cost& b);
/// The same network used `times` times: only the MACs grow.
Cost operator*(const Cost& cost, double times);

/// One forward pass of the UNet of METHOD 1.1 over `extent` (any axis order) at any widths and
/// strides. Throws ConfigError for lists of different lengths, a strided bottleneck or an extent
/// that the strides do not divide.
Cost unet_cost(const UNetConfig& config, int64_t in_channels, int64_t num_classes, Int3 extent);

/// The score head of METHOD 2.3 on `cells` patches: 1x1x1 convolutions C→C/2→C/2→1→1 on C =
/// `feature_channels`.
Cost score_head_cost(int64_t feature_channels, int64_t cells);

/// The released aggregation's convolutions on one patch (METHOD 2.9 a): 3x3x3 with bias, 2C→2C,
/// 2C→2C, 2C→C, C→C on C = `num_classes`. Both conventions count them alike.
Cost conv_aggregation_cost(int64_t num_classes, Int3 patch);

/// What `method_cost` puts together.
struct MethodCostInput {
  /// One of nmsw/config/methods.h that runs a network.
  std::string method;
  /// One patch through the local network.
  Cost local_patch;
  /// The coarse volume through the global network; zero for a local network alone.
  Cost global_pass;
  /// Candidate patches of the volume; what sliding_window visits.
  int64_t patches_total = 0;
  /// Patches through the local network: k for random_foreground and nmsw, one a foreground class
  /// for zoom_out.
  int64_t patches_used = 0;
  /// With background.
  int64_t num_classes = 0;
  /// Channels of the global feature that the score head reads.
  int64_t score_channels = 0;
  AggregationKind aggregation = AggregationKind::class_weight;
  /// Voxels of a patch; what the convolutional aggregation runs on.
  Int3 patch{0, 0, 0};
};

/// Cost of segmenting one volume. True figures: sliding_window runs no global pass and no second
/// network; zoom_out and random_foreground have the global pass and the patches; nmsw the score
/// head and its aggregation's parameters and convolutions too. Paper's figures (Table 2): every
/// method, sliding_window included, is charged the global pass; parameters are those of both
/// networks, of the local one alone for sliding_window. Throws ConfigError for an unknown method.
Cost method_cost(const MethodCostInput& input);

/// Time for so many MACs at a measured rate of 10^9 MACs a second. Throws ConfigError when the rate
/// is not above 0.
double predicted_seconds(double macs, double gigamacs_per_second);

}  // namespace nmsw
