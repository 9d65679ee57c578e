#pragma once

#include <vector>

#include "nmsw/tensor/tensor.h"

namespace nmsw {

/// A crop of the volume that went through the local network for one class.
struct CropLogits {
  int64_t label = 0;  ///< the class it was cut for
  Int3 start_dhw{0, 0, 0}, size_dhw{0, 0, 0};
  Tensor logits;  ///< float32 [1,C,d,h,w], no axis larger than the crop's
};

/// Label map of crops as zoom-out merges them (METHOD 3): the output's logits start at 0, the
/// background's at 1e-4; where a crop's own logits, brought up to its size, have their arg max at
/// its class, all of them are added; the arg max of the sums is the label.
///
/// A voxel that one crop alone claims gets that crop's class at once. Sums are made for voxels only
/// that several claim, so that no tensor of the volume's logits is ever held; the crops' own logits
/// stay until then. The background's 1e-4 counts in a crop's own arg max already: one whose class
/// leads the background by less claims nothing, where the authors still add it to what others
/// claim.
class CropVotes {
 public:
  CropVotes(Int3 extent_dhw, const torch::Device& device);

  /// Crops come in the order in which they are summed. Throws ShapeError where one leaves the
  /// volume.
  void add(CropLogits crop);

  /// uint8 [D,H,W] on the device.
  Tensor labels();

 private:
  void settle(const Tensor& voxels);

  Int3 extent_;
  Tensor labels_, contested_;
  std::vector<CropLogits> crops_;
};

}  // namespace nmsw
