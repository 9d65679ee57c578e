#include <unistd.h>

#include <algorithm>
#include <array>
#include <cstdlib>

#include "nmsw/base/error.h"
#include "nmsw/base/plain_text.h"
#include "runners/slurm/node_task.h"
#include "runners/slurm/slurm_program.h"

namespace nmsw::runners {
namespace {

constexpr int64_t kBytesOfMebi = int64_t{1} << 20;

std::string variable(const char* name) {
  const char* value = std::getenv(name);
  return value == nullptr ? "" : value;
}

int64_t number_of(const std::string& text, int64_t otherwise) {
  char* end = nullptr;
  const long long number = std::strtoll(text.c_str(), &end, 10);
  return text.empty() || *end != '\0' ? otherwise : number;
}

template <size_t Count>
bool holds_one(const std::string& message, const std::array<const char*, Count>& words) {
  const std::string text = lower_case(message);
  return std::any_of(words.begin(), words.end(),
                     [&](const char* word) { return text.find(word) != std::string::npos; });
}

}  // namespace

JobPlace job_place() {
  JobPlace place;
  const std::string array = variable("SLURM_ARRAY_JOB_ID");
  place.index = number_of(variable("SLURM_ARRAY_TASK_ID"), -1);
  place.job = array.empty() ? variable("SLURM_JOB_ID") : fmt::format("{}_{}", array, place.index);
  place.node = variable("SLURMD_NODENAME");
  if (place.node.empty()) {
    std::array<char, 256> name{};
    if (gethostname(name.data(), name.size() - 1) == 0) place.node = name.data();
  }
  place.memory_bytes = number_of(variable("SLURM_MEM_PER_NODE"), 0) * kBytesOfMebi;
  place.threads = number_of(variable("SLURM_CPUS_PER_TASK"), 0);
  if (place.threads == 0) place.threads = number_of(variable("SLURM_CPUS_ON_NODE"), 0);
  return place;
}

double job_end_s(const JobPlace& place) {
  int64_t end = number_of(variable("SLURM_JOB_END_TIME"), 0);
  if (end == 0 && !place.job.empty()) {
    try {
      std::string text = slurm_output({"squeue", "-h", "-j", place.job, "-o", "%e"});
      end = number_of(text.substr(0, text.find('\n')), 0);
    } catch (const Error&) {
      end = 0;
    }
  }
  return static_cast<double>(end);
}

bool is_out_of_memory(const std::string& message) {
  return holds_one(message,
                   std::array{"out of memory", "can't allocate memory", "cannot allocate memory",
                              "not enough memory", "bad_alloc", "memory: there is not enough"});
}

bool is_storage_fault(const std::string& message) {
  return holds_one(
      message, std::array{"read-only file system", "stale file handle", "no space left",
                          "no room left", "disk quota", "input/output error", "transport endpoint",
                          "connection timed out", "cannot be written"});
}

}  // namespace nmsw::runners
