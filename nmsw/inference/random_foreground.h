#pragma once

#include "nmsw/config/model_config.h"
#include "nmsw/inference/ranked_method.h"
#include "nmsw/model/nmsw_net.h"

namespace nmsw {

struct RandomForegroundSettings {
  int64_t k = 30;
  int64_t num_classes = 2;
  PassPlan plan;
  uint64_t seed = 0;
  MaskRule mask = MaskRule::any;
  PatchGeometry geometry;
};

/// The baseline RF (METHOD 3): patches at random among those that the coarse prediction does not
/// call background, then, once they are used up, among the others; never one twice. Merged with
/// class weights of 0.99995 for every class.
class RandomForeground final : public RankedMethod {
 public:
  RandomForeground(BackbonePtr local, BackbonePtr global, const RandomForegroundSettings& settings);

 protected:
  RankedPatches rank(const Tensor& volume) override;
  Backbone& local() override { return *local_; }

 private:
  BackbonePtr local_, global_;
  RandomForegroundSettings settings_;
};

}  // namespace nmsw
