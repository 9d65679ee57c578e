#pragma once

#include "nmsw/sampling/gumbel_top_k.h"

namespace nmsw {

/// Top-k as a perturbed optimiser (Berthet et al. 2020; for patches Cordonnier et al. 2021). Every
/// sample adds Gaussian noise of its own to the scores and takes the k largest, in the order of
/// their index.
///
/// scores   [B,P] masked scores
/// noise    [S,B,P] standard normal, S samples
/// k        1 <= k <= P, ConfigError otherwise
/// sigma    what the noise is multiplied by, above 0
///
/// soft     [K,B,P] share of the samples whose pick number k is candidate p: estimates
///          E[Y(scores + sigma·Z)]. Its gradient is not that of the shares, which are flat, but
///          Berthet's estimate of the expectation's: ∂soft[k,b,p]/∂scores[b,q] = mean over the
///          samples of Y[k,b,p]·Z[b,q]/sigma
/// hard     the picks of the first sample, so that their expectation is that of `soft`
/// index    likewise
TopKDraw perturbed_top_k(const Tensor& scores, const Tensor& noise, int64_t k, double sigma);

}  // namespace nmsw
