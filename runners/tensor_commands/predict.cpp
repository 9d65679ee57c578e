#include <algorithm>
#include <chrono>
#include <future>
#include <iostream>

#include <c10/core/DeviceGuard.h>

#include "datasets/image_io.h"
#include "datasets/prediction_files.h"
#include "nmsw/backbones/mixed_precision.h"
#include "nmsw/base/atomic_file.h"
#include "nmsw/base/plain_text.h"
#include "nmsw/base/readable.h"
#include "nmsw/config/methods.h"
#include "nmsw/cost/patch_count.h"
#include "nmsw/kernels/simd/fma_products.h"
#include "nmsw/profiling/device_peak.h"
#include "nmsw/profiling/peak_memory.h"
#include "nmsw/tensor/device_arithmetic.h"
#include "nmsw/tensor/patch_ops.h"
#include "nmsw/tensor/tensor_memory.h"
#include "runners/options/predict_options.h"
#include "runners/planning/forecast/memory_plan.h"
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

SegmenterRequest segmenter_request(const PredictOptions& options,
                                   const NetworkDescription& description, const PassPlan& plan) {
  SegmenterRequest request;
  request.method = options.method;
  if (method_named(options.method).takes_k()) request.k = {options.k};
  request.geometry = patch_geometry(description.data.descriptor, options.overlap);
  request.model = description.model;
  request.ranking = ranking_for(options, description.model);
  request.num_classes = datasets::num_classes(description.data.descriptor);
  request.plan = plan;
  return request;
}

PassInput pass_input(const PredictOptions& options, const NetworkDescription& description,
                     Int3 extent_xyz, const torch::Device& device) {
  const bool takes_k = method_named(options.method).takes_k();
  const datasets::DatasetDescriptor& descriptor = description.data.descriptor;
  PassPlan plan;
  plan.batch = patch_batch(device);
  plan.precision = options.precision;
  return {"",
          options.method,
          takes_k ? options.k : "",
          pass_volume(descriptor, options.overlap, extent_xyz),
          datasets::num_classes(descriptor),
          description.model,
          plan,
          options.time_budget_s ? kMeasuredPatches : 0};
}

struct ReadImage {
  ImageVolume image;
  datasets::ReadNotes notes;
};

ReadImage read_input(const PredictOptions& options) {
  ReadImage read;
  read.image = datasets::read_image(options.input, &read.notes, options.series);
  return read;
}

/// The input's name, of a folder too whose path ends in a slash.
std::string case_id(const std::filesystem::path& input) {
  return (input.has_filename() ? input : input.parent_path()).filename().string();
}

datasets::PreparedCase load_case(const PredictOptions& options, const ReadImage& read,
                                 const NetworkDescription& description) {
  datasets::PreparedCase prepared =
      datasets::prepare_case(case_id(options.input), read.image, nullptr,
                             description.data.descriptor.preprocessing, description.data.fit);
  if (!options.quiet) {
    for (const std::string& line : read.notes.lines) std::cerr << "note: " << line << '\n';
    for (const std::string& line : prepared.notes) std::cerr << "note: " << line << '\n';
  }
  return prepared;
}

/// The voxels as a tensor; the image keeps its geometry alone.
Tensor take_voxels(ImageVolume& image) {
  Tensor volume = image_tensor(image);
  std::vector<float>().swap(image.voxels);
  release_free_memory();  // what reading and preparing took, or the pass would add to it
  return volume;
}

std::string describe_plan(const MemoryPlan& memory) {
  if (memory.peak_bytes == 0) return "predicted peak memory: not known for this network";
  std::string text =
      "predicted peak memory " + readable_bytes(static_cast<double>(memory.peak_bytes));
  if (memory.plan.bands > 1) text += fmt::format(", in {} bands", memory.plan.bands);
  return text;
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
  return {
      {"grid", "prepared"}, {"extent_xyz", prepared.image.geometry.extent_xyz}, {"patches", picks}};
}

/// Share of the labels that the precision changes, in the patch that was taken first.
double labels_changed_in_a_patch(const Segmentation& segmentation, const Tensor& volume,
                                 Precision precision, Backbone& local) {
  const PickedPatch& pick = segmentation.picks.front();
  Int3 extent = extent_dhw(volume), start = pick.start_dhw;
  for (size_t axis = 0; axis < 3; ++axis)
    extent[axis] = std::max(extent[axis], pick.size_dhw[axis]);
  const Tensor padded = pad_centred(volume, extent).volume;
  for (size_t axis = 0; axis < 3; ++axis) {
    start[axis] = std::clamp<int64_t>(start[axis], 0, extent[axis] - pick.size_dhw[axis]);
  }
  return labels_changed(precision, local, crop(padded, start, pick.size_dhw));
}

