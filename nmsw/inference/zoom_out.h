#pragma once

#include "nmsw/backbones/backbone.h"
#include "nmsw/config/precision.h"
#include "nmsw/inference/inference_method.h"
#include "nmsw/model/patch_geometry.h"

namespace nmsw {

struct ZoomOutSettings {
  PatchGeometry geometry;
  Precision precision = Precision::fp32;
  /// Every class gets a box of a patch's size, spread over the volume, whatever the coarse
  /// prediction shows: for timing networks with drawn weights, whose classes are noise in the whole
  /// volume.
  bool spread_boxes = false;
};

/// The baseline zoom-out (METHOD 3): each class that the up-sampled coarse prediction shows gets
/// its bounding box, grown to a patch where smaller and resized to a patch where larger, which goes
/// through the local network. The coarse prediction decides the boxes alone: which voxels are the
/// class the crop's own logits say (CropVotes), inside and outside the coarse organ.
class ZoomOut final : public InferenceMethod {
 public:
  ZoomOut(BackbonePtr local, BackbonePtr global, int64_t num_classes,
          const ZoomOutSettings& settings);
  /// Its picks are the crops: `patch_index` is the class. Holds the logits of every crop.
  Segmentation segment(const Tensor& volume) override;

 private:
  BackbonePtr local_, global_;
  int64_t num_classes_;
  ZoomOutSettings settings_;
};

}  // namespace nmsw
