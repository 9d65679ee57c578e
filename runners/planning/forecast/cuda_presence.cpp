#include "runners/planning/forecast/cuda_presence.h"

#include <cstdlib>
#include <filesystem>

namespace nmsw::runners {

#ifdef NMSW_TORCH_HAS_CUDA
constexpr bool kBuiltIn = true;
#else
constexpr bool kBuiltIn = false;
#endif

bool CudaPresence::usable() const { return obstacle().empty(); }

std::string CudaPresence::obstacle() const {
  if (!built_in) return "this build's LibTorch is for CPUs";
  if (!driver) return "no NVIDIA driver is loaded";
  // The driver stops at the first number that is none; an empty list hides every device.
  const bool hidden =
      visible_devices && (visible_devices->empty() || visible_devices->front() == '-');
  return hidden ? "CUDA_VISIBLE_DEVICES hides every device" : "";
}

CudaPresence cuda_presence() {
  CudaPresence presence;
  std::error_code absent;
  presence.built_in = kBuiltIn;
  presence.driver = std::filesystem::exists("/dev/nvidiactl", absent);
  if (const char* visible = std::getenv("CUDA_VISIBLE_DEVICES")) presence.visible_devices = visible;
  return presence;
}

}  // namespace nmsw::runners
