#include <malloc.h>
#include <unistd.h>

#include <array>

#include <torch/torch.h>

#include "nmsw/base/error.h"
#include "nmsw/kernels/simd/processor.h"
#include "nmsw/tensor/tensor_memory.h"
#include "runners/options/run_program.h"
#include "runners/options/stop_signals.h"
#include "runners/tensor_commands/tensor_commands.h"

namespace nmsw::runners {
namespace {

struct Verb {
  const char* name;
  int (*run)(const Words& arguments);
};

constexpr std::array<Verb, 12> kVerbs{{{"run", run_verb},
                                       {"predict", predict_verb},
                                       {"metrics", metrics_verb},
                                       {"profile", profile_verb},
                                       {"bench", bench_verb},
                                       {"import", import_verb},
                                       {"phantom", phantom_verb},
                                       {"check", check_verb},
                                       {"doctor", doctor_verb},
                                       {"estimators", estimators_verb},
                                       {"time-steps", time_steps_verb},
                                       {"case-pages", case_pages_verb}}};

int dispatch(int argc, char** argv) {
  const std::string name = argc > 1 ? argv[1] : "";
  for (const Verb& verb : kVerbs) {
    if (name == verb.name) return verb.run(Words(argv + 2, argv + argc));
  }
  throw ConfigError(
      "nmsw-tensor: '{}' is none of its verbs; use nmsw, which starts this program where it is "
      "needed",
      name);
}

}  // namespace

}  // namespace nmsw::runners

int main(int argc, char** argv) {
  // Verbs that save what they have done handle these signals themselves.
  nmsw::runners::handle_stop_signals([](int) { _exit(nmsw::runners::kInterruptedCode); });
  nmsw::runners::release_stop_signals();
  // Blocks that are given back to the system cost a page fault each when they are taken again;
  // every layer does so.
  mallopt(M_MMAP_MAX, 0);
  mallopt(M_TRIM_THRESHOLD, -1);
  nmsw::use_pooled_memory();
  return nmsw::runners::run_program([&] {
    try {
      nmsw::has(nmsw::Instructions::any);  // refuses an unknown NMSW_KERNELS before threads start
      return nmsw::runners::dispatch(argc, argv);
    } catch (const c10::Error& fault) {
      // Its what() holds the whole stack.
      throw nmsw::Error(nmsw::ErrorKind::bug, std::string(fault.what_without_backtrace()) +
                                                  " (a bug; please report what was run)");
    }
  });
}
