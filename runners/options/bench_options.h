#pragma once

#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>
#include <vector>

#include "nmsw/config/device_arithmetic.h"

namespace nmsw::runners {

struct BenchOptions {
  std::vector<std::string> backbones;
  int64_t patch = 128;
  /// Sides of the volumes of the methods' rows; 0: none.
  std::vector<int64_t> volumes;
  std::vector<int64_t> classes;
  int64_t repeats = 3;
  /// A patch's passes are repeated for so long, and before they are timed for as long: how fast a
  /// machine is shows when it has worked for a while, whatever came before.
  double settle_s = 5;
  int64_t threads = 0;
  /// LibTorch's side of a row is left out where it would take longer.
  double library_limit_s = 120;
  /// Rows of whole predictions, from file to file.
  bool predict = false;
  /// auto, cpu, cuda or cuda:N. A CUDA device has a table of its own, of patches alone.
  std::string device = "cpu";
  DeviceArithmetic arithmetic;
  std::filesystem::path output = "results/bench.csv";
};

/// The words after the verb. Nothing when its help was asked for and printed. Throws ConfigError
/// for a wrong usage.
std::optional<BenchOptions> parse_bench_options(const std::vector<std::string>& arguments);

}  // namespace nmsw::runners
