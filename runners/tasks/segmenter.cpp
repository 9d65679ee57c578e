#include "runners/tasks/segmenter.h"

#include "nmsw/inference/ensemble.h"
#include "nmsw/inference/ranked_method.h"
#include "results/records.h"

namespace nmsw::runners {
namespace {

int64_t patches_of(const std::string& k) { return k.empty() ? kFullK : parse_k(k); }

/// The largest k that leaves patches out; all where none is given.
int64_t last_short_k(const std::vector<std::string>& names) {
  int64_t last = 0;
  for (const std::string& k : names) {
    if (patches_of(k) != kFullK) last = std::max(last, patches_of(k));
  }
  return last == 0 ? kFullK : last;
}

std::vector<std::string> named_k(const SegmenterRequest& request) {
  return request.k.empty() ? std::vector<std::string>{""} : request.k;
}

std::unique_ptr<InferenceMethod> method_of(const SegmenterMember& member) {
  const SegmenterRequest& request = member.request;
  const std::vector<std::string> k = named_k(request);
  MethodParts parts;
  parts.local = member.networks->local;
  parts.global = member.networks->global;
  parts.nmsw = member.networks->nmsw;
  parts.model = request.model;
  parts.geometry = request.geometry;
  parts.num_classes = request.num_classes;
  parts.k = patches_of(k.back());
  parts.plan = request.plan;
  parts.seed = request.seed;
  parts.noise_at_test = request.noise_at_test;
  parts.ranking = request.ranking;
  parts.ranks = last_short_k(k);
  parts.drawn_weights = request.drawn_weights;
  return build_method(request.method, parts);
}

}  // namespace

Segmenter::Segmenter(const SegmenterRequest& request, const NetworkSet& networks)
    : Segmenter({SegmenterMember{request, &networks}}) {}

Segmenter::Segmenter(const std::vector<SegmenterMember>& members)
    : k_(named_k(members.front().request)), with_global_(members.front().request.with_global) {
  if (members.size() == 1) {
    method_ = method_of(members.front());
    return;
  }
  std::vector<std::unique_ptr<InferenceMethod>> methods;
  for (const SegmenterMember& member : members) methods.push_back(method_of(member));
  method_ = std::make_unique<Ensemble>(std::move(methods), members.front().request.plan);
}

std::vector<NamedSegmentation> Segmenter::segment(const Tensor& volume, const Tensor& label) {
  const torch::NoGradGuard no_grad;
  std::vector<NamedSegmentation> named;
  RankedMethod* ranked = method_->as_ranked();
  if (ranked == nullptr) {
    named.push_back({k_.front(), method_->segment(volume)});
    Segmentation global;
    global.labels = named.front().segmentation.coarse_labels;
    if (with_global_ && global.labels.defined())
      named.push_back({results::kGlobalK, std::move(global)});
    return named;
  }
  std::vector<int64_t> counts;
  for (const std::string& k : k_) counts.push_back(patches_of(k));
  if (with_global_) counts.push_back(0);
  ranked->show_label(label);
  std::vector<Segmentation> found = ranked->segment_at(volume, counts);
  for (size_t i = 0; i < found.size(); ++i) {
    named.push_back({i < k_.size() ? k_[i] : results::kGlobalK, std::move(found[i])});
  }
  return named;
}

Segmentation Segmenter::segment_within(const Tensor& volume, const TimeBudget& budget) {
  const torch::NoGradGuard no_grad;
  RankedMethod* ranked = method_->as_ranked();
  if (ranked == nullptr) throw ConfigError("time budget: the method ranks no patches to leave out");
  return ranked->segment_within(volume, budget);
}

LabelVolume to_label_volume(const Tensor& labels, const Geometry& geometry) {
  const Int3 extent = geometry.extent_xyz;
  check_shape(labels, {extent[2], extent[1], extent[0]}, "prediction");
  const Tensor values = labels.to(torch::kUInt8).contiguous();
  const auto* voxels = values.data_ptr<uint8_t>();
  return {geometry, std::vector<uint8_t>(voxels, voxels + values.numel())};
}

std::vector<std::pair<std::string, double>> stage_list(const StageSeconds& stages) {
  return {{"global", stages.global},
          {"select", stages.choose},
          {"local", stages.local},
          {"aggregate", stages.aggregate},
          {"argmax", stages.argmax}};
}

}  // namespace nmsw::runners
