#pragma once

#include <filesystem>
#include <optional>
#include <string>
#include <vector>

namespace nmsw::runners {

/// Of `nmsw init` and `nmsw train`.
struct InitOptions {
  /// Folder of the data set.
  std::filesystem::path root;
  /// Folder of what is written.
  std::filesystem::path out;
  double budget_s = 4 * 3600;
  bool budget_given = false;
  /// auto, cpu, cuda or cuda:N.
  std::string device = "auto";
  /// Replace files that are there.
  bool force = false;
  /// train: 0: from the machine.
  int64_t threads = 0;
  bool quiet = false;

  std::filesystem::path experiment() const;
  std::filesystem::path descriptor() const;
  std::filesystem::path database() const { return out / "results.sqlite"; }
  std::filesystem::path runs() const { return out / "runs"; }
  std::filesystem::path cache() const { return out / "cache"; }
};

/// The words after the verb. Nothing when its help was asked for and printed. Throws ConfigError
/// for a wrong usage.
std::optional<InitOptions> parse_init_options(const std::vector<std::string>& arguments);
std::optional<InitOptions> parse_train_options(const std::vector<std::string>& arguments);

}  // namespace nmsw::runners
