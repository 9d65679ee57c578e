#include "reporting/claims/judges.h"
#include "reporting/claims/pooled_claim.h"
#include "reporting/paper_numbers.h"

namespace nmsw::reporting {
namespace {

/// NMSW with k patches against the sliding window, beside Table 2.
Judgement against_sliding_window(const Claim& claim, const ClaimInput& input,
                                 const std::string& k) {
  const auto paper = [&](const std::string& dataset, const std::string& backbone) {
    return paper_difference(paper_value(backbone, nmsw_key(k), dataset, "dsc"),
                            paper_value(backbone, sliding_window_key(), dataset, "dsc"));
  };
  return judge_difference(claim, input, {nmsw_key(k), sliding_window_key(), paper});
}

/// Two bars of the paper's ablation figure.
Judgement between_bars(const Claim& claim, const ClaimInput& input, const MethodKey& first,
                       const MethodKey& second) {
  const auto paper = [&](const std::string& dataset, const std::string& backbone) {
    return paper_difference(paper_ablation_value(backbone, first, dataset),
                            paper_ablation_value(backbone, second, dataset));
  };
  return judge_difference(claim, input, {first, second, paper});
}

}  // namespace

Judgement judge_accuracy(const Claim& claim, const ClaimInput& input) {
  return against_sliding_window(claim, input, "30");
}

Judgement judge_full_coverage(const Claim& claim, const ClaimInput& input) {
  return against_sliding_window(claim, input, "full");
}

Judgement judge_saturation(const Claim& claim, const ClaimInput& input) {
  return between_bars(claim, input, nmsw_key("50"), nmsw_key("30"));
}

Judgement judge_class_weights(const Claim& claim, const ClaimInput& input) {
  Judgement judgement = between_bars(claim, input, nmsw_key("30"), nmsw_key("30", "off"));
  if (judgement.verdict == Verdict::no_data || !judgement.measured) return judgement;
  // The paper's own smallest difference is a loss: within it weights may hurt a little and help
  // never.
  Claim help = claim;
  help.threshold = 0;
  help.is_strict = true;
  const Verdict helps = decide(help, *judgement.measured);
  judgement.remark = "that they help (> 0): " + verdict_text(helps) +
                     (judgement.remark.empty() ? "" : "; " + judgement.remark);
  if (judgement.verdict == Verdict::holds && helps != Verdict::holds) {
    judgement.scope =
        "in that they do not hurt" + (judgement.scope.empty() ? "" : ", " + judgement.scope);
  }
  return judgement;
}

}  // namespace nmsw::reporting
