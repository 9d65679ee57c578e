#pragma once

#include "nmsw/inference/ranked_pass.h"

namespace nmsw {

/// A volume whose first k patches are about to go through a network.
struct PatchPass {
  RankedPatches ranked;
  Backbone* local = nullptr;
  int64_t k = 0;
};

/// A method whose result is the arg max of blended logits, so that an ensemble can average its
/// probabilities.
class PatchedMethod : public InferenceMethod {
 public:
  PatchedMethod* as_patched() final { return this; }

  /// Everything up to the first patch; volume [1,Cin,D,H,W]. Called without gradients. The pass
  /// must not outlive the method.
  virtual PatchPass begin(const Tensor& volume) = 0;
};

}  // namespace nmsw