void require_usable(const PredictOptions& options, const NetworkDescription& description) {
  if (description.scheme == TrainingScheme::global) {
    throw ConfigError(
        "{}: holds a global network alone; give the checkpoint of a local or an NMSW training",
        options.checkpoint.string());
  }
  if (description.scheme == TrainingScheme::local &&
      method_named(options.method).needs != std::vector{TrainingScheme::local}) {
    throw ConfigError(
        "{}: holds a local network alone, which --method {} cannot use; add --method "
        "sliding_window",
        options.checkpoint.string(), options.method);
  }
  if (options.time_budget_s && !method_named(options.method).takes_k()) {
    throw ConfigError(
        "--time-budget: {} ranks no patches that could be left out; use --method nmsw or "
        "random_foreground",
        options.method);
  }
}

datasets::PredictionFiles prediction_files(const PredictOptions& options) {
  datasets::PredictionFiles files{options.output, options.label_tables, options.volumes,
                                  options.roi, options.preview};
  if (options.trace) files.others.emplace_back("--trace", *options.trace);
  if (options.report) files.others.emplace_back("--report", *options.report);
  return files;
}

/// Before a long computation: what it is for can be stored, and overwrites no image.
void require_paths(const PredictOptions& options) {
  datasets::require_prediction_files(prediction_files(options), options.input);
  std::error_code absent;
  if (!options.series.empty() && !std::filesystem::is_directory(options.input, absent)) {
    throw ConfigError("--series: {} is no folder; leave --series out", options.input.string());
  }
}

void write_files(const PredictOptions& options, const NetworkDescription& description,
                 const datasets::PreparedCase& prepared, const Segmentation& found,
                 const LabelVolume& label) {
  const datasets::DatasetDescriptor& descriptor = description.data.descriptor;
  datasets::Prediction prediction{
      prepared.case_id,        label,       {descriptor.name, descriptor.classes}, {},
      prepared.image.geometry, std::nullopt};
  for (const PickedPatch& pick : found.picks) {
    prediction.patches.push_back(
        {pick.rank, pick.score, reversed(pick.start_dhw), reversed(pick.size_dhw)});
  }
  if (descriptor.preprocessing.intensity == datasets::IntensityRule::window)
    prediction.window = descriptor.preprocessing.window;
  datasets::write_prediction(prediction_files(options), prediction, options.input,
                             [&] { return read_input(options).image; });
}

/// What a prediction came to, for its report.
struct Outcome {
  PassInput input;
  MemoryPlan memory;
  Segmentation found;
  std::vector<std::pair<std::string, double>> stages;
  ordered_json changed;  // null: not compared
  int64_t device_peak_bytes = 0;
  double total_s = 0;
};

void tell_outcome(const PredictOptions& options, const Outcome& outcome,
                  const torch::Device& device) {
  if (!outcome.changed.is_null()) {
    std::cerr << fmt::format("{} changes {:.3g} % of the labels of the first patch\n",
                             enum_name(options.precision), 100 * outcome.changed.get<double>());
  }
  if (options.time_budget_s) {
    const PassVolume& volume = outcome.input.volume;
    std::cerr << fmt::format("time budget {} s: {} of {} patches\n", *options.time_budget_s,
                             outcome.found.picks.size(),
                             patches_total(volume.volume_xyz, volume.patch_xyz, volume.overlap));
  }
  const auto tell = [](const char* what, int64_t bytes) {
    std::cerr << "measured peak memory" << what << ' ' << readable_bytes(static_cast<double>(bytes))
              << '\n';
  };
  tell("", peak_host_bytes());
  if (device.is_cuda()) tell(" of the device", outcome.device_peak_bytes);
}

