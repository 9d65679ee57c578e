#pragma once

#include <cstddef>

namespace nmsw {

/// Instructions that a kernel may need.
enum class Instructions {
  any,            ///< x86-64, or AVX2 where there is AVX2
  avx512,         ///< 32 vector registers of sixteen floats
  amd_additions,  ///< AVX-512 on AMD, where vector additions run beside multiplications
  bf16,           ///< AVX-512 BF16: dot products of pairs
  amx             ///< AMX tiles of bfloat16, with the operating system's permission
};

/// Whether the processor has them and NMSW_KERNELS allows them. Thread-safe. Throws ConfigError
/// for an unknown NMSW_KERNELS.
///
/// NMSW_KERNELS in the environment limits the choice, for tests and to find a fault: "avx2" takes
/// nothing above AVX2, "avx512" and "bf16" what they name and all below, "library" LibTorch's
/// operations instead of the project's (library_kernels_only). Unset or "best": no limit.
bool has(Instructions needed);

/// Whether NMSW_KERNELS=library. Thread-safe. Throws ConfigError for an unknown NMSW_KERNELS.
bool library_kernels_only();

/// Whether vectors are of sixteen floats (AVX-512): has(Instructions::avx512), for the inner loops'
/// dispatch. Otherwise there are sixteen registers of eight or four floats.
inline bool has_many_registers() {
  static const bool many = has(Instructions::avx512);
  return many;
}

/// One version of an operation: what it needs, then its functions.
template <class Functions>
struct KernelVersion {
  Instructions needs;
  Functions functions;
};

/// The first version whose instructions are there. The last one must need none.
template <class Functions, size_t count>
const Functions& best_version(const KernelVersion<Functions> (&versions)[count]) {
  const KernelVersion<Functions>* version = versions;
  while (!has(version->needs)) ++version;
  return version->functions;
}

}  // namespace nmsw
