#pragma once

#include <memory>

#include "nmsw/backbones/unet.h"
#include "nmsw/model/nmsw_net.h"

namespace nmsw::testing {

/// A UNet twice inside NMSW: 3 classes, patches of 16 voxels, the same weights for the same seed.
inline std::shared_ptr<NmswNet> small_net(const ModelConfig& config = {}, uint64_t seed = 5) {
  torch::manual_seed(seed);
  const UNetConfig unet{{4, 8, 8}, {2, 2, 1}};
  return std::make_shared<NmswNet>(std::make_shared<UNet>(unet, 1, 3),
                                   std::make_shared<UNet>(unet, 1, 3), 3, config,
                                   PatchGeometry{{16, 16, 16}, {2, 2, 2}, 0.5});
}

}  // namespace nmsw::testing
