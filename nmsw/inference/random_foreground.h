#pragma once

#include "nmsw/config/model_config.h"
#include "nmsw/inference/inference_method.h"
#include "nmsw/model/nmsw_net.h"

namespace nmsw {

struct RandomForegroundSettings {
  int64_t k = 30;
  int64_t num_classes = 2;
  int64_t batch = 1;
  uint64_t seed = 0;
  MaskRule mask = MaskRule::any;
  PatchGeometry geometry;
};

/// The baseline RF (spec 3): patches at random among those that the coarse prediction does not call background, then,
/// once they are used up, among the others; never one twice. Merged with class weights of 0.99995 for every class.
class RandomForeground final : public RankedMethod {
 public:
  RandomForeground(BackbonePtr local, BackbonePtr global, const RandomForegroundSettings& settings);
  Segmentation segment(const Tensor& volume) override;
  std::vector<Segmentation> segment_at(const Tensor& volume,
                                       const std::vector<int64_t>& k_list) override;

 private:
  BackbonePtr local_, global_;
  RandomForegroundSettings settings_;
};

}  // namespace nmsw
