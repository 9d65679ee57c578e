#include <chrono>
#include <cmath>
#include <numeric>
#include <set>

#include "datasets/image_io.h"
#include "nmsw/config/methods.h"
#include "nmsw/metrics/catalog.h"
#include "nmsw/metrics/scores.h"
#include "nmsw/profiling/device_peak.h"
#include "nmsw/profiling/peak_memory.h"
#include "runners/planning/forecast/prediction.h"
#include "runners/planning/tasks/score_options.h"
#include "runners/tasks/case_set.h"
#include "runners/tasks/case_slices.h"
#include "runners/tasks/evaluation_pass.h"
#include "runners/tasks/networks.h"
#include "runners/tasks/segmenter.h"
#include "runners/tasks/task_context.h"

namespace nmsw::runners {
namespace {

using Clock = std::chrono::steady_clock;

class Evaluation {
 public:
  Evaluation(const results::TaskRecord& task, const TaskContext& context)
      : task_(task),
        context_(context),
        spec_(read_config<EvaluateSpec>(ConfigNode::parse(task.config_json, task.key))),
        cases_(spec_.data, context.cache),
        networks_(evaluated_networks(spec_, context)) {
    if (!copies_template())
      segmenter_.emplace(evaluation_request(spec_, context.device), networks_);
  }

  TaskOutcome run();

 private:
  bool copies_template() const { return spec_.method == kTemplateCopy; }
  std::vector<datasets::CaseFiles> scored_cases() const;
  void copy_template(const datasets::CaseFiles& files);
  void evaluate_case(const datasets::CaseFiles& files);
  LabelVolume scored_label(const datasets::CaseFiles& files,
                           const datasets::PreparedCase& prepared) const;
  void add_scores(const datasets::CaseFiles& files, const datasets::PreparedCase& prepared,
                  const LabelVolume& label, const LabelVolume& prediction, const std::string& k);
  void add_times(const std::string& case_id, const std::string& extent,
                 const NamedSegmentation& found, double load_s);
  void add_picks(const std::string& case_id, const Segmentation& segmentation);
  static const Segmentation& most_picks(const std::vector<NamedSegmentation>& found);
  std::string counted_k(const std::string& k) const;
  void add_slices(const datasets::PreparedCase& prepared,
                  const std::vector<NamedSegmentation>& found);
  void add_class_weights();
  void add_costs(Int3 extent_xyz, const PeakBytes& peaks);

