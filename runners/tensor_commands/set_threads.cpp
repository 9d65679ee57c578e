#include <algorithm>
#include <cstdlib>
#include <thread>

#include "runners/tensor_commands/tensor_commands.h"

namespace nmsw::runners {

int set_threads(int64_t asked, int64_t processes) {
  const char* variable = std::getenv("OMP_NUM_THREADS");
  int64_t threads = asked;
  if (threads <= 0 && variable != nullptr) threads = std::atoll(variable);
  if (threads <= 0) threads = std::thread::hardware_concurrency();
  const auto own =
      static_cast<int>(std::max<int64_t>(1, threads / std::max<int64_t>(1, processes)));
  at::set_num_threads(own);
  return own;
}

}  // namespace nmsw::runners
