#pragma once

#include <cstdint>

#include "nmsw/base/volume.h"
#include "nmsw/kernels/norm/mean_rstd.h"

namespace nmsw {

/// The two grids that a depth-wise 3×3×3 convolution with one voxel of zero padding connects: it
/// reads `fine` at steps of `stride` (1 or 2) and writes `coarse`, whose axes are
/// ceil(fine/stride). Its transpose goes the other way.
struct DepthwiseGrids {
  Int3 fine_dhw{0, 0, 0};
  Int3 coarse_dhw{0, 0, 0};
  int64_t stride = 1;
};

/// The grids of a convolution over `fine_dhw`.
DepthwiseGrids depthwise_grids(Int3 fine_dhw, int64_t stride);

// One channel of one volume each, contiguous float32 [D,H,W]; 27 weights, w fastest. Any extent
// from one voxel.

/// The convolution: coarse[i] = bias + Σ_k weight[k] · fine[stride·i − 1 + k], for the coarse
/// planes z0 … z1-1. Of each of them the moments are found while it is in the cache, unless
/// `moments` [planes] is null.
void depthwise_gather(const float* fine, const float* weight, float bias,
                      const DepthwiseGrids& grids, int64_t z0, int64_t z1, float* coarse,
                      MomentSums* moments = nullptr);

/// Its transpose: fine[o] = bias + Σ weight[k] · coarse[i] over all i and k with stride·i − 1 + k =
/// o, for the fine planes z0 … z1-1. Moments likewise.
void depthwise_scatter(const float* coarse, const float* weight, float bias,
                       const DepthwiseGrids& grids, int64_t z0, int64_t z1, float* fine,
                       MomentSums* moments = nullptr);

/// The gradient of both with respect to the weights: weight[k] += Σ_i coarse[i] · fine[stride·i − 1
/// + k], k < 27.
void depthwise_products(const float* fine, const float* coarse, const DepthwiseGrids& grids,
                        double* weight);

}  // namespace nmsw
