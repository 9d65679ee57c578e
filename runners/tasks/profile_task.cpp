#include <cmath>

#include <c10/core/DeviceGuard.h>

#include "nmsw/config/methods.h"
#include "nmsw/profiling/device_peak.h"
#include "nmsw/profiling/peak_memory.h"
#include "nmsw/tensor/tensor_memory.h"
#include "runners/tasks/networks.h"
#include "runners/tasks/profile_run.h"
#include "runners/tasks/segmenter.h"
#include "runners/tasks/task_context.h"

namespace nmsw::runners {
namespace {

PassPrediction predicted(const ProfileSpec& spec, const std::string& k) {
  const PassInput input{"profile: ",
                        spec.method,
                        k,
                        {spec.volume_xyz, spec.patch_xyz, spec.downsize_rate_xyz, spec.overlap},
                        spec.num_classes,
                        spec.model};
  const NetworkSpec& networks = spec.networks;
  return predict_pass(input, cost_model(networks.backbone, networks.backbone_config),
                      cost_model(networks.global_backbone, networks.global_config));
}

/// Fresh networks of the method: both, inside NMSW where the method needs it.
NetworkSet fresh_networks(const ProfileSpec& spec, const torch::Device& device) {
  torch::manual_seed(0);
  NetworkSet set;
  set.local =
      build_backbone(spec.networks.backbone, spec.networks.backbone_config, spec.num_classes);
  set.local->to(device);
  set.local->eval();
  if (!method_named(spec.method).has_global_pass) return set;
  set.global =
      build_backbone(spec.networks.global_backbone, spec.networks.global_config, spec.num_classes);
  const PatchGeometry geometry{reversed(spec.patch_xyz), reversed(spec.downsize_rate_xyz),
                               spec.overlap};
  set.nmsw =
      std::make_shared<NmswNet>(set.local, set.global, spec.num_classes, spec.model, geometry);
  set.nmsw->to(device);
  set.nmsw->eval();
  return set;
}

void measure_stages(const ProfileSpec& spec, const torch::Device& device, ProfileResult& profile) {
  const c10::DeviceGuard guard(device);
  SegmenterRequest request;
  request.method = spec.method;
  if (!profile.k.empty()) request.k = {profile.k};
  request.geometry = {reversed(spec.patch_xyz), reversed(spec.downsize_rate_xyz), spec.overlap};
  request.model = spec.model;
  request.num_classes = spec.num_classes;
  request.plan.batch = patch_batch(device);
  request.drawn_weights = true;
  const DevicePeak device_peak(device, device.is_cuda());
  Segmenter segmenter(request, fresh_networks(spec, device));
  const Int3 e = spec.volume_xyz;
  release_free_memory();
  reset_peak_host_bytes();
  const Tensor volume = torch::rand({1, 1, e[2], e[1], e[0]}).to(device);
  std::map<std::string, std::vector<double>> seconds;
  for (int64_t i = 0; i < spec.warmup + spec.repeats; ++i) {
    const StageSeconds stages = segmenter.segment(volume).front().segmentation.stages;
    if (i < spec.warmup) continue;
    for (const auto& [stage, value] : stage_list(stages)) seconds[stage].push_back(value);
    seconds["total"].push_back(stages.total());
  }
  for (const auto& [stage, values] : seconds) profile.stages[stage] = summarise(values);
  profile.peak_bytes = peak_host_bytes();
  profile.device_peak_bytes = device_peak.bytes();
}

/// "cuda" is the device that the run was given where that is one of several.
torch::Device profiled_device(const ProfileSpec& spec, const TaskContext& context) {
  if (spec.repeats == 0) return torch::kCPU;
  if (spec.device == "cuda" && context.device.is_cuda()) return context.device;
  return resolve_device(spec.device);
}

}  // namespace

std::vector<ProfileResult> profile_method(const ProfileSpec& spec, const torch::Device& device) {
  std::vector<ProfileResult> profiles;
  for (const std::string& k : spec.k.empty() ? std::vector<std::string>{""} : spec.k) {
    ProfileResult profile;
    profile.k = k;
    profile.prediction = predicted(spec, k);
    if (spec.repeats > 0) measure_stages(spec, device, profile);
    profiles.push_back(std::move(profile));
  }
  return profiles;
}

TaskOutcome run_profile_task(const results::TaskRecord& task, const TaskContext& context) {
  const auto spec = read_config<ProfileSpec>(ConfigNode::parse(task.config_json, task.key));
  const torch::Device device = profiled_device(spec, context);
  Progress progress(task_title(task), 1, context.progress);
  TaskOutcome found;
  for (const ProfileResult& profile : profile_method(spec, device)) {
    const Cost& cost = profile.prediction.cost;
    found.result.mac_counts.push_back({cost.macs, cost.macs_paper, cost.params, cost.params_paper,
                                       profile.k, extent_text(spec.volume_xyz),
                                       profile.prediction.patches_total,
                                       profile.prediction.patches_used});
    add_peaks({profile.peak_bytes, profile.device_peak_bytes}, profile.prediction.peak_bytes,
              profile.k, device, found.result);
    for (const auto& [stage, summary] : profile.stages) {
      results::StageTime time;
      time.device = device.is_cuda() ? "cuda" : "cpu";
      time.hardware = hardware_name(device);
      time.k = profile.k;
      time.extent = extent_text(spec.volume_xyz);
      time.stage = stage;
      time.seconds_median = summary.median_s;
      time.seconds_iqr = summary.iqr_s;
      time.repeats = static_cast<int>(summary.repeats);
      found.result.stage_times.push_back(std::move(time));
    }
    if (context.stop()) throw Interrupted();
  }
  progress.update(1, "");
  return found;
}

}  // namespace nmsw::runners
