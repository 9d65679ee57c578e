#include <unistd.h>

#include <cerrno>
#include <cstdlib>
#include <cstring>
#include <filesystem>
#include <iostream>

#include "nmsw/base/error.h"
#include "runners/commands/commands.h"
#include "runners/options/bench_options.h"
#include "runners/options/doctor_options.h"
#include "runners/options/estimators_options.h"
#include "runners/options/import_options.h"
#include "runners/options/metrics_options.h"
#include "runners/options/phantom_options.h"
#include "runners/options/predict_options.h"
#include "runners/options/stop_signals.h"

namespace nmsw::runners {
namespace {

constexpr const char* kSpinCount = "2000";

/// OpenBLAS reads it when it is loaded. Debian's takes a processor that it does not know, which has
/// AVX-512, for one without, at half the speed.
void choose_blas_kernels() {
#if defined(__x86_64__)
  if (__builtin_cpu_supports("avx512f") && __builtin_cpu_supports("avx512bw") &&
      __builtin_cpu_supports("avx512dq") && __builtin_cpu_supports("avx512vl")) {
    setenv("OPENBLAS_CORETYPE", "SkylakeX", 0);
  }
#endif
}

/// Large pages for what is allocated, where the system leaves the choice to the program: a volume
/// of features is hundreds of thousands of ordinary pages, each a fault to get and an entry to look
/// up. glibc reads it when it is loaded.
void choose_large_pages() { setenv("GLIBC_TUNABLES", "glibc.malloc.hugetlb=1", 0); }

/// OpenMP's threads wait for each other by spinning for a billion rounds. Where anything else runs,
/// they take the processor from the one they wait for: 4 to 8 times slower. libgomp reads it when it
/// is loaded.
void choose_spin_count() {
  if (std::getenv("OMP_WAIT_POLICY") == nullptr) setenv("GOMP_SPINCOUNT", kSpinCount, 0);
}

}  // namespace

void continue_in_tensor_program(const std::string& verb, const Arguments& arguments) {
  const std::filesystem::path program =
      std::filesystem::read_symlink("/proc/self/exe").parent_path() / "nmsw-tensor";
  std::vector<std::string> words{program.string(), verb};
  words.insert(words.end(), arguments.begin(), arguments.end());
  std::vector<char*> argv;
  for (std::string& word : words) argv.push_back(word.data());
  argv.push_back(nullptr);
  std::cout.flush();
  choose_blas_kernels();
  choose_large_pages();
  choose_spin_count();
  hold_stop_signals();  // one that comes while libraries are loaded is handled afterwards
  execv(program.c_str(), argv.data());
  throw ConfigError("{}: cannot be started ({}); 'make build' makes it", program.string(),
                    std::strerror(errno));
}

// The options are parsed here as well: help and wrong usage need no LibTorch.

int bench_command(const Arguments& arguments) {
  if (!parse_bench_options(arguments)) return 0;
  continue_in_tensor_program("bench", arguments);
}

int doctor_command(const Arguments& arguments) {
  if (!parse_doctor_options(arguments)) return 0;
  continue_in_tensor_program("doctor", arguments);
}

int estimators_command(const Arguments& arguments) {
  if (!parse_estimators_options(arguments)) return 0;
  continue_in_tensor_program("estimators", arguments);
}

int import_command(const Arguments& arguments) {
  if (!parse_import_options(arguments)) return 0;
  continue_in_tensor_program("import", arguments);
}

int metrics_command(const Arguments& arguments) {
  if (!parse_metrics_options(arguments)) return 0;
  continue_in_tensor_program("metrics", arguments);
}

int phantom_command(const Arguments& arguments) {
  if (!parse_phantom_options(arguments)) return 0;
  continue_in_tensor_program("phantom", arguments);
}

int predict_command(const Arguments& arguments) {
  if (!parse_predict_options(arguments)) return 0;
  continue_in_tensor_program("predict", arguments);
}

}  // namespace nmsw::runners
