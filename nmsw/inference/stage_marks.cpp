#include "nmsw/inference/stage_marks.h"

#include <torch/version.h>

// Events tell times from LibTorch 2.4 on; before, each mark waits for the device.
#if TORCH_VERSION_MAJOR > 2 || (TORCH_VERSION_MAJOR == 2 && TORCH_VERSION_MINOR >= 4)
#define NMSW_TIMED_EVENTS
#include <c10/core/Event.h>
#include <c10/core/impl/VirtualGuardImpl.h>
#endif

namespace nmsw {

#ifdef NMSW_TIMED_EVENTS

struct StageMarks::Queued {
  torch::Device device;
  std::vector<c10::Event> events;
  std::vector<double*> stages;

  explicit Queued(torch::Device on) : device(on) { record(nullptr); }

  void record(double* stage) {
    events.emplace_back(device.type(), c10::EventFlag::BACKEND_DEFAULT);
    events.back().record(c10::impl::VirtualGuardImpl(device.type()).getStream(device));
    stages.push_back(stage);
  }
  void settle() {
    constexpr double kMilliseconds = 1e-3;
    events.back().synchronize();
    for (size_t i = 1; i < events.size(); ++i) {
      if (stages[i] != nullptr) *stages[i] += kMilliseconds * events[i - 1].elapsedTime(events[i]);
    }
    events.erase(events.begin(), events.end() - 1);
    stages.assign(1, nullptr);
  }
};

StageMarks::StageMarks(torch::Device device, SecondsClock now)
    : clock_(device, std::move(now)),
      queued_(device.is_cuda() ? std::make_unique<Queued>(device) : nullptr) {}

#else

struct StageMarks::Queued {
  void record(double*) {}
  void settle() {}
};

StageMarks::StageMarks(torch::Device device, SecondsClock now) : clock_(device, std::move(now)) {}

#endif

StageMarks::~StageMarks() = default;

void StageMarks::mark(double* stage) {
  if (queued_) return queued_->record(stage);
  const double seconds = clock_.lap();
  if (stage != nullptr) *stage += seconds;
}

void StageMarks::settle() {
  if (queued_) queued_->settle();
}

}  // namespace nmsw
