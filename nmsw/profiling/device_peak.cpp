#include "nmsw/profiling/device_peak.h"

#include <atomic>

#include <c10/core/Allocator.h>

namespace nmsw {

namespace {

/// The type of totals is int64_t in LibTorch 1.13 and size_t in 2.x.
template <class Report>
struct TotalOf;
template <class Total>
struct TotalOf<void (c10::MemoryReportingInfoBase::*)(void*, int64_t, Total, Total, c10::Device)> {
  using Type = Total;
};
using Total = TotalOf<decltype(&c10::MemoryReportingInfoBase::reportMemoryUsage)>::Type;

}  // namespace

class DevicePeak::Watcher final : public c10::MemoryReportingInfoBase {
 public:
  explicit Watcher(torch::Device device) : device_(device) {}

  void reportMemoryUsage(void* /*pointer*/, int64_t /*size*/, Total allocated, Total /*reserved*/,
                         c10::Device device) override {
    if (device != device_) return;
    const auto bytes = static_cast<int64_t>(allocated);
    int64_t before = peak_;  // a backward pass reports from a thread of its own
    while (bytes > before && !peak_.compare_exchange_weak(before, bytes)) {
    }
  }
  bool memoryProfilingEnabled() const override { return true; }
  int64_t peak() const { return peak_; }

 private:
  torch::Device device_;
  std::atomic<int64_t> peak_{0};
};

DevicePeak::DevicePeak(torch::Device device, bool active)
    : watcher_(std::make_shared<Watcher>(device)) {
  if (active) installed_.emplace(c10::DebugInfoKind::PROFILER_STATE, watcher_);
}

DevicePeak::~DevicePeak() = default;

int64_t DevicePeak::bytes() const { return watcher_->peak(); }

}  // namespace nmsw
