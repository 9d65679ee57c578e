#include <cmath>
#include <iostream>

#include "nmsw/config/methods.h"
#include "nmsw/tensor/device_arithmetic.h"
#include "runners/options/profile_options.h"
#include "runners/planning/forecast/profile_forms.h"
#include "runners/tasks/networks.h"
#include "runners/tasks/profile_run.h"
#include "runners/tensor_commands/tensor_commands.h"

namespace nmsw::runners {
namespace {

ProfileSpec profile_spec(const ProfileOptions& options) {
  const BackboneCostModel local = profiled_backbone(options);
  const BackboneCostModel global = profiled_global(options);
  ProfileSpec spec;
  spec.method = options.method;
  if (method_named(options.method).takes_k()) spec.k = {options.k};
  spec.networks = {local.name, local.config_json, global.name, global.config_json};
  spec.model.aggregation = options.aggregation;
  spec.volume_xyz = options.volume_xyz;
  spec.patch_xyz = options.patch_xyz;
  spec.downsize_rate_xyz = options.downsize_rate_xyz;
  spec.overlap = options.overlap;
  spec.num_classes = options.classes;
  spec.repeats = options.repeats;
  spec.warmup = options.warmup;
  return spec;
}

}  // namespace

int profile_verb(const Words& arguments) {
  const auto options = parse_profile_options(arguments);
  if (!options) return 0;
  const int threads = set_threads(options->threads);
  const torch::Device device = resolve_device(options->device);
  use_arithmetic(options->arithmetic, device);
  nlohmann::ordered_json json = profile_json(*options);
  ProfileSpec spec = profile_spec(*options);
  if (options->timing == Timing::off) spec.repeats = 0;
  const ProfileResult profile = profile_method(spec, device).front();
  if (spec.repeats > 0) {
    const auto median = [&](const char* stage) -> nlohmann::ordered_json {
      const auto found = profile.stages.find(stage);
      return found == profile.stages.end() ? nlohmann::ordered_json()
                                           : nlohmann::ordered_json(found->second.median_s);
    };
    json["device"] = device.str();
    json["threads"] = threads;
    for (const char* stage : {"load", "global", "select", "local", "aggregate", "argmax"}) {
      json["stage_s"][stage] = median(stage);
    }
    json["total_s"] = median("total");
    json["peak_bytes"] = profile.peak_bytes;
    if (device.is_cuda()) {
      json["device_peak_bytes"] = profile.device_peak_bytes;
      json["arithmetic"] = arithmetic_text(options->arithmetic);
    }
  }
  if (options->format == "json") {
    std::cout << json.dump(2) << '\n';
    return 0;
  }
  for (const auto& [key, value] : json.items()) {
    if (!value.is_object()) {
      std::cout << fmt::format("{:<24}{}\n", key,
                               value.is_string() ? value.get<std::string>() : value.dump());
      continue;
    }
    for (const auto& [stage, seconds] : value.items()) {
      if (!seconds.is_null())
        std::cout << fmt::format("  {:<22}{:.4f} s\n", stage, seconds.get<double>());
    }
  }
  return 0;
}

}  // namespace nmsw::runners
