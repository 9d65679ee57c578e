#include "nmsw/inference/coarse_pass.h"

#include "nmsw/backbones/mixed_precision.h"
#include "nmsw/tensor/patch_ops.h"
#include "nmsw/tensor/resize.h"

namespace nmsw {

CoarsePass coarse_pass(const Tensor& volume, Backbone& global, const PatchGeometry& geometry,
                       Precision precision) {
  check_shape(volume, {1, kAnySize, kAnySize, kAnySize, kAnySize}, "volume");
  Int3 multiple = geometry.rate_dhw;
  for (int64_t& size : multiple) size *= global.size_multiple();
  CoarsePass pass;
  pass.extent_dhw = extent_dhw(volume);
  const PaddedVolume padded =
      pad_centred(volume, round_up(at_least(pass.extent_dhw, geometry.patch_dhw), multiple));
  pass.volume = padded.volume;
  pass.offset_dhw = padded.offset_dhw;
  const Int3 coarse = coarse_extent(extent_dhw(padded.volume), geometry.rate_dhw);
  pass.logits = forward_in(precision, global, resize_trilinear(padded.volume, coarse)).logits;
  return pass;
}

}  // namespace nmsw