  const results::TaskRecord& task_;
  const TaskContext& context_;
  EvaluateSpec spec_;
  CaseSet cases_;
  NetworkSet networks_;
  std::optional<Segmenter> segmenter_;
  results::TaskResult result_;
  /// Prepared extent of the case with the most voxels, whose costs are stored.
  Int3 largest_extent_xyz_{0, 0, 0};
  /// Of each case, under k auto.
  std::vector<size_t> auto_patches_;
};

LabelVolume Evaluation::scored_label(const datasets::CaseFiles& files,
                                     const datasets::PreparedCase& prepared) const {
  if (spec_.evaluation.geometry == ScoreGeometry::prepared) return prepared.label;
  return datasets::read_case_label(spec_.data.descriptor, files, prepared.transform.original);
}

void Evaluation::add_scores(const datasets::CaseFiles& files,
                            const datasets::PreparedCase& prepared, const LabelVolume& label,
                            const LabelVolume& prediction, const std::string& k) {
  const EvaluationConfig& config = spec_.evaluation;
  const bool original = config.geometry == ScoreGeometry::original;
  const LabelVolume scored =
      original ? datasets::restore_label(prediction, prepared.transform) : prediction;
  const ScoreOptions options = score_options(spec_);
  for (const ClassScores& scores : score_label_maps(scored, label, options)) {
    for (const MetricEntry& metric : metric_catalog()) {
      results::MetricValue value;
      value.case_id = files.case_id;
      value.class_index = scores.class_index;
      value.class_name =
          spec_.data.descriptor.classes.at(static_cast<size_t>(scores.class_index - 1));
      value.metric = metric.name;
      const double number = scores.value(metric.name);
      if (std::isfinite(number)) value.value = number;
      // A share has no unit of its own: the tolerance's is stored, which tells the two ways apart.
      value.unit =
          metric.has_tolerance ? enum_name(config.nsd_unit) : unit_of(metric, config.nsd_unit);
      value.tolerance = metric.has_tolerance ? options.tolerance_of(scores.class_index) : 0;
      value.policy = enum_name(config.absent_class);
      value.geometry = enum_name(config.geometry);
      value.k = k;
      result_.metrics.push_back(std::move(value));
    }
  }
  if (config.keep_predictions) {
    const auto file = context_.folder / (files.case_id + (k.empty() ? "" : "_k" + k) + ".nii.gz");
    datasets::write_label(file, datasets::restore_label(prediction, prepared.transform));
  }
}

void Evaluation::add_times(const std::string& case_id, const std::string& extent,
                           const NamedSegmentation& found, double load_s) {
  auto stages = stage_list(found.segmentation.stages);
  stages.insert(stages.begin(), {"load", load_s});
  stages.emplace_back("total", found.segmentation.stages.total());
  for (const auto& [stage, seconds] : stages) {
    results::StageTime time;
    time.device = context_.device.is_cuda() ? "cuda" : "cpu";
    time.hardware = hardware_name(context_.device);
    time.k = found.k;
    time.extent = extent;
    time.stage = stage;
    time.seconds_median = seconds;
    time.case_id = case_id;
    result_.stage_times.push_back(std::move(time));
  }
}

void Evaluation::add_picks(const std::string& case_id, const Segmentation& segmentation) {
  for (const PickedPatch& pick : segmentation.picks) {
    result_.patch_picks.push_back({case_id, pick.rank, pick.patch_index, pick.score,
                                   reversed(pick.start_dhw), reversed(pick.size_dhw)});
  }
}

const Segmentation& Evaluation::most_picks(const std::vector<NamedSegmentation>& found) {
  const auto most = std::max_element(found.begin(), found.end(), [](const auto& a, const auto& b) {
    return a.segmentation.picks.size() < b.segmentation.picks.size();
  });
  return most->segmentation;
}

void Evaluation::evaluate_case(const datasets::CaseFiles& files) {
  const auto start = Clock::now();
  const datasets::PreparedCase prepared = cases_.load(files);
  const Tensor volume = image_tensor(prepared.image).to(context_.device);
  const double load_s = std::chrono::duration<double>(Clock::now() - start).count();
  const Int3 extent = prepared.image.geometry.extent_xyz;
  const auto voxels = [](Int3 of) { return of[0] * of[1] * of[2]; };
  if (voxels(extent) > voxels(largest_extent_xyz_)) largest_extent_xyz_ = extent;
  const std::vector<NamedSegmentation> found =
      segmenter_->segment(volume, label_tensor(prepared.label).squeeze(0).squeeze(0));
  const LabelVolume label = scored_label(files, prepared);
  for (const NamedSegmentation& one : found) {
    add_scores(files, prepared, label,
               to_label_volume(one.segmentation.labels, prepared.image.geometry), one.k);
    if (one.k == results::kGlobalK) continue;
    if (one.k == kAutoKName) auto_patches_.push_back(one.segmentation.picks.size());
    add_times(files.case_id, extent_text(extent), one, load_s);
  }
  // The picks are nested, so that those of the largest k are all of them. A sliding window picks
  // nothing.
  if (method_named(spec_.method).patches != PatchUse::every)
    add_picks(files.case_id, most_picks(found));
  if (result_.slices.empty()) add_slices(prepared, found);
}

void Evaluation::copy_template(const datasets::CaseFiles& files) {
  const datasets::PreparedCase prepared = cases_.load(files);
  const LabelVolume copy = cases_.copied_template(files);
  add_scores(files, prepared, scored_label(files, prepared), copy, "");
  if (result_.slices.empty()) result_.slices = case_slices(prepared, &copy, "");
}

void Evaluation::add_slices(const datasets::PreparedCase& prepared,
                            const std::vector<NamedSegmentation>& found) {
  const auto shown = std::find_if(found.begin(), found.end(),
                                  [](const NamedSegmentation& one) { return one.k == kShownK; });
  const NamedSegmentation& one = shown == found.end() ? found.front() : *shown;
  const LabelVolume prediction = to_label_volume(one.segmentation.labels, prepared.image.geometry);
  result_.slices = case_slices(prepared, &prediction, one.k);
}

void Evaluation::add_class_weights() {
  // Another order runs on the same weights, which the evaluation by scores stores.
  if (!method_named(spec_.method).runs_nmsw() || spec_.evaluation.order != PatchOrder::scores)
    return;
  const Tensor weights = networks_.nmsw->class_weight();
  if (!weights.defined()) return;
  const Tensor flat = weights.detach().to(torch::kCPU).flatten();
  for (int64_t c = 0; c < flat.numel(); ++c) {
    const std::string name =
        c == 0 ? "background" : spec_.data.descriptor.classes.at(static_cast<size_t>(c - 1));
    result_.class_weights.push_back({c, name, flat[c].item<double>()});
  }
}

/// Under k auto the mean number of patches, to the next whole one.
std::string Evaluation::counted_k(const std::string& k) const {
  if (k != kAutoKName || auto_patches_.empty()) return k;
  const double sum = std::accumulate(auto_patches_.begin(), auto_patches_.end(), 0.0);
  return std::to_string(std::llround(sum / static_cast<double>(auto_patches_.size())));
}

void Evaluation::add_costs(Int3 extent_xyz, const PeakBytes& peaks) {
  const datasets::DatasetDescriptor& descriptor = spec_.data.descriptor;
  PassInput input{task_.key.substr(0, 16) + ": ",
                  spec_.method,
                  "",
                  pass_volume(descriptor, spec_.evaluation.overlap, extent_xyz),
                  datasets::num_classes(descriptor),
                  spec_.model,
                  evaluation_request(spec_, context_.device).plan};
  input.in_channels = datasets::channel_count(descriptor);
  const BackboneCostModel local =
      cost_model(spec_.networks.backbone, spec_.networks.backbone_config);
  const BackboneCostModel global =
      cost_model(spec_.networks.global_backbone, spec_.networks.global_config);
  for (const std::string& k : spec_.k.empty() ? std::vector<std::string>{""} : spec_.k) {
    input.k = counted_k(k);
    const PassPrediction pass = predict_pass(input, local, global);
    result_.mac_counts.push_back({pass.cost.macs, pass.cost.macs_paper, pass.cost.params,
                                  pass.cost.params_paper, k, extent_text(extent_xyz),
                                  pass.patches_total, pass.patches_used});
    const bool largest_k = k == (spec_.k.empty() ? "" : spec_.k.back());
    add_peaks(largest_k ? peaks : PeakBytes{}, pass.peak_bytes, k, context_.device, result_);
  }
}

std::vector<datasets::CaseFiles> Evaluation::scored_cases() const {
  std::vector<datasets::CaseFiles> files;
  const bool tests = spec_.evaluation.cases == ScoredCases::test;
  const datasets::Split split = tests ? datasets::Split::test : datasets::Split::validation;
  for (const datasets::CaseFiles& one : cases_.of(split)) {
    if (one.has_label() && (one.deformation || !copies_template())) files.push_back(one);
  }
  if (files.empty())
    throw DataError("{}: there is no labelled {} case; check the split", spec_.data.root,
                    enum_name(split));
  if (spec_.evaluation.max_cases > 0 &&
      static_cast<int64_t>(files.size()) > spec_.evaluation.max_cases) {
    files.resize(static_cast<size_t>(spec_.evaluation.max_cases));
  }
  return files;
}

TaskOutcome Evaluation::run() {
  const std::vector<datasets::CaseFiles> files = scored_cases();
  Progress progress(task_title(task_), static_cast<int64_t>(files.size()), context_.progress);
  reset_peak_host_bytes();
  const DevicePeak device_peak(context_.device, context_.device.is_cuda());
  for (size_t i = 0; i < files.size(); ++i) {
    copies_template() ? copy_template(files[i]) : evaluate_case(files[i]);
    progress.update(static_cast<int64_t>(i + 1), files[i].case_id);
    context_.report(static_cast<double>(i + 1) / static_cast<double>(files.size()),
                    files[i].case_id);
    if (context_.stop()) throw Interrupted();
  }
  add_class_weights();
  if (!copies_template()) add_costs(largest_extent_xyz_, {peak_host_bytes(), device_peak.bytes()});
  return {std::move(result_), cases_.digest()};
}

}  // namespace

TaskOutcome run_evaluate_task(const results::TaskRecord& task, const TaskContext& context) {
  return Evaluation(task, context).run();
}

}  // namespace nmsw::runners
