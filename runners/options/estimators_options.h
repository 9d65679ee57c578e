#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

namespace nmsw::runners {

/// Of `nmsw estimators`: problems with a known answer.
struct EstimatorsOptions {
  int64_t candidates = 10;
  int64_t k = 3;
  std::vector<double> spreads{0.3, 2.0};
  int64_t problems = 6;
  int64_t draws = 4000;
  int64_t seed = 1;
};

/// The words after the verb. Nothing when its help was asked for and printed. Throws ConfigError
/// for a wrong usage.
std::optional<EstimatorsOptions> parse_estimators_options(
    const std::vector<std::string>& arguments);

}  // namespace nmsw::runners
