#pragma once

#include "nmsw/sampling/patch_draw.h"

namespace nmsw {

/// K independent Gumbel-softmax draws from softmax(scores): nothing is taken out between them, so
/// that a patch can come several times.
///
/// scores   [B,P] masked scores
/// noise    [K,B,P] Gumbel noise, K draws
/// tau      softmax temperature, above 0; never changes what is drawn
TopKDraw draws_with_replacement(const Tensor& scores, const Tensor& noise, double tau);

}  // namespace nmsw
