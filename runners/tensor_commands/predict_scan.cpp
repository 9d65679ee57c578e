#include "runners/tensor_commands/predict_scan.h"

#include <algorithm>
#include <iostream>

#include "nmsw/backbones/mixed_precision.h"
#include "nmsw/base/atomic_file.h"
#include "nmsw/base/plain_text.h"
#include "nmsw/base/readable.h"
#include "nmsw/config/methods.h"
#include "nmsw/cost/patch_count.h"
#include "nmsw/profiling/device_peak.h"
#include "nmsw/profiling/peak_memory.h"
#include "nmsw/tensor/device_arithmetic.h"
#include "nmsw/tensor/patch_ops.h"
#include "nmsw/tensor/tensor_memory.h"
#include "runners/tasks/case_set.h"
#include "runners/tensor_commands/prediction_page.h"

namespace nmsw::runners {
namespace {

using nlohmann::ordered_json;

double seconds_since(PredictClock::time_point start) {
  return std::chrono::duration<double>(PredictClock::now() - start).count();
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

Segmenter segmenter_of(const Predictor& predictor, const PassPlan& plan) {
  std::vector<SegmenterMember> members;
  for (const LoadedModel& model : predictor.models) {
    members.push_back(
        {segmenter_request(predictor.options, model.description, plan), &model.networks});
  }
  return Segmenter(members);
}

PassInput pass_input(const PredictOptions& options, const NetworkDescription& description,
                     Int3 extent_xyz, const torch::Device& device) {
  const bool takes_k = method_named(options.method).takes_k();
  const datasets::DatasetDescriptor& descriptor = description.data.descriptor;
  PassPlan plan;
  plan.batch = patch_batch(device);
  plan.precision = options.precision;
  PassInput input{"",
                  options.method,
                  takes_k ? options.k : "",
                  pass_volume(descriptor, options.overlap, extent_xyz),
                  datasets::num_classes(descriptor),
                  description.model,
                  plan,
                  options.time_budget_s ? kMeasuredPatches : 0};
  input.in_channels = datasets::channel_count(descriptor);
  return input;
}

datasets::PreparedCase prepare(const Predictor& predictor, const datasets::ListedScan& scan,
                               const ReadScan& read) {
  const DataSpec& data = predictor.data();
  const auto channels = datasets::channel_preparations(data.descriptor);
  datasets::PreparedCase prepared =
      datasets::prepare_case(scan.id, read.channels, nullptr, channels, data.fit);
  if (!predictor.options.quiet) {
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

ordered_json trace_json(const SegmentedScan& segmented) {
  ordered_json picks = ordered_json::array();
  for (const PickedPatch& pick : segmented.picks) {
    picks.push_back({{"rank", pick.rank},
                     {"patch", pick.patch_index},
                     {"score", pick.score},
                     {"start_xyz", reversed(pick.start_dhw)},
                     {"size_xyz", reversed(pick.size_dhw)}});
  }
  return {{"grid", "prepared"},
          {"extent_xyz", segmented.prepared.image.geometry.extent_xyz},
          {"patches", picks}};
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

void write_files(const Predictor& predictor, const datasets::ListedScan& scan,
                 const SegmentedScan& segmented) {
  const PredictOptions& options = predictor.options;
  const datasets::DatasetDescriptor& descriptor = predictor.data().descriptor;
  datasets::Prediction prediction{scan.id,
                                  segmented.label,
                                  {descriptor.name, descriptor.classes},
                                  {},
                                  segmented.prepared.image.geometry,
                                  std::nullopt};
  for (const PickedPatch& pick : segmented.picks) {
    prediction.patches.push_back(
        {pick.rank, pick.score, reversed(pick.start_dhw), reversed(pick.size_dhw)});
  }
  const datasets::PreprocessConfig shown = datasets::channel_preparations(descriptor).front();
  if (shown.intensity == datasets::IntensityRule::window ||
      shown.intensity == datasets::IntensityRule::clipped_zscore)
    prediction.window = shown.window;
  const datasets::PredictionFiles files = prediction_files(options, scan);
  const auto read_image = [&] { return std::move(read_scan(scan, options).channels.front()); };
  datasets::write_prediction(files, prediction, scan.input, read_image);
  if (files.page) write_text_atomically(*files.page, prediction_page(prediction, read_image()));
}

void tell_outcome(const Predictor& predictor, const SegmentedScan& outcome) {
  const PredictOptions& options = predictor.options;
  if (!outcome.changed.is_null()) {
    std::cerr << fmt::format("{} changes {:.3g} % of the labels of the first patch\n",
                             enum_name(options.precision), 100 * outcome.changed.get<double>());
  }
  if (options.time_budget_s) {
    const PassVolume& volume = outcome.volume;
    std::cerr << fmt::format("time budget {} s: {} of {} patches\n", *options.time_budget_s,
                             outcome.picks.size(),
                             patches_total(volume.volume_xyz, volume.patch_xyz, volume.overlap));
  }
  const auto tell = [](const char* what, int64_t bytes) {
    std::cerr << "measured peak memory" << what << ' ' << readable_bytes(static_cast<double>(bytes))
              << '\n';
  };
  tell("", peak_host_bytes());
  if (predictor.device.is_cuda()) tell(" of the device", outcome.device_peak_bytes);
}

ordered_json report_json(const Predictor& predictor, const datasets::ListedScan& scan,
                         const SegmentedScan& outcome, double total_s) {
  const PredictOptions& options = predictor.options;
  const torch::Device& device = predictor.device;
  ordered_json stages;
  for (const auto& [stage, seconds] : outcome.stages) stages[stage] = seconds;
  const int64_t predicted = outcome.memory.peak_bytes;
  // A file's name may hold any bytes, JSON's text may not.
  return {{"input", printable_word(scan.input.string())},
          {"output", printable_word(scan.output.string())},
          {"method", options.method},
          {"networks", predictor.models.size()},
          {"k", outcome.k.empty() ? ordered_json() : ordered_json(options.k)},
          {"volume_xyz", outcome.prepared.image.geometry.extent_xyz},
          {"precision", enum_name(options.precision)},
          {"labels_changed_in_first_patch", outcome.changed},
          {"patches_used", outcome.picks.size()},
          {"bands", outcome.memory.plan.bands},
          {"device", device.str()},
          {"arithmetic",
           device.is_cuda() ? ordered_json(arithmetic_text(options.arithmetic)) : ordered_json()},
          {"threads", at::get_num_threads()},
          {"stage_s", stages},
          {"total_s", total_s},
          {"peak_bytes_predicted", predicted > 0 ? ordered_json(predicted) : ordered_json()},
          {"peak_bytes", peak_host_bytes()},
          {"device_peak_bytes",
           device.is_cuda() ? ordered_json(outcome.device_peak_bytes) : ordered_json()}};
}

int64_t weight_bytes(const LoadedModel& model) {
  int64_t bytes = 0;
  for (const Tensor& weight : model.networks.trained(model.description.scheme).parameters())
    bytes += static_cast<int64_t>(weight.nbytes());
  return bytes;
}

MemoryPlan plan_for(const Predictor& predictor, const LoadedModel& model, Int3 extent_xyz,
                    const std::optional<int64_t>& limit_bytes) {
  PassInput input = pass_input(predictor.options, model.description, extent_xyz, predictor.device);
  input.members = static_cast<int64_t>(predictor.models.size());
  for (const LoadedModel& other : predictor.models) {
    if (&other != &model) input.other_weight_bytes += weight_bytes(other);
  }
  const NetworkSpec& spec = model.description.networks;
  return plan_memory(input, cost_model(spec.backbone, spec.backbone_config),
                     cost_model(spec.global_backbone, spec.global_config), limit_bytes);
}

/// The plan of the network that needs most; all members of an ensemble go through a volume in the
/// same bands. One whose memory is not known leaves the whole unknown.
MemoryPlan memory_plan(const Predictor& predictor, Int3 extent_xyz) {
  const PredictOptions& options = predictor.options;
  const LoadedModel* most = nullptr;
  int64_t most_bytes = 0;
  for (const LoadedModel& model : predictor.models) {
    const int64_t bytes = plan_for(predictor, model, extent_xyz, std::nullopt).peak_bytes;
    if (most == nullptr || bytes == 0 || (most_bytes > 0 && bytes > most_bytes)) {
      most = &model;
      most_bytes = bytes;
    }
  }
  const MemoryPlan plan = plan_for(predictor, *most, extent_xyz, options.memory_limit_bytes);
  if (!options.quiet && !options.is_many) std::cerr << describe_plan(plan) << '\n';
  return plan;
}

/// One file of many in the folder that an option names.
std::filesystem::path file_in(const std::filesystem::path& folder, const datasets::ListedScan& scan,
                              const std::string& ending) {
  return folder / (scan.id + ending);
}

}  // namespace

ReadScan read_scan(const datasets::ListedScan& scan, const PredictOptions& options) {
  ReadScan read;
  read.channels.push_back(datasets::read_image(scan.input, &read.notes, options.series));
  for (const std::filesystem::path& channel : scan.further)
    read.channels.push_back(datasets::read_image(channel, &read.notes));
  return read;
}

datasets::PredictionFiles prediction_files(const PredictOptions& options,
                                           const datasets::ListedScan& scan) {
  datasets::PredictionFiles files{scan.output, options.label_tables, options.volumes, options.roi,
                                  options.preview};
  files.page = options.page;
  if (options.trace) files.others.emplace_back("--trace", *options.trace);
  if (options.report) files.others.emplace_back("--report", *options.report);
  if (!options.is_many) return files;
  for (auto [file, ending] : {std::pair{&files.volumes, ".csv"},
                              {&files.roi, ".mrk.json"},
                              {&files.preview, ".png"},
                              {&files.page, ".html"}}) {
    if (*file) *file = file_in(**file, scan, ending);
  }
  for (auto& [option, file] : files.others) file = file_in(file, scan, ".json");
  return files;
}

SegmentedScan segment_scan(const Predictor& predictor, const datasets::ListedScan& scan,
                           ReadScan read, PredictClock::time_point begin) {
  const PredictOptions& options = predictor.options;
  SegmentedScan segmented;
  segmented.prepared = prepare(predictor, scan, read);
  std::vector<ImageVolume>().swap(read.channels);
  datasets::PreparedCase& prepared = segmented.prepared;
  const Int3 extent_xyz = prepared.image.geometry.extent_xyz;
  segmented.memory = memory_plan(predictor, extent_xyz);
  segmented.k = method_named(options.method).takes_k() ? options.k : "";
  segmented.volume = pass_volume(predictor.data().descriptor, options.overlap, extent_xyz);
  const DevicePeak device_peak(predictor.device, predictor.device.is_cuda());
  Segmenter segmenter = segmenter_of(predictor, segmented.memory.plan);
  const Tensor volume = take_voxels(prepared.image).to(predictor.device);
  segmented.stages.emplace_back("load", seconds_since(begin));
  Segmentation found =
      options.time_budget_s
          ? segmenter.segment_within(volume, {*options.time_budget_s, steady_seconds})
          : std::move(segmenter.segment(volume).front().segmentation);
  for (const auto& [stage, seconds] : stage_list(found.stages))
    segmented.stages.emplace_back(stage, seconds);
  segmented.device_peak_bytes = device_peak.bytes();  // what is compared below is not in it
  // Of one patch: a whole second pass would cost what the precision has saved.
  if (options.precision != Precision::fp32 && !found.picks.empty()) {
    segmented.changed = labels_changed_in_a_patch(found, volume, options.precision,
                                                  *predictor.models.front().networks.local);
  }
  const auto compared = PredictClock::now();
  release_free_memory();  // what the networks took, or the label maps would add to it
  segmented.label = datasets::restore_label(to_label_volume(found.labels, prepared.image.geometry),
                                            prepared.transform);
  segmented.picks = std::move(found.picks);
  segmented.stages.emplace_back("restore", seconds_since(compared));
  return segmented;
}

void write_scan(const Predictor& predictor, const datasets::ListedScan& scan,
                SegmentedScan segmented, PredictClock::time_point begin) {
  const auto start = PredictClock::now();
  write_files(predictor, scan, segmented);
  segmented.stages.emplace_back("write", seconds_since(start));
  const PredictOptions& options = predictor.options;
  if (!options.quiet && !options.is_many) tell_outcome(predictor, segmented);
  for (const auto& [option, file] : prediction_files(options, scan).others) {
    const ordered_json json = option == "--trace"
                                  ? trace_json(segmented)
                                  : report_json(predictor, scan, segmented, seconds_since(begin));
    write_text_atomically(file, json.dump(2) + "\n");
  }
}

}  // namespace nmsw::runners
