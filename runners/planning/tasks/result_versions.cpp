#include "runners/planning/tasks/result_versions.h"

namespace nmsw::runners {

const std::vector<ResultVersion>& result_versions() {
  static const std::vector<ResultVersion> versions{
      // The crop's own arg max decides the mask, as in the authors' code; in 1 the coarse one did.
      {"evaluate", "zoom_out", 2},
      {"profile", "zoom_out", 2},
      // One patch grid, that of the sliding window; in 1 volumes were padded to a multiple of the
      // rate times the global network's strides first.
      {"evaluate", "random_foreground", 2},
      {"evaluate", "nmsw", 2},
  };
  return versions;
}

int64_t result_version(std::string_view kind, std::string_view method) {
  for (const ResultVersion& entry : result_versions()) {
    if (entry.kind == kind && entry.method == method) return entry.version;
  }
  return 1;
}

}  // namespace nmsw::runners
