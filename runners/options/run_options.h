#pragma once

#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>
#include <vector>

#include "nmsw/config/device_arithmetic.h"
#include "runners/options/option_values.h"

namespace nmsw::runners {

struct RunOptions {
  std::filesystem::path experiment;
  std::filesystem::path database = kDefaultDatabase;
  std::filesystem::path runs = "results/runs";
  std::filesystem::path cache = kDefaultCache;
  int64_t workers = 1;
  /// 0: from the machine.
  int64_t threads = 0;
  /// auto, cpu, cuda or cuda:N.
  std::string device = "auto";
  DeviceArithmetic arithmetic;
  std::vector<std::string> set;
  OnlyFilter only;
  bool fail_fast = false;
  bool quiet = false;
};

/// The words after the verb. Nothing when its help was asked for and printed. Throws ConfigError
/// for a wrong usage.
std::optional<RunOptions> parse_run_options(const std::vector<std::string>& arguments);
/// The same from main's arguments; argv[1] is the verb.
std::optional<RunOptions> parse_run_options(int argc, char** argv);

}  // namespace nmsw::runners
