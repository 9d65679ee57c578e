#pragma once

#include <string>

namespace nmsw {

/// What this program was built from.
struct BuildCommit {
  std::string commit;  ///< 40 hex digits; empty where it was no git checkout
  bool dirty = false;  ///< files under version control had been changed
};

BuildCommit build_commit();

}  // namespace nmsw
