#include "runners/options/worker_process.h"

#include <signal.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <cstdlib>

namespace nmsw::runners {

std::string host_name() {
  std::array<char, 256> name{};
  return gethostname(name.data(), name.size() - 1) == 0 ? name.data() : "unknown";
}

std::string worker_name(int process) { return host_name() + ":" + std::to_string(process); }

bool worker_is_gone(const std::string& worker) {
  const size_t colon = worker.rfind(':');
  if (colon == std::string::npos || worker.substr(0, colon) != host_name()) return false;
  const int process = std::atoi(worker.c_str() + colon + 1);
  return process <= 0 || process == getpid() || (kill(process, 0) != 0 && errno == ESRCH);
}

}  // namespace nmsw::runners
