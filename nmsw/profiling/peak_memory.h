#pragma once

#include <cstdint>

namespace nmsw {

/// Largest resident memory of this process since it started or since the last reset, in bytes; 0
/// where the system does not tell.
int64_t peak_host_bytes();

/// Starts a new peak where the kernel allows it (Linux: /proc/self/clear_refs); otherwise the old
/// one stays.
void reset_peak_host_bytes();

}  // namespace nmsw
