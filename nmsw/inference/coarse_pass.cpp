#include "nmsw/inference/coarse_pass.h"

#include "nmsw/model/global_view.h"
#include "nmsw/tensor/patch_ops.h"

namespace nmsw {

CoarsePass coarse_pass(const Tensor& volume, Backbone& global, const PatchGeometry& geometry,
                       Precision precision) {
  check_shape(volume, {1, kAnySize, kAnySize, kAnySize, kAnySize}, "volume");
  CoarsePass pass;
  pass.extent_dhw = extent_dhw(volume);
  const PaddedVolume padded = pad_centred(volume, at_least(pass.extent_dhw, geometry.patch_dhw));
  pass.volume = padded.volume;
  pass.offset_dhw = padded.offset_dhw;
  pass.logits = global_view(padded.volume, global, geometry, precision).logits.contiguous();
  return pass;
}

}  // namespace nmsw
