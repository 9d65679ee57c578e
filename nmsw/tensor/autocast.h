#pragma once

#include "nmsw/tensor/tensor.h"

namespace nmsw {

/// While it lives, this thread's convolutions and matrix products on that kind
/// of device compute in `type` (LibTorch's autocast); what was set before comes
/// back. A `type` of kFloat changes nothing.
class AutocastGuard {
 public:
  AutocastGuard(torch::DeviceType device, torch::ScalarType type);
  ~AutocastGuard();
  AutocastGuard(const AutocastGuard&) = delete;
  AutocastGuard& operator=(const AutocastGuard&) = delete;

 private:
  torch::DeviceType device_;
  bool active_;
  bool enabled_before_ = false;
  torch::ScalarType type_before_ = torch::kFloat;
};

/// While it lives, this thread's operations on that kind of device compute in the types that they are
/// given.
class AutocastPause {
 public:
  explicit AutocastPause(torch::DeviceType device);
  ~AutocastPause();
  AutocastPause(const AutocastPause&) = delete;
  AutocastPause& operator=(const AutocastPause&) = delete;

 private:
  torch::DeviceType device_;
  bool enabled_before_;
};

}  // namespace nmsw
