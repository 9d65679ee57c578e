#include "nmsw/kernels/simd/processor.h"

#include <array>
#include <cstdlib>
#include <string_view>

#include "nmsw/base/error.h"

#if defined(__x86_64__) && defined(__linux__)
#include <cpuid.h>
#include <sys/syscall.h>
#include <unistd.h>
#endif

namespace nmsw {
namespace {

/// What NMSW_KERNELS allows, from less to more.
enum class Limit { library, avx2, avx512, bf16, best };

Limit read_limit() {
  constexpr std::array<std::string_view, 5> kNames{"library", "avx2", "avx512", "bf16", "best"};
  const char* value = std::getenv("NMSW_KERNELS");
  const std::string_view wanted = value == nullptr ? "" : value;
  if (wanted.empty()) return Limit::best;
  for (size_t i = 0; i < kNames.size(); ++i) {
    if (wanted == kNames[i]) return static_cast<Limit>(i);
  }
  throw ConfigError(
      "NMSW_KERNELS: unknown value \"{}\"; expected library, avx2, avx512, bf16 or best", wanted);
}

Limit limit() {
  static const Limit found = read_limit();
  return found;
}

#if defined(__x86_64__) && defined(__linux__)
/// Linux saves the 8 KiB of tile state at context switches only for processes that request it.
bool may_use_tiles() {
  constexpr long kAskForState = 0x1023, kTileData = 18;
  unsigned a = 0, b = 0, c = 0, d = 0;
  if (__get_cpuid_count(7, 0, &a, &b, &c, &d) == 0) return false;
  constexpr unsigned kBf16 = 1U << 22, kTiles = 1U << 24;
  return (d & kBf16) != 0 && (d & kTiles) != 0 &&
         syscall(SYS_arch_prctl, kAskForState, kTileData) == 0;
}

bool find(Instructions needed) {
  switch (needed) {
    case Instructions::any:
      return true;
    case Instructions::avx512:
      return limit() >= Limit::avx512 && __builtin_cpu_supports("avx512f") != 0;
    case Instructions::amd_additions:
      return find(Instructions::avx512) && __builtin_cpu_is("amd") != 0;
    case Instructions::bf16:
      return limit() >= Limit::bf16 && find(Instructions::avx512) &&
             __builtin_cpu_supports("avx512bw") != 0 && __builtin_cpu_supports("avx512bf16") != 0;
    case Instructions::amx:
      return limit() >= Limit::best && find(Instructions::bf16) && may_use_tiles();
  }
  return false;
}
#else
bool find(Instructions needed) { return needed == Instructions::any; }
#endif

}  // namespace

bool has(Instructions needed) {
  static const std::array<bool, 5> found{find(Instructions::any), find(Instructions::avx512),
                                         find(Instructions::amd_additions),
                                         find(Instructions::bf16), find(Instructions::amx)};
  return found[static_cast<size_t>(needed)];
}

bool library_kernels_only() { return limit() == Limit::library; }

}  // namespace nmsw
