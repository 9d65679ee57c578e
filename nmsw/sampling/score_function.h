#pragma once

#include "nmsw/sampling/patch_draw.h"

namespace nmsw {

/// Something whose gradient to the scores, where L are losses without gradient of S draws, is
/// Σ_s (L_s - b_s)·∇log p_s / S: an unbiased estimate of the gradient of the expected loss for any
/// baseline b that the draw does not decide (REINFORCE, Williams 1992). Its value is 0, so that the
/// losses it is added to stay comparable. log_prob, loss, baseline: [S] or scalars.
Tensor score_function_term(const Tensor& log_prob, const Tensor& loss, const Tensor& baseline);

/// The same from S >= 2 draws of one case, each compared with the mean of the others, which is
/// (L_s - mean L)·S/(S-1). Throws ConfigError for fewer.
Tensor leave_one_out_term(const Tensor& log_prob, const Tensor& loss);

/// How much of a running baseline stays in a step.
inline constexpr double kBaselineDecay = 0.9;

/// A running baseline that nothing was seen by yet: double [2], the mean and whether there is one.
Tensor fresh_baseline();

/// The baseline to be used for `value`, which is the mean before this step, or in the first step
/// the value itself; takes the value into the mean afterwards. Scalars; never waits for a device.
Tensor next_baseline(Tensor& state, const Tensor& value, double decay = kBaselineDecay);

/// Draws from softmax(scores) with their log probability. noise as from draw_noise: [S,1 or K,B,P],
/// S draws.
TopKDraw draw_score_function(const ModelConfig& config, const DrawRequest& request);

}  // namespace nmsw
