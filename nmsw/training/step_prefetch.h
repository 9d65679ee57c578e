#pragma once

#include "nmsw/base/ordered_prefetch.h"
#include "nmsw/training/trainer.h"

namespace nmsw {

/// The inputs of a training's steps in order, made ahead in worker threads: the case is drawn,
/// loaded, augmented, and cropped to what the scheme reads of it. A step's input depends on (seed,
/// epoch, iteration) alone, never on the number of workers. For a CUDA device the tensors lie in
/// pinned memory. One thread takes the inputs.
class StepPrefetch {
 public:
  /// From step `first` on, counted over all epochs. What is passed must outlive this.
  StepPrefetch(const Scheme& scheme, TrainingCases& cases, const TrainerSettings& settings,
               int64_t first);

  /// Of the next step; throws what loading its case threw.
  StepInput next() { return inputs_.next(); }
  double waited_seconds() const { return inputs_.waited_seconds(); }

 private:
  StepInput input_of(int64_t step) const;

  const Scheme& scheme_;
  TrainingCases& cases_;
  const TrainerSettings& settings_;
  OrderedPrefetch<StepInput> inputs_;
};

}  // namespace nmsw
