#include <chrono>
#include <iostream>

#include "datasets/image_io.h"
#include "nmsw/base/atomic_file.h"
#include "nmsw/profiling/peak_memory.h"
#include "runners/command_line.h"
#include "runners/planning/prediction.h"
#include "runners/tasks/case_set.h"
#include "runners/tasks/networks.h"
#include "runners/tasks/segmenter.h"
#include "runners/tasks/task_context.h"
#include "runners/tensor_commands/tensor_commands.h"

namespace nmsw::runners {
namespace {

using Clock = std::chrono::steady_clock;
using nlohmann::ordered_json;

double seconds_since(Clock::time_point start) {
  return std::chrono::duration<double>(Clock::now() - start).count();
}

SegmenterRequest segmenter_request(const PredictOptions& options, const NetworkDescription& description,
                                   const torch::Device& device) {
  SegmenterRequest request;
  request.method = options.method;
  if (nmsw::method_entry(options.method).takes_k == TakesK::yes) request.k = {options.k};
  request.geometry = patch_geometry(description.data.descriptor, options.overlap);
  request.model = description.model;
  request.num_classes = datasets::num_classes(description.data.descriptor);
  request.batch = patch_batch(device);
  return request;
}

int64_t predicted_peak(const PredictOptions& options, const NetworkDescription& description, Int3 extent_xyz) {
  const NetworkSpec& spec = description.networks;
  PassInput input;
  input.method = options.method;
  if (options.method != "sliding_window") input.k = options.k;
  input.volume_xyz = extent_xyz;
  input.patch_xyz = description.data.descriptor.patch_xyz;
  input.downsize_rate_xyz = description.data.descriptor.downsize_rate_xyz;
  input.overlap = options.overlap;
  input.num_classes = datasets::num_classes(description.data.descriptor);
  return predict_pass(input, cost_model(spec.backbone, spec.backbone_config),
                      cost_model(spec.global_backbone, spec.global_config))
      .peak_bytes;
}

ordered_json trace_json(const Segmentation& segmentation, const datasets::PreparedCase& prepared) {
  ordered_json picks = ordered_json::array();
  for (const PickedPatch& pick : segmentation.picks) {
    picks.push_back({{"rank", pick.rank},
                     {"patch", pick.patch_index},
                     {"score", pick.score},
                     {"start_xyz", reversed(pick.start_dhw)},
                     {"size_xyz", reversed(pick.size_dhw)}});
  }
  return {{"grid", "prepared"}, {"extent_xyz", prepared.image.geometry.extent_xyz}, {"patches", picks}};
}

void require_usable(const PredictOptions& options, const NetworkDescription& description) {
  if (description.scheme == TrainingScheme::global) {
    throw ConfigError("{}: holds a global network alone; give the checkpoint of a local or an NMSW training",
                      options.checkpoint.string());
  }
  if (description.scheme == TrainingScheme::local && options.method != "sliding_window") {
    throw ConfigError("{}: holds a local network alone, which --method {} cannot use; add --method sliding_window",
                      options.checkpoint.string(), options.method);
  }
}

/// Before a long computation: what it is for can be stored, and overwrites no image.
void require_paths(const PredictOptions& options) {
  datasets::require_label_path(options.output);
  for (const auto& file : {options.trace, options.report}) {
    if (file) require_writable(*file);
  }
  std::error_code absent;
  if (!options.series.empty() && !std::filesystem::is_directory(options.input, absent)) {
    throw ConfigError("--series: {} is no folder; leave --series out", options.input.string());
  }
  if (std::filesystem::equivalent(options.input, options.output, absent)) {
    throw ConfigError("--output {}: is the input itself; name another file", options.output.string());
  }
}

}  // namespace

int predict_verb(const Words& arguments) {
  const auto options = parse_predict_options(arguments);
  if (!options) return 0;
  require_paths(*options);
  set_threads(options->threads);
  const torch::Device device = resolve_device(options->device);
  const auto begin = Clock::now();
  const LoadedModel model = load_model(options->checkpoint, device);
  const NetworkDescription& description = model.description;
  require_usable(*options, description);

  datasets::ReadNotes notes;
  const ImageVolume image = datasets::read_image(options->input, &notes, options->series);
  const datasets::PreparedCase prepared = datasets::prepare_case(
      options->input.filename().string(), image, nullptr, description.data.descriptor.preprocessing, description.data.fit);
  if (!options->quiet) {
    for (const std::string& line : notes.lines) std::cerr << "note: " << line << '\n';
    for (const std::string& line : prepared.notes) std::cerr << "note: " << line << '\n';
  }
  const int64_t peak_predicted = predicted_peak(*options, description, prepared.image.geometry.extent_xyz);
  if (options->memory_limit_bytes && peak_predicted == 0) {
    throw ConfigError("--memory-limit: how much memory a {} needs is not known beforehand; leave the option out",
                      description.networks.backbone);
  }
  if (options->memory_limit_bytes && peak_predicted > *options->memory_limit_bytes) {
    throw ConfigError("--memory-limit: the prediction is said to need {} bytes, the limit is {}; raise it or lower --k",
                      peak_predicted, *options->memory_limit_bytes);
  }
  Segmenter segmenter(segmenter_request(*options, description, device), model.networks);
  const Tensor volume = image_tensor(prepared.image).to(device);
  const double load_s = seconds_since(begin);
  const Segmentation found = std::move(segmenter.segment(volume).front().segmentation);
  const LabelVolume label =
      datasets::restore_label(to_label_volume(found.labels, prepared.image.geometry), prepared.transform);
  datasets::write_label(options->output, label, options->input);

  if (options->trace) write_text_atomically(*options->trace, trace_json(found, prepared).dump(2) + "\n");
  if (options->report) {
    ordered_json stages = {{"load", load_s}};
    for (const auto& [stage, seconds] : stage_list(found.stages)) stages[stage] = seconds;
    stages["argmax"] = nullptr;
    const ordered_json report = {{"input", options->input.string()},
                                 {"output", options->output.string()},
                                 {"method", options->method},
                                 {"k", options->method == "sliding_window" ? ordered_json() : ordered_json(options->k)},
                                 {"volume_xyz", prepared.image.geometry.extent_xyz},
                                 {"patches_used", found.picks.size()},
                                 {"device", device.str()},
                                 {"threads", at::get_num_threads()},
                                 {"stage_s", stages},
                                 {"total_s", seconds_since(begin)},
                                 {"peak_bytes_predicted",
                                  peak_predicted > 0 ? ordered_json(peak_predicted) : ordered_json()},
                                 {"peak_bytes", peak_host_bytes()}};
    write_text_atomically(*options->report, report.dump(2) + "\n");
  }
  return 0;
}

}  // namespace nmsw::runners
