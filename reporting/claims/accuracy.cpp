#include <algorithm>

#include <fmt/format.h>

#include "reporting/claims/gather.h"
#include "reporting/paper_numbers.h"

namespace nmsw::reporting {
namespace {

/// NMSW with k patches against the sliding window.
std::vector<Evidence> against_sliding_window(const Claim& claim, const ClaimInput& input,
                                             const std::string& k) {
  std::vector<Evidence> evidence;
  for (const auto& [dataset, backbone] : places_of(input)) {
    evidence.push_back(compare_dsc(claim, input, {dataset, backbone, nmsw_key(k)},
                                   {dataset, backbone, sliding_window_key()}));
    evidence.back().paper =
        paper_difference(paper_value(backbone, nmsw_key(k), dataset, "dsc"),
                         paper_value(backbone, sliding_window_key(), dataset, "dsc"));
  }
  return evidence;
}

/// Two bars of the paper's ablation figure.
std::vector<Evidence> between_bars(const Claim& claim, const ClaimInput& input,
                                   const MethodKey& first, const MethodKey& second) {
  std::vector<Evidence> evidence;
  for (const auto& [dataset, backbone] : places_of(input)) {
    evidence.push_back(
        compare_dsc(claim, input, {dataset, backbone, first}, {dataset, backbone, second}));
    evidence.back().paper = paper_difference(paper_ablation_value(backbone, first, dataset),
                                             paper_ablation_value(backbone, second, dataset));
  }
  return evidence;
}

/// The class in which a method gains least; the verdict is that of all classes with enough cases.
void judge_by_class(const Claim& claim, const ClaimInput& input, const ScoreCell& first,
                    const ScoreCell& second, Evidence& evidence) {
  std::vector<Evidence> classes;
  for (const auto& [class_index, name] : input.dsc.classes(first.dataset)) {
    Evidence one;
    one.remark = name;
    judge_pairs(claim, input.dsc.class_differences(first, second, class_index), one);
    if (one.pairs >= kMinimumCases) classes.push_back(std::move(one));
  }
  if (classes.empty()) {
    if (evidence.remark.empty())
      evidence.remark = fmt::format("no class is in {} test cases", kMinimumCases);
    evidence.verdict = Verdict::undecided;
    return;
  }
  const auto least = std::min_element(
      classes.begin(), classes.end(),
      [](const Evidence& a, const Evidence& b) { return a.measured->mean < b.measured->mean; });
  const auto holding = std::count_if(classes.begin(), classes.end(), [](const Evidence& one) {
    return one.verdict == Verdict::holds;
  });
  const bool all_hold = holding == static_cast<int64_t>(classes.size());
  const bool any_fails = overall(classes) == Verdict::fails;
  evidence.measured = least->measured;
  evidence.pairs = least->pairs;
  evidence.p = least->p;
  evidence.remark =
      fmt::format("least: {}; {} of {} classes hold", least->remark, holding, classes.size());
  evidence.verdict = any_fails ? Verdict::fails : all_hold ? Verdict::holds : Verdict::undecided;
}

}  // namespace

std::vector<Evidence> gather_accuracy(const Claim& claim, const ClaimInput& input) {
  return against_sliding_window(claim, input, "30");
}

std::vector<Evidence> gather_full_coverage(const Claim& claim, const ClaimInput& input) {
  return against_sliding_window(claim, input, "full");
}

std::vector<Evidence> gather_saturation(const Claim& claim, const ClaimInput& input) {
  return between_bars(claim, input, nmsw_key("50"), nmsw_key("30"));
}

std::vector<Evidence> gather_class_weights(const Claim& claim, const ClaimInput& input) {
  return between_bars(claim, input, nmsw_key("30"), nmsw_key("30", "off"));
}

std::vector<Evidence> gather_random_foreground(const Claim& claim, const ClaimInput& input) {
  std::vector<Evidence> evidence;
  for (const auto& [dataset, backbone] : places_of(input)) {
    for (const char* k : {"5", "30"}) {
      const ScoreCell chosen{dataset, backbone, nmsw_key(k)};
      const ScoreCell random{dataset, backbone, {"random_foreground", k, "on", ""}};
      Evidence one = compare_dsc(claim, input, chosen, random);
      one.what = fmt::format("k={}", k);
      if (one.measured) judge_by_class(claim, input, chosen, random, one);
      evidence.push_back(std::move(one));
    }
  }
  return evidence;
}

}  // namespace nmsw::reporting
