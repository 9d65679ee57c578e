#pragma once

#include "nmsw/inference/inference_method.h"
#include "nmsw/model/nmsw_net.h"

namespace nmsw {

/// The baseline zoom-out (spec 3): for each class that the up-sampled coarse prediction shows, its bounding box, grown to
/// a patch where smaller and resized to a patch where larger, goes through the local network; voxels of that class take
/// the argmax of the result, the others stay background.
class ZoomOut final : public InferenceMethod {
 public:
  ZoomOut(BackbonePtr local, BackbonePtr global, const PatchGeometry& geometry,
          Precision precision = Precision::fp32);
  Segmentation segment(const Tensor& volume) override;

 private:
  BackbonePtr local_, global_;
  PatchGeometry geometry_;
  Precision precision_;
};

}  // namespace nmsw
