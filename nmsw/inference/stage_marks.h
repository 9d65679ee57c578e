#pragma once

#include <memory>
#include <vector>

#include "nmsw/inference/stage_clock.h"

namespace nmsw {

/// A clock for loops that keep a device busy. On the CPU a mark adds the time since the last one to
/// a stage at once. On a CUDA device it only leaves an event in the device's queue, so that nothing
/// waits; settle() waits once and adds up what lies between the events.
class StageMarks {
 public:
  explicit StageMarks(torch::Device device, SecondsClock now = steady_seconds);
  ~StageMarks();
  StageMarks(const StageMarks&) = delete;
  StageMarks& operator=(const StageMarks&) = delete;

  /// What passed since the last mark belongs to `stage`, which must outlive settle(); null: to
  /// none.
  void mark(double* stage);

  /// Every mark so far is in its stage when this returns.
  void settle();

 private:
  struct Queued;
  StageClock clock_;
  std::unique_ptr<Queued> queued_;  ///< null where marks count at once
};

}  // namespace nmsw
