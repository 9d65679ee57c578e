#pragma once

#include <cstdint>

#include "nmsw/base/volume.h"
#include "nmsw/kernels/norm/mean_rstd.h"

namespace nmsw {

/// The two grids of a depthwise 3×3×3 convolution with zero padding 1: it reads `fine` with
/// `stride` 1 or 2 and writes `coarse`, whose axes are ceil(fine/stride). The transpose goes from
/// coarse to fine.
struct DepthwiseGrids {
  Int3 fine_dhw{0, 0, 0};
  Int3 coarse_dhw{0, 0, 0};
  int64_t stride = 1;
};

/// Grids of a convolution over `fine_dhw`.
DepthwiseGrids depthwise_grids(Int3 fine_dhw, int64_t stride);

// Each call works on one channel of one volume: contiguous float32 [D,H,W] with any extent from one
// voxel, and 27 weights [3,3,3]. Calls for different planes of the output may run at the same time.

/// Convolution: coarse[i] = bias + Σ_k weight[k] · fine[stride·i − 1 + k] for the coarse planes z0
/// … z1-1. moments: [coarse planes], statistics of each plane written, taken while it is in the
/// cache; or null.
void depthwise_gather(const float* fine, const float* weight, float bias,
                      const DepthwiseGrids& grids, int64_t z0, int64_t z1, float* coarse,
                      MomentSums* moments = nullptr);

/// Transpose: fine[o] = bias + Σ weight[k] · coarse[i] over all i and k with stride·i − 1 + k = o,
/// for the fine planes z0 … z1-1. moments: [fine planes], likewise.
void depthwise_scatter(const float* coarse, const float* weight, float bias,
                       const DepthwiseGrids& grids, int64_t z0, int64_t z1, float* fine,
                       MomentSums* moments = nullptr);

/// Weight gradient of both: weight[k] += Σ_i coarse[i] · fine[stride·i − 1 + k], k < 27.
void depthwise_products(const float* fine, const float* coarse, const DepthwiseGrids& grids,
                        double* weight);

}  // namespace nmsw
