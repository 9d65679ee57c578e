#pragma once

#include "nmsw/sampling/patch_draw.h"

namespace nmsw {

/// Logarithm of the attention over the patches [B,P]: (1 - smoothing)·softmax(scores) +
/// smoothing/P. Throws ConfigError for a smoothing outside 0..1.
Tensor log_attention(const Tensor& scores, double smoothing);

/// Estimate [D] of the attention's mean of features, Σ a_l f_l, from M drawn patches
/// (Katharopoulos and Fleuret 2019). Value and gradients, to the attention and to the features, are
/// unbiased over the draws. With a_m, f_m of the m-th drawn patch and p_m = 1 - Σ_{j<m} a_j:
///
///   with replacement  value Σ f_m / M,     ∂/∂f_m: 1/M,  ∂/∂a: f_m / (M a_m) for each draw
///   without           value Σ w_m f_m,     ∂/∂f_m: w_m,  ∂/∂a_m: w_m f_m / a_m,
///                     w_m = ((M - m)·a_m + p_m) / M
///
/// (The gradient without replacement is not the one of the authors' library, whose mean is not the
/// gradient, nor that of the value's formula.)
///
/// attention [P], features [P,D], index int64 [M] in the order of the draw.
Tensor attention_estimate(const Tensor& attention, const Tensor& features, const Tensor& index,
                          bool with_replacement);

/// a/stop(a) [K,B] of the attention a at drawn patches [K,B]: exactly 1 in value, ∂/∂score_l =
/// 1[l drawn] - softmax_l without smoothing. What each patch adds to the merged logits times this
/// gives the scores the gradient of attention sampling. Takes the logarithm of the attention [B,P].
Tensor attention_ratio(const Tensor& log_attention, const Tensor& index);

/// Patches drawn from the attention, with or without replacement, and their ratio. noise as from
/// draw_noise, [1,B,P] or [K,B,P].
TopKDraw draw_attention(const ModelConfig& config, const DrawRequest& request);

}  // namespace nmsw
