#pragma once

#include "nmsw/sampling/patch_draw.h"

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
///          samples of Y[k,b,p]·Z[b,q]/sigma. With baseline leave_one_out what the gradient finds
///          a sample worth, <G,Y>, is compared with the mean of the others: the same expectation,
///          less variance; ConfigError for fewer than two samples
/// hard     the picks of the first sample, so that their expectation is that of `soft`
/// index    likewise
TopKDraw perturbed_top_k(const Tensor& scores, const Tensor& noise, int64_t k, double sigma,
                         PerturbationBaseline baseline = PerturbationBaseline::none);

/// Scores of each row scaled to 0..1: (s - min)/(max - min + 1e-5) over the patches that are not
/// background; those lie log of the smallest float below. scores [B,P]; background bool [P] or
/// undefined.
Tensor min_max_scores(const Tensor& scores, const Tensor& background);

/// The noise's scale after that share of the epochs: linear from the first to the last value. The
/// last epoch begins before the end, so that it is above 0 even where the last value is 0.
double perturbation_sigma(const ModelConfig& config, double progress);

/// The picks in training, as configured. They are those of the first sample, in the order of their
/// index, never a blend of patches weighted by `soft` as Cordonnier et al. train on, which would be
/// no CT.
TopKDraw draw_perturbed(const ModelConfig& config, const DrawRequest& request);

}  // namespace nmsw
