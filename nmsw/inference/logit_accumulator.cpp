#include "nmsw/inference/logit_accumulator.h"

#include <algorithm>

#include "nmsw/aggregation/aggregate.h"
#include "nmsw/tensor/patch_ops.h"
#include "nmsw/tensor/resize.h"

namespace nmsw {

LogitAccumulator::LogitAccumulator(int64_t num_classes, Int3 extent, const Tensor& importance)
    : importance_(importance),
      sum_(torch::zeros({1, num_classes, extent[0], extent[1], extent[2]}, importance.options())),
      weight_(torch::zeros({extent[0], extent[1], extent[2]}, importance.options())) {}

void LogitAccumulator::add(const Tensor& patch_logits, Int3 start) {
  const Int3 size = extent_dhw(importance_);
  crop(sum_[0], start, size).addcmul_(patch_logits, importance_);
  crop(weight_, start, size).add_(importance_);
}

Tensor LogitAccumulator::mean() const { return sum_ / weight_; }

Tensor LogitAccumulator::plane_logits(const Coarse& coarse, const Tensor& yielding, int64_t d0,
                                      int64_t d1) const {
  Tensor planes = sum_.narrow(2, d0, d1 - d0);
  const Tensor weight = weight_.narrow(0, d0, d1 - d0);
  // Where no patch lies the sum is 0 as well, so any divisor will do.
  if (coarse.blend == OverlapBlend::normalised) {
    planes = planes / weight.masked_fill(weight == 0, 1.0);
  }
  if (!coarse.logits.defined()) return planes;
  const Tensor up = upsample_planes(yielding, coarse.rate_dhw, d0, d1);
  if (coarse.class_weight.defined()) return coarse.class_weight * planes + up;
  return planes + up * (weight == 0);
}

Tensor LogitAccumulator::labels(const Coarse& coarse) const {
  Tensor yielding = coarse.logits;
  if (coarse.logits.defined() && coarse.class_weight.defined()) {
    yielding = yield_to_patches(coarse.logits, weight_ > 0, coarse.rate_dhw, coarse.class_weight);
  }
  const int64_t depth = weight_.size(0);
  Tensor labels = torch::empty(weight_.sizes(), torch::kByte);
  for (int64_t d0 = 0; d0 < depth; d0 += kPlanesAtOnce) {
    const int64_t d1 = std::min(depth, d0 + kPlanesAtOnce);
    labels.narrow(0, d0, d1 - d0).copy_(plane_logits(coarse, yielding, d0, d1)[0].argmax(0));
  }
  return labels;
}

}  // namespace nmsw
