#include "reporting/claims/pooled_claim.h"

#include <algorithm>
#include <cmath>
#include <limits>
#include <map>

#include <fmt/format.h>

#include "reporting/conventions.h"

namespace nmsw::reporting {
namespace {

constexpr double kManyCases = 1e5;

using Pairs = std::vector<std::pair<ScoreCell, ScoreCell>>;

std::string plural(size_t count, const char* word) {
  return fmt::format("{} {}{}", count, word, count == 1 ? "" : "s");
}

/// One cell: a backbone on a data set.
Evidence cell_of(const Claim& claim, const ClaimInput& input, const ScoreCell& first,
                 const ScoreCell& second) {
  Evidence cell;
  cell.dataset = first.dataset;
  cell.backbone = first.backbone;
  for (const ScoreCell& side : {first, second}) {
    if (cell.remark.empty()) cell.remark = missing_text(input, side);
  }
  if (!cell.remark.empty()) return cell;
  const PairedComparison compared = compare_pairs(input.dsc.differences(first, second));
  cell.pairs = compared.cases;
  cell.p = compared.p;
  if (compared.interval) {
    cell.measured = compared.interval;
    cell.verdict = decide(claim, *compared.interval);
  } else {
    if (compared.mean) cell.measured = Interval{*compared.mean, *compared.mean, *compared.mean};
    cell.remark =
        fmt::format("{}, {} are needed", plural(compared.cases, "test case"), kMinimumCases);
  }
  return cell;
}

/// Two leading digits, rounded up: more would say more than is known.
double rounded_up(double count) {
  const double step = std::pow(10, std::max(0.0, std::floor(std::log10(count)) - 1));
  return std::ceil(count / step) * step;
}

std::string weakest_text(const Claim& claim, const std::vector<Evidence>& cells) {
  const Evidence* weakest = weakest_of(claim, cells);
  if (weakest == nullptr || cells.size() < 2) return "";
  size_t holding = 0, failing = 0;
  for (const Evidence& cell : cells) {
    holding += cell.verdict == Verdict::holds ? 1 : 0;
    failing += cell.verdict == Verdict::fails ? 1 : 0;
  }
  return fmt::format("of {} cells {} hold alone, {} do not; weakest: {}: {}", cells.size(), holding,
                     failing, place_text(*weakest), interval_text(claim, *weakest->measured));
}

void add_remark(Judgement& judgement, const std::string& remark) {
  if (remark.empty()) return;
  judgement.remark += (judgement.remark.empty() ? "" : "; ") + remark;
}

/// Says what is missing; whether anything is.
bool lacks_data(const std::vector<CaseSample>& samples, Judgement& judgement) {
  for (const Evidence& cell : judgement.cells) {
    if (cell.verdict != Verdict::no_data) continue;
    add_remark(judgement, place_text(cell) + ": " + cell.remark);
    return true;
  }
  return std::any_of(samples.begin(), samples.end(),
                     [](const CaseSample& sample) { return sample.cases.size() < kMinimumCases; });
}

}  // namespace

std::string count_text(size_t cases, size_t datasets, size_t seeds) {
  std::string text = plural(cases, "case");
  if (datasets > 1) text += fmt::format(" in {} data sets", datasets);
  return text + ", " + plural(seeds, "seed");
}

std::string scope_text(const ClaimInput& input, const std::vector<std::string>& datasets,
                       size_t seeds) {
  std::string text = seeds < kMinimumSeeds ? "of these trained networks" : "";
  const std::string data = data_kind(input.store, input.experiment, datasets);
  if (!data.empty()) text += (text.empty() ? "on " : ", on ") + data;
  return text;
}

std::string mixed_text(const ClaimInput& input, const std::vector<std::string>& datasets) {
  const auto is_phantom = [&](const std::string& dataset) {
    return data_source(input.store, input.experiment, dataset) == DataSource::phantom;
  };
  const auto phantoms = std::count_if(datasets.begin(), datasets.end(), is_phantom);
  if (phantoms == 0 || phantoms == static_cast<std::ptrdiff_t>(datasets.size())) return "";
  return "phantoms and other data are mixed: " +
         data_kind(input.store, input.experiment, datasets) +
         "; give the other data sets' files, or judge them in experiments of their own";
}

std::string cases_to_decide(const PooledMean& pooled, const Interval& interval, double threshold) {
  const double distance = std::fabs(pooled.mean - threshold);
  const double reach =
      pooled.mean >= threshold ? pooled.mean - interval.low : interval.high - pooled.mean;
  if (distance == 0) return "no number of cases decides it while the mean is the threshold itself";
  const double ratio = reach / distance;
  const double more = static_cast<double>(pooled.cases) * (ratio * ratio - 1);
  if (more > kManyCases) return "more than 100,000 more cases would decide it if the mean stayed";
  return fmt::format("about {:.0f} more cases{} would decide it if the mean stayed",
                     rounded_up(std::max(1.0, more)),
                     pooled.has_training_noise ? ", with seeds in proportion," : "");
}

void correct_cells(std::vector<Evidence>& cells) {
  std::vector<double> p;
  for (const Evidence& cell : cells) {
    if (cell.p) p.push_back(*cell.p);
  }
  const std::vector<double> corrected = holm(p);
  size_t next = 0;
  for (Evidence& cell : cells) {
    if (cell.p) cell.p = corrected[next++];
  }
}

Judgement judge_difference(const Claim& claim, const ClaimInput& input,
                           const Comparison& comparison) {
  Judgement judgement;
  std::map<std::string, Pairs> by_dataset;
  for (const auto& [dataset, backbone] : places_of(input)) {
    const ScoreCell first{dataset, backbone, comparison.first};
    const ScoreCell second{dataset, backbone, comparison.second};
    judgement.cells.push_back(cell_of(claim, input, first, second));
    judgement.cells.back().paper = comparison.paper(dataset, backbone);
    by_dataset[dataset].emplace_back(first, second);
  }
  correct_cells(judgement.cells);
  if (judgement.cells.empty()) {
    judgement.remark = "nothing is evaluated";
    return judgement;
  }
  std::vector<CaseSample> samples;
  std::vector<std::string> datasets;
  size_t seeds = std::numeric_limits<size_t>::max(), cases = 0;
  for (const auto& [dataset, pairs] : by_dataset) {
    samples.push_back(case_sample(input.dsc, pairs));
    datasets.push_back(dataset);
    seeds = std::min(seeds, samples.back().seeds.size());
    cases += samples.back().cases.size();
  }
  if (cases > 0) judgement.count = count_text(cases, samples.size(), seeds);
  judgement.scope = scope_text(input, datasets, seeds);
  add_remark(judgement, mixed_text(input, datasets));
  if (!judgement.remark.empty()) return judgement;
  if (lacks_data(samples, judgement)) return judgement;
  const PooledMean pooled = pool(samples);
  judgement.measured = confidence_interval(pooled);
  judgement.verdict = decide(claim, *judgement.measured);
  if (judgement.verdict == Verdict::undecided)
    judgement.to_decide = cases_to_decide(pooled, *judgement.measured, claim.threshold);
  if (judgement.verdict == Verdict::holds && allows_no_difference(claim))
    add_remark(judgement, "a margin: methods that do not differ would hold too");
  add_remark(judgement, weakest_text(claim, judgement.cells));
  return judgement;
}

}  // namespace nmsw::reporting
