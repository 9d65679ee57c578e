#include <algorithm>
#include <cstdlib>

#include <fmt/format.h>

#include "reporting/claims/judges.h"
#include "reporting/closed_forms.h"
#include "reporting/paper_numbers.h"
#include "reporting/paper_timings.h"
#include "reporting/ratio_of_medians.h"

namespace nmsw::reporting {
namespace {

/// The backbone whose figures the paper's sentences on speed give: 99.0 → 8.3 s, 2110 → 189 s.
constexpr const char* kSentenceBackbone = "mednext";

double paper_number(const std::string& backbone, const MethodKey& key, const char* metric) {
  return std::strtod(paper_value(backbone, key, "", metric).c_str(), nullptr);
}

/// Whether the spread of the repeats is known.
bool has_spread(const PaperTiming& timing) {
  return timing.repeats >= kMinimumRepeats && timing.iqr_s.has_value();
}

Interval interval_of(const PaperTiming& slow, const PaperTiming& fast) {
  const double ratio = slow.seconds / fast.seconds;
  if (!has_spread(slow) || !has_spread(fast)) return {ratio, ratio, ratio};
  return ratio_of_medians({slow.seconds, *slow.iqr_s, slow.repeats},
                          {fast.seconds, *fast.iqr_s, fast.repeats});
}

/// What keeps two timings from being judged; empty where nothing does.
std::string lack_of(const PaperTiming& slow, const PaperTiming& fast) {
  const int64_t fewest = std::min(slow.repeats, fast.repeats);
  if (fewest < kMinimumRepeats)
    return fmt::format("{} repeat{}, {} are needed", fewest, fewest == 1 ? "" : "s",
                       kMinimumRepeats);
  if (!slow.iqr_s || !fast.iqr_s)
    return "the database does not say how far the repeats spread; profile again";
  return "";
}

Evidence speed_cell(const Claim& claim, const PaperTiming& slow, const PaperTiming& fast,
                    const char* metric) {
  Evidence cell;
  cell.backbone = slow.backbone;
  cell.what = machine_text(slow);
  cell.is_comparable = is_paper_device(slow);
  cell.measured = interval_of(slow, fast);
  cell.pairs = static_cast<size_t>(std::min(slow.repeats, fast.repeats));
  const double printed = paper_number(cell.backbone, nmsw_key("30"), metric);
  if (printed > 0) {
    cell.paper =
        fmt::format("{:.1f}", paper_number(cell.backbone, sliding_window_key(), metric) / printed);
  }
  cell.remark = lack_of(slow, fast);
  if (cell.remark.empty()) cell.verdict = decide(claim, *cell.measured);
  return cell;
}

/// `metric` is the paper's column.
Judgement judge_speed(const Claim& claim, const ClaimInput& input, bool on_cpu,
                      const char* metric) {
  Judgement judgement;
  const std::vector<PaperTiming> timings = of_one_machine(paper_timings(input.store), on_cpu);
  for (const std::string& backbone : paper_backbones()) {
    const PaperTiming* slow = find_timing(timings, backbone, sliding_window_key());
    const PaperTiming* fast = find_timing(timings, backbone, nmsw_key("30"));
    if (slow != nullptr && fast != nullptr)
      judgement.cells.push_back(speed_cell(claim, *slow, *fast, metric));
  }
  const auto sentence =
      std::find_if(judgement.cells.begin(), judgement.cells.end(),
                   [](const Evidence& cell) { return cell.backbone == kSentenceBackbone; });
  if (const Evidence* weakest = weakest_of(claim, judgement.cells)) {
    judgement.remark = fmt::format("weakest backbone: {}: {} (the paper's: {}×)",
                                   backbone_label(weakest->backbone),
                                   interval_text(claim, *weakest->measured), weakest->paper);
  }
  if (sentence == judgement.cells.end()) {
    judgement.to_decide =
        fmt::format("profile {} with the sliding window and with NMSW (k=30) on a {} (make speed)",
                    backbone_label(kSentenceBackbone), on_cpu ? "CPU" : "GPU");
    if (judgement.remark.empty()) judgement.remark = "no profile of the paper's volume";
    return judgement;
  }
  judgement.verdict = sentence->verdict;
  judgement.measured = sentence->measured;
  judgement.count = fmt::format("{} repeat{}", sentence->pairs, sentence->pairs == 1 ? "" : "s");
  judgement.scope = "on " + sentence->what;
  if (!sentence->remark.empty()) judgement.remark = sentence->remark + "; " + judgement.remark;
  if (judgement.verdict == Verdict::undecided) judgement.to_decide = "more repeats";
  return judgement;
}

}  // namespace

Judgement judge_gpu_speed(const Claim& claim, const ClaimInput& input) {
  return judge_speed(claim, input, false, "gpu_s");
}

Judgement judge_cpu_speed(const Claim& claim, const ClaimInput& input) {
  return judge_speed(claim, input, true, "cpu_s");
}

Judgement judge_macs(const Claim& claim, const ClaimInput& /*input*/) {
  Judgement judgement;
  judgement.count = "exact";
  judgement.scope = "from closed forms, 480×480×480";
  for (const std::string& backbone : paper_backbones()) {
    const Cost slow = *paper_size_cost(backbone, sliding_window_key());
    const Cost fast = *paper_size_cost(backbone, nmsw_key("30"));
    const double saved = 100 * (1 - fast.macs_paper / slow.macs_paper);
    Evidence cell;
    cell.backbone = backbone;
    cell.what = kPaperVolume;
    cell.is_comparable = true;
    cell.measured = Interval{saved, saved, saved};
    cell.paper = fmt::format(
        "{:.1f}", 100 * (1 - paper_number(backbone, nmsw_key("30"), "macs_paper_t") /
                                 paper_number(backbone, sliding_window_key(), "macs_paper_t")));
    cell.verdict = decide(claim, *cell.measured);
    cell.remark =
        fmt::format("{:.1f} % of the MACs that are computed", 100 * (1 - fast.macs / slow.macs));
    judgement.cells.push_back(std::move(cell));
  }
  const Evidence* weakest = weakest_of(claim, judgement.cells);
  judgement.measured = weakest->measured;
  judgement.verdict = weakest->verdict;
  judgement.remark = "weakest: " + backbone_label(weakest->backbone);
  return judgement;
}

}  // namespace nmsw::reporting
