#include "nmsw/profiling/peak_memory.h"

#include <fstream>
#include <string>

namespace nmsw {

int64_t peak_host_bytes() {
  std::ifstream status("/proc/self/status");
  for (std::string line; std::getline(status, line);) {
    if (line.rfind("VmHWM:", 0) == 0) return std::stoll(line.substr(6)) * 1024;
  }
  return 0;
}

void reset_peak_host_bytes() { std::ofstream("/proc/self/clear_refs") << "5"; }

}  // namespace nmsw