ordered_json report_json(const PredictOptions& options, const Outcome& outcome,
                         const Int3& volume_xyz, const torch::Device& device) {
  ordered_json stages;
  for (const auto& [stage, seconds] : outcome.stages) stages[stage] = seconds;
  const int64_t predicted = outcome.memory.peak_bytes;
  // A file's name may hold any bytes, JSON's text may not.
  return {{"input", printable_word(options.input.string())},
          {"output", printable_word(options.output.string())},
          {"method", options.method},
          {"k", outcome.input.k.empty() ? ordered_json() : ordered_json(options.k)},
          {"volume_xyz", volume_xyz},
          {"precision", enum_name(options.precision)},
          {"labels_changed_in_first_patch", outcome.changed},
          {"patches_used", outcome.found.picks.size()},
          {"bands", outcome.memory.plan.bands},
          {"device", device.str()},
          {"arithmetic",
           device.is_cuda() ? ordered_json(arithmetic_text(options.arithmetic)) : ordered_json()},
          {"threads", at::get_num_threads()},
          {"stage_s", stages},
          {"total_s", outcome.total_s},
          {"peak_bytes_predicted", predicted > 0 ? ordered_json(predicted) : ordered_json()},
          {"peak_bytes", peak_host_bytes()},
          {"device_peak_bytes",
           device.is_cuda() ? ordered_json(outcome.device_peak_bytes) : ordered_json()}};
}

/// The device, ready for the pass.
torch::Device prepared_device(const PredictOptions& options) {
  const torch::Device device = resolve_device(options.device);
  use_arithmetic(options.arithmetic, device);
  require_inference_precision(options.precision, device);
  if (options.precision == Precision::bf16 && device.is_cpu() && !has(Instructions::bf16)) {
    std::cerr << "note: this processor has no instructions for bfloat16; fp32 is faster here and "
                 "more exact\n";
  }
  return device;
}

MemoryPlan memory_plan(const PredictOptions& options, const NetworkSpec& spec,
                       const PassInput& input) {
  const MemoryPlan memory =
      plan_memory(input, cost_model(spec.backbone, spec.backbone_config),
                  cost_model(spec.global_backbone, spec.global_config), options.memory_limit_bytes);
  if (!options.quiet) std::cerr << describe_plan(memory) << '\n';
  return memory;
}

}  // namespace

int predict_verb(const Words& arguments) {
  const auto options = parse_predict_options(arguments);
  if (!options) return 0;
  require_paths(*options);
  set_threads(options->threads);
  const torch::Device device = prepared_device(*options);
  const c10::DeviceGuard guard(device);
  const auto begin = Clock::now();
  // Both take a second of one core. Where both fail, the checkpoint's error is the one that is
  // told.
  std::future<ReadImage> read = std::async(std::launch::async, read_input, std::cref(*options));
  const LoadedModel model = load_model(options->checkpoint, device);
  const NetworkDescription& description = model.description;
  require_usable(*options, description);

  datasets::PreparedCase prepared = load_case(*options, read.get(), description);
  const Int3 volume_xyz = prepared.image.geometry.extent_xyz;
  PassInput input = pass_input(*options, description, volume_xyz, device);
  MemoryPlan memory = memory_plan(*options, description.networks, input);
  const DevicePeak device_peak(device, device.is_cuda());
  Segmenter segmenter(segmenter_request(*options, description, memory.plan), model.networks);
  const Tensor volume = take_voxels(prepared.image).to(device);
  const double load_s = seconds_since(begin);
  Outcome outcome{std::move(input),
                  std::move(memory),
                  options->time_budget_s
                      ? segmenter.segment_within(volume, {*options->time_budget_s, steady_seconds})
                      : std::move(segmenter.segment(volume).front().segmentation),
                  {{"load", load_s}},
                  {},
                  0,
                  0};
  const Segmentation& found = outcome.found;
  for (const auto& [stage, seconds] : stage_list(found.stages))
    outcome.stages.emplace_back(stage, seconds);
  const auto segmented = Clock::now();
  outcome.device_peak_bytes = device_peak.bytes();  // what is compared below is not in it
  release_free_memory();  // what the networks took, or the label maps would add to it
  const LabelVolume label = datasets::restore_label(
      to_label_volume(found.labels, prepared.image.geometry), prepared.transform);
  const double restore_s = seconds_since(segmented);
  write_files(*options, description, prepared, found, label);
  outcome.stages.emplace_back("restore", restore_s);
  outcome.stages.emplace_back("write", seconds_since(segmented) - restore_s);
  // Of one patch: a whole second pass would cost what the precision has saved.
  if (options->precision != Precision::fp32 && !found.picks.empty()) {
    outcome.changed =
        labels_changed_in_a_patch(found, volume, options->precision, *model.networks.local);
  }
  if (!options->quiet) tell_outcome(*options, outcome, device);
  if (options->trace)
    write_text_atomically(*options->trace, trace_json(found, prepared).dump(2) + "\n");
  outcome.total_s = seconds_since(begin);
  if (options->report) {
    write_text_atomically(*options->report,
                          report_json(*options, outcome, volume_xyz, device).dump(2) + "\n");
  }
  return 0;
}

}  // namespace nmsw::runners
