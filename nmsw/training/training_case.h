#pragma once

#include <memory>
#include <string>
#include <vector>

#include "nmsw/base/seed.h"
#include "nmsw/config/training_config.h"
#include "nmsw/tensor/tensor.h"

namespace nmsw {

/// A case as training sees it.
struct TrainingCase {
  std::string case_id;
  Tensor image;  ///< float32 [1,Cin,D,H,W]
  Tensor label;  ///< uint8 [1,1,D,H,W]
  /// Linear indices of the label's foreground voxels, class by class, so that drawing one costs
  /// nothing.
  std::vector<int32_t> foreground;
  /// Where each class that the label has begins in `foreground`, in order, and its end.
  std::vector<int32_t> class_begins;
};

/// Makes the foreground list. Throws ShapeError unless image and label fit, DataError above 2^31
/// voxels.
TrainingCase make_training_case(std::string case_id, const Tensor& image, const Tensor& label);

/// Cases by number; what they come from is the caller's business.
class TrainingCases {
 public:
  virtual ~TrainingCases() = default;
  virtual int64_t count() const = 0;
  virtual std::shared_ptr<const TrainingCase> get(int64_t index) = 0;
};

/// Which centres random patches get: around the foreground with this probability, else around the
/// background.
struct PatchDraw {
  double positive_share = 0;
  ForegroundDraw foreground = ForegroundDraw::voxel;
};

/// First voxel of a random patch (METHOD 3), centred on a random foreground or background voxel,
/// moved so that the patch stays inside. Advances `state`.
Int3 random_patch_start(const TrainingCase& sample, Int3 patch_dhw, const PatchDraw& draw,
                        uint64_t& state);

}  // namespace nmsw
