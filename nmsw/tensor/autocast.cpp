#include "nmsw/tensor/autocast.h"

#include <ATen/autocast_mode.h>
#include <torch/version.h>

namespace nmsw {
namespace {

namespace autocast = at::autocast;

// LibTorch 2.4 replaced the functions that name a device by ones that take it.
#if TORCH_VERSION_MAJOR > 2 || (TORCH_VERSION_MAJOR == 2 && TORCH_VERSION_MINOR >= 4)

bool autocast_enabled(torch::DeviceType device) { return autocast::is_autocast_enabled(device); }
void enable_autocast(torch::DeviceType device, bool enabled) {
  autocast::set_autocast_enabled(device, enabled);
}
torch::ScalarType autocast_type(torch::DeviceType device) {
  return autocast::get_autocast_dtype(device);
}
void set_autocast_type(torch::DeviceType device, torch::ScalarType type) {
  autocast::set_autocast_dtype(device, type);
}

#else

bool autocast_enabled(torch::DeviceType device) {
  return device == torch::kCUDA ? autocast::is_enabled() : autocast::is_cpu_enabled();
}
void enable_autocast(torch::DeviceType device, bool enabled) {
  device == torch::kCUDA ? autocast::set_enabled(enabled) : autocast::set_cpu_enabled(enabled);
}
torch::ScalarType autocast_type(torch::DeviceType device) {
  return device == torch::kCUDA ? autocast::get_autocast_gpu_dtype()
                                : autocast::get_autocast_cpu_dtype();
}
void set_autocast_type(torch::DeviceType device, torch::ScalarType type) {
  device == torch::kCUDA ? autocast::set_autocast_gpu_dtype(type)
                         : autocast::set_autocast_cpu_dtype(type);
}

#endif

}  // namespace

AutocastGuard::AutocastGuard(torch::DeviceType device, torch::ScalarType type)
    : device_(device), active_(type != torch::kFloat) {
  if (!active_) return;
  enabled_before_ = autocast_enabled(device_);
  type_before_ = autocast_type(device_);
  enable_autocast(device_, true);
  set_autocast_type(device_, type);
  autocast::increment_nesting();
}

AutocastGuard::~AutocastGuard() {
  if (!active_) return;
  // The cache holds weights in the reduced type; they are stale after the
  // optimiser's step.
  if (autocast::decrement_nesting() == 0) autocast::clear_cache();
  enable_autocast(device_, enabled_before_);
  set_autocast_type(device_, type_before_);
}

AutocastPause::AutocastPause(torch::DeviceType device)
    : device_(device), enabled_before_(autocast_enabled(device)) {
  if (enabled_before_) enable_autocast(device_, false);
}

AutocastPause::~AutocastPause() {
  if (enabled_before_) enable_autocast(device_, true);
}

}  // namespace nmsw
