#include <cmath>
#include <iostream>
#include <limits>

#include "nmsw/base/readable.h"
#include "runners/commands/commands.h"
#include "runners/options/profile_options.h"
#include "runners/planning/forecast/profile_forms.h"

namespace nmsw::runners {
namespace {

/// NaN for null, and for a number that JSON cannot hold.
double json_number(const nlohmann::ordered_json& json) {
  return json.is_number() ? json.get<double>() : std::numeric_limits<double>::quiet_NaN();
}

void print_table(const nlohmann::ordered_json& json) {
  const auto number = [&](const char* key, double unit, const char* unit_name) {
    return std::isfinite(json_number(json[key]))
               ? fmt::format("{:.4g} {}", json_number(json[key]) / unit, unit_name)
               : std::string("unknown");
  };
  const auto extent = [&](const char* key) {
    return fmt::format("{} x {} x {}", json[key][0].get<int64_t>(), json[key][1].get<int64_t>(),
                       json[key][2].get<int64_t>());
  };
  std::cout << fmt::format("{}, {}{}\n", json["backbone"].get<std::string>(),
                           json["method"].get<std::string>(),
                           json["k"].is_null() ? "" : ", k = " + json["k"].dump());
  std::cout << fmt::format("{:<26}{}\n", "volume", extent("volume_xyz"));
  std::cout << fmt::format("{:<26}{}\n", "patch", extent("patch_xyz"));
  std::cout << fmt::format("{:<26}{}\n", "classes", json["classes"].get<int64_t>());
  std::cout << fmt::format("{:<26}{} of {}\n", "patches", json["patches_used"].get<int64_t>(),
                           json["patches_total"].get<int64_t>());
  std::cout << fmt::format("{:<26}{}\n", "MACs", number("macs", 1e12, "T"));
  std::cout << fmt::format("{:<26}{}\n", "MACs, as the paper", number("macs_paper", 1e12, "T"));
  std::cout << fmt::format("{:<26}{}\n", "parameters", number("params", 1e6, "M"));
  std::cout << fmt::format("{:<26}{}\n", "parameters, as the paper",
                           number("params_paper", 1e6, "M"));
  std::cout << fmt::format("{:<26}{}\n", "peak memory, predicted",
                           readable_bytes(json_number(json["peak_bytes_predicted"])));
}

}  // namespace

int profile_command(const Arguments& arguments) {
  const auto options = parse_profile_options(arguments);
  if (!options) return 0;
  const nlohmann::ordered_json json = profile_json(*options);
  if (options->timing == Timing::on) continue_in_tensor_program("profile", arguments);
  if (options->format == "json") {
    std::cout << json.dump(2) << '\n';
  } else {
    print_table(json);
  }
  return 0;
}

}  // namespace nmsw::runners
