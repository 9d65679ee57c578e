#pragma once

#include <tuple>

#include "nmsw/config/mednext_config.h"
#include "nmsw/config/nnunet_config.h"
#include "nmsw/config/segformer3d_config.h"
#include "nmsw/config/swin_unetr_config.h"
#include "nmsw/config/torchscript_config.h"
#include "nmsw/config/umamba_bot_config.h"
#include "nmsw/config/unet_config.h"
#include "nmsw/config/unetr_pp_config.h"

namespace nmsw {

/// Every backbone, those of the paper first. A new one is a header beside this file, which says
/// what `network_config.h` asks for, a source in nmsw/backbones, which makes the network, and its
/// name here.
using BackboneConfigs =
    std::tuple<UNetConfig, MedNeXtConfig, SwinUnetrConfig, NnUnetConfig, NnUnetResEncConfig,
               SegFormer3dConfig, UnetrPpConfig, UMambaBotConfig, TorchScriptConfig>;

/// Calls add(Config{}) for each of them.
template <class Add>
void for_each_backbone(Add add) {
  std::apply([&](auto... configs) { (add(configs), ...); }, BackboneConfigs{});
}

}  // namespace nmsw
