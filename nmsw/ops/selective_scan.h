#pragma once

#include "nmsw/tensor/tensor.h"

namespace nmsw {

/// The recurrence of a selective state-space model (Gu and Dao 2023), METHOD 1.9: with h before the
/// first token 0,
///   h_l = exp(step_l · rate) ∘ h_{l-1} + (step_l · input_l) · entry_l,   output_l = h_l · exit_l.
/// input, step [N,L,E], rate [E,S], entry, exit [N,L,S] → [N,L,E], all of one floating type.
/// Differentiable once in all five. One token after the other; memory grows with L·E·S. Throws
/// ShapeError.
Tensor selective_scan(const Tensor& input, const Tensor& step, const Tensor& rate,
                      const Tensor& entry, const Tensor& exit);

}  // namespace nmsw
