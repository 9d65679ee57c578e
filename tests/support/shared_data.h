#pragma once

#include <cstdlib>
#include <filesystem>
#include <optional>
#include <string>

#include "tests/support/build_paths.h"

namespace nmsw::testing {

/// A folder (or file) of the data that lies beside the project: below $NMSW_SHARED_DIR, else below
/// `shared` next to the source folder. Nothing when it is absent.
inline std::optional<std::filesystem::path> shared_folder(const std::string& sub) {
  namespace fs = std::filesystem;
  const char* given = std::getenv("NMSW_SHARED_DIR");
  const fs::path root =
      given != nullptr ? fs::path(given) : source_folder().parent_path() / "shared";
  std::error_code ignored;
  const fs::path folder = root / sub;
  if (!fs::exists(folder, ignored)) return std::nullopt;
  return folder;
}

}  // namespace nmsw::testing

/// Declares `name` as the shared folder `sub`, or skips the test where it is absent.
#define NMSW_SHARED_OR_SKIP(name, sub)                                            \
  const auto name##_if_present = ::nmsw::testing::shared_folder(sub);             \
  if (!name##_if_present) GTEST_SKIP() << "shared data '" << (sub) << "' absent"; \
  const std::filesystem::path name = *name##_if_present
