#include "nmsw/profiling/stopwatch.h"

#include <algorithm>
#include <chrono>
#include <cmath>

namespace nmsw {
namespace {

double percentile(const std::vector<double>& sorted, double share) {
  const double place = share * static_cast<double>(sorted.size() - 1);
  const auto low = static_cast<size_t>(std::floor(place));
  const size_t high = std::min(low + 1, sorted.size() - 1);
  return sorted[low] + (place - static_cast<double>(low)) * (sorted[high] - sorted[low]);
}

}  // namespace

void synchronise(const torch::Device& device) {
  if (device.is_cuda()) torch::cuda::synchronize(device.index());
}

TimeSummary summarise(std::vector<double> seconds) {
  if (seconds.empty())
    throw ConfigError("timing: nothing was measured; ask for at least one repeat");
  std::sort(seconds.begin(), seconds.end());
  return {percentile(seconds, 0.5), percentile(seconds, 0.75) - percentile(seconds, 0.25),
          static_cast<int64_t>(seconds.size())};
}

TimeSummary measure(const std::function<void()>& work, int64_t warmup, int64_t repeats,
                    const torch::Device& device) {
  for (int64_t i = 0; i < warmup; ++i) work();
  std::vector<double> seconds;
  for (int64_t i = 0; i < repeats; ++i) {
    synchronise(device);
    const auto start = std::chrono::steady_clock::now();
    work();
    synchronise(device);
    seconds.push_back(
        std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count());
  }
  return summarise(seconds);
}

}  // namespace nmsw
