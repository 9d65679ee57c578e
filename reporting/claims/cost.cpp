#include <cstdlib>
#include <map>

#include <fmt/format.h>

#include "reporting/claims/gather.h"
#include "reporting/paper_numbers.h"
#include "reporting/rows.h"

namespace nmsw::reporting {
namespace {

// Both claims depend on how many patches the volume has, so that only the paper's volume decides.
constexpr const char* kPaperVolume = "480x480x480";

double paper_number(const std::string& backbone, const MethodKey& key, const char* metric) {
  return std::strtod(paper_value(backbone, key, "", metric).c_str(), nullptr);
}

void judge(const Claim& claim, const std::string& volume, Evidence& evidence) {
  if (volume == kPaperVolume) {
    evidence.verdict = decide(claim, *evidence.measured);
  } else {
    evidence.remark = "the paper's volume is " + std::string(kPaperVolume);
  }
}

struct Timing {
  double seconds = 0, spread = 0;
};

Interval ratio_of(const Timing& slow, const Timing& fast) {
  const double fastest = fast.seconds - fast.spread / 2;
  const double ratio = slow.seconds / fast.seconds;
  return {ratio, (slow.seconds - slow.spread / 2) / (fast.seconds + fast.spread / 2),
          fastest > 0 ? (slow.seconds + slow.spread / 2) / fastest : ratio};
}

/// "cpu" or "cuda"; `metric` is the paper's column.
std::vector<Evidence> gather_speed(const Claim& claim, const ClaimInput& input,
                                   const std::string& device_is, const char* metric) {
  const Rows rows(
      input.store,
      "SELECT device, hardware, extent, backbone, method, seconds_median AS seconds, "
      "coalesce(seconds_iqr, 0) AS spread FROM v_speed WHERE kind = 'profile' AND stage "
      "= 'total' AND (method = 'sliding_window' OR (method = 'nmsw' AND k = '30')) AND "
      "variant = '' AND seconds_median > 0 AND device " +
          device_is + " AND experiment = " + sql_quoted(input.experiment) +
          " ORDER BY backbone, hardware, extent, run");
  std::map<std::string, std::map<std::string, Timing>> timings;  // by place, by method
  std::vector<std::pair<std::string, Evidence>> places;
  for (size_t i = 0; i < rows.size(); ++i) {
    Evidence evidence;
    evidence.backbone = rows.text(i, "backbone");
    evidence.what = rows.text(i, "hardware") + ", " + rows.text(i, "extent");
    const std::string place = evidence.backbone + "\n" + evidence.what;
    if (timings.count(place) == 0) places.emplace_back(rows.text(i, "extent"), evidence);
    timings[place][rows.text(i, "method")] = {*rows.number(i, "seconds"),
                                              *rows.number(i, "spread")};
  }
  std::vector<Evidence> gathered;
  for (auto& [extent, evidence] : places) {
    const auto& of_place = timings[evidence.backbone + "\n" + evidence.what];
    const auto slow = of_place.find("sliding_window"), fast = of_place.find("nmsw");
    if (slow == of_place.end() || fast == of_place.end()) continue;
    evidence.measured = ratio_of(slow->second, fast->second);
    const double printed = paper_number(evidence.backbone, nmsw_key("30"), metric);
    if (printed > 0) {
      evidence.paper = fmt::format(
          "{:.1f}", paper_number(evidence.backbone, sliding_window_key(), metric) / printed);
    }
    judge(claim, extent, evidence);
    gathered.push_back(std::move(evidence));
  }
  return gathered;
}

}  // namespace

std::vector<Evidence> gather_gpu_speed(const Claim& claim, const ClaimInput& input) {
  return gather_speed(claim, input, "NOT LIKE 'cpu%'", "gpu_s");
}

std::vector<Evidence> gather_cpu_speed(const Claim& claim, const ClaimInput& input) {
  return gather_speed(claim, input, "LIKE 'cpu%'", "cpu_s");
}

std::vector<Evidence> gather_macs(const Claim& claim, const ClaimInput& input) {
  const Rows rows(
      input.store,
      "WITH cost AS (SELECT c.backbone, c.method, c.k, c.macs_paper, "
      "replace(trim(json_extract(t.config_json, '$.volume_xyz'), '[]'), ',', 'x') AS volume FROM "
      "v_costs c JOIN task t ON t.done_run = c.run WHERE c.kind = 'profile' AND c.variant = '' AND "
      "c.macs_paper > 0 AND c.experiment = " +
          sql_quoted(input.experiment) +
          ") SELECT DISTINCT s.backbone, s.volume, n.macs_paper / s.macs_paper AS share FROM cost "
          "s "
          "JOIN cost n ON n.backbone = s.backbone AND n.volume = s.volume WHERE s.method = "
          "'sliding_window' AND n.method = 'nmsw' AND n.k = '30' ORDER BY s.backbone, s.volume");
  std::vector<Evidence> gathered;
  for (size_t i = 0; i < rows.size(); ++i) {
    Evidence evidence;
    evidence.backbone = rows.text(i, "backbone");
    evidence.what = rows.text(i, "volume");
    const double saved = 100 * (1 - *rows.number(i, "share"));
    evidence.measured = Interval{saved, saved, saved};
    const double printed = paper_number(evidence.backbone, sliding_window_key(), "macs_paper_t");
    if (printed > 0) {
      evidence.paper = fmt::format(
          "{:.1f}",
          100 * (1 - paper_number(evidence.backbone, nmsw_key("30"), "macs_paper_t") / printed));
    }
    judge(claim, evidence.what, evidence);
    gathered.push_back(std::move(evidence));
  }
  return gathered;
}

}  // namespace nmsw::reporting
