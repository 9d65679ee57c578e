#pragma once

#include "nmsw/base/config_fields.h"

namespace nmsw {

/// Swin-UNETR of spec 1.3: patch size 2, four stages, MONAI's "merging" patch merging.
struct SwinUnetrConfig {
  int64_t feature_size = 24;
  std::vector<int64_t> depths{2, 2, 2, 2};
  std::vector<int64_t> heads{3, 6, 12, 24};
  int64_t window = 7;
  int64_t mlp_ratio = 4;
};

template <class Visitor>
void visit_fields(SwinUnetrConfig& config, Visitor& v) {
  v.field("feature_size", config.feature_size, positive,
          "channels of the patch embedding, doubled at each stage");
  v.field("depths", config.depths, positive, "transformer blocks of each stage, 4 values");
  v.field("heads", config.heads, positive, "attention heads of each stage, 4 values");
  v.field("window", config.window, positive, "side of the attention windows");
  v.field("mlp_ratio", config.mlp_ratio, positive,
          "hidden channels of the MLPs, as a multiple of their input");
}

}  // namespace nmsw
