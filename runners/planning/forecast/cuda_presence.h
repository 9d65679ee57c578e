#pragma once

#include <optional>
#include <string>

namespace nmsw::runners {

/// What decides, without asking LibTorch (which takes a third of a second to load and keeps
/// processes made afterwards from using CUDA), whether tasks can run on an NVIDIA device.
struct CudaPresence {
  bool built_in = false;                       ///< the LibTorch of this build is one for CUDA
  bool driver = false;                         ///< the kernel's driver is loaded
  std::optional<std::string> visible_devices;  ///< $CUDA_VISIBLE_DEVICES

  /// The answer that planning, `auto` and profiles go by. LibTorch's own differs only where the
  /// driver is too old for it or shows no device; `nmsw run` asks it then, and says so.
  bool usable() const;
  /// Why not, e.g. "this build's LibTorch is for CPUs"; empty where it is usable.
  std::string obstacle() const;
};

/// Of this machine, build and environment.
CudaPresence cuda_presence();

}  // namespace nmsw::runners
