#include <iostream>

#include "runners/command_line.h"
#include "runners/commands/commands.h"
#include "runners/planning/plan_format.h"
#include "runners/planning/profile_forms.h"

namespace nmsw::runners {
namespace {

void print_table(const nlohmann::ordered_json& json) {
  const auto tera = [&](const char* key) { return json[key].get<double>() / 1e12; };
  const auto million = [&](const char* key) { return json[key].get<double>() / 1e6; };
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
  std::cout << fmt::format("{:<26}{:.4g} T\n", "MACs", tera("macs"));
  std::cout << fmt::format("{:<26}{:.4g} T\n", "MACs, as the paper", tera("macs_paper"));
  std::cout << fmt::format("{:<26}{:.4g} M\n", "parameters", million("params"));
  std::cout << fmt::format("{:<26}{:.4g} M\n", "parameters, as the paper", million("params_paper"));
  std::cout << fmt::format("{:<26}{}\n", "peak memory, predicted",
                           readable_bytes(json["peak_bytes_predicted"].get<double>()));
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
