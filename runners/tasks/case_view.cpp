#include "runners/tasks/case_view.h"

#include <algorithm>

#include "nmsw/base/error.h"
#include "nmsw/config/methods.h"
#include "runners/tasks/case_set.h"
#include "runners/tasks/case_slices.h"
#include "runners/tasks/evaluation_pass.h"

namespace nmsw::runners {
namespace {

datasets::CaseFiles files_of(const CaseSet& cases, const EvaluateSpec& spec,
                             const std::string& case_id) {
  const bool tests = spec.evaluation.cases == ScoredCases::test;
  for (const datasets::CaseFiles& files :
       cases.of(tests ? datasets::Split::test : datasets::Split::validation)) {
    if (files.case_id == case_id && files.has_label()) return files;
  }
  throw DataError("{}: has no case '{}' with a label any more", spec.data.root, case_id);
}

std::vector<datasets::PatchBox> boxes(const std::vector<PickedPatch>& picks) {
  std::vector<datasets::PatchBox> patches;
  for (const PickedPatch& pick : picks)
    patches.push_back({pick.rank, pick.score, reversed(pick.start_dhw), reversed(pick.size_dhw)});
  return patches;
}

/// Of several k those that are worth a look.
std::vector<std::string> shown_k(const std::vector<std::string>& evaluated) {
  std::vector<std::string> shown;
  const bool has_few = std::find(evaluated.begin(), evaluated.end(), kShownK) != evaluated.end();
  if (has_few && evaluated.back() != kShownK) shown.emplace_back(kShownK);
  if (!evaluated.empty()) shown.push_back(evaluated.back());
  return shown;
}

}  // namespace

CaseView view_case(const results::TaskRecord& evaluation, const std::string& case_id,
                   const TaskContext& context) {
  auto spec = read_config<EvaluateSpec>(ConfigNode::parse(evaluation.config_json, evaluation.key));
  spec.k = shown_k(spec.k);
  CaseSet cases(spec.data, context.cache);
  const datasets::CaseFiles files = files_of(cases, spec, case_id);
  CaseView view;
  view.prepared = cases.load(files);
  if (spec.method == kTemplateCopy) {
    view.segmentations.push_back({"", cases.copied_template(files), {}});
    return view;
  }
  const NetworkSet networks = evaluated_networks(spec, context);
  SegmenterRequest request = evaluation_request(spec, context.device);
  request.with_global = false;
  Segmenter segmenter(request, networks);
  for (const NamedSegmentation& one :
       segmenter.segment(image_tensor(view.prepared.image).to(context.device),
                         label_tensor(view.prepared.label).squeeze(0).squeeze(0))) {
    view.segmentations.push_back(
        {one.k, to_label_volume(one.segmentation.labels, view.prepared.image.geometry),
         boxes(one.segmentation.picks)});
  }
  return view;
}

}  // namespace nmsw::runners
