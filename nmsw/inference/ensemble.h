#pragma once

#include <memory>
#include <vector>

#include "nmsw/inference/inference_method.h"

namespace nmsw {

/// Several trained networks as one method: the label is the arg max of the mean of their class
/// probabilities. The networks go through the volume side by side, so that the probabilities of a
/// few blocks only are held at a time. Each chooses its own patches.
class Ensemble final : public InferenceMethod {
 public:
  /// plan   how the patches of every member go through.
  /// Throws ConfigError for no member, or one that gives labels only.
  Ensemble(std::vector<std::unique_ptr<InferenceMethod>> members, const PassPlan& plan);

  /// The picks of all members, one after the other. Throws ShapeError where the members differ in
  /// their classes.
  Segmentation segment(const Tensor& volume) override;

  /// Memory of the blocks that waited for another member, at most, in the last segmentation.
  int64_t most_waiting_bytes() const { return most_waiting_bytes_; }

 private:
  std::vector<std::unique_ptr<InferenceMethod>> members_;
  PassPlan plan_;
  int64_t most_waiting_bytes_ = 0;
};

}  // namespace nmsw
