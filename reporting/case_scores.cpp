#include "reporting/case_scores.h"

#include <set>
#include <tuple>

#include <fmt/format.h>

#include "reporting/patch_order.h"
#include "reporting/rows.h"

namespace nmsw::reporting {
namespace {

using ClassScores = std::map<int64_t, double>;

std::string cell_name(const ScoreCell& cell) {
  return fmt::format("{}\n{}\n{}\n{}\n{}\n{}", cell.dataset, cell.backbone, cell.key.method,
                     cell.key.k, cell.key.class_weight, cell.key.variant);
}

std::optional<double> difference_of(const ClassScores& first, const ClassScores& second,
                                    std::optional<int64_t> only) {
  double sum = 0;
  int64_t count = 0;
  for (const auto& [class_index, value] : first) {
    const auto other = second.find(class_index);
    if (other == second.end() || (only && *only != class_index)) continue;
    sum += value - other->second;
    ++count;
  }
  if (count == 0) return std::nullopt;
  return sum / static_cast<double>(count);
}

/// Cases and seeds that all of the differences have.
struct CommonPlaces {
  std::set<std::string> cases;
  std::set<int64_t> seeds;
};

CommonPlaces common_places(const std::vector<CaseScores::CaseDifferences>& all) {
  CommonPlaces common;
  for (const auto& [case_id, seeds] : all.front()) {
    common.cases.insert(case_id);
    for (const auto& [seed, value] : seeds) common.seeds.insert(seed);
  }
  for (const CaseScores::CaseDifferences& one : all) {
    for (auto it = common.cases.begin(); it != common.cases.end();)
      it = one.count(*it) == 0 ? common.cases.erase(it) : std::next(it);
    for (auto it = common.seeds.begin(); it != common.seeds.end();) {
      const bool is_there = !one.empty() && one.begin()->second.count(*it) != 0;
      it = is_there ? std::next(it) : common.seeds.erase(it);
    }
  }
  return common;
}

/// The scores of one cell under every draw of its order of patches, by the stored variant; other
/// cells have one.
struct Draws {
  using Place = std::tuple<int64_t, std::string, int64_t>;
  ScoreCell cell;
  std::map<std::string, std::map<Place, double>> by_variant;
};

/// Means over the draws, of what all of them have.
void add_means(const Draws& draws, CaseScores& scores) {
  for (const auto& [place, first] : draws.by_variant.begin()->second) {
    double sum = 0;
    bool has_all = true;
    for (const auto& [variant, values] : draws.by_variant) {
      const auto found = values.find(place);
      has_all = has_all && found != values.end();
      if (has_all) sum += found->second;
    }
    const auto& [seed, case_id, class_index] = place;
    if (has_all) {
      scores.add(draws.cell, seed, case_id, class_index,
                 sum / static_cast<double>(draws.by_variant.size()));
    }
  }
}

}  // namespace

CaseScores::CaseScores(const results::ResultStore& store, const std::string& experiment,
                       const std::string& metric) {
  const Rows rows(store,
                  "WITH kept AS MATERIALIZED (SELECT * FROM v_class_scores WHERE metric = " +
                      sql_quoted(metric) +
                      ") SELECT c.dataset, c.backbone, c.method, c.k, c.class_weight, c.variant, "
                      "c.seed, c.case_id, c.class_index, c.class_name, c.value FROM v_cases c "
                      "JOIN kept s ON s.run = c.run AND s.k = c.k AND s.metric = c.metric AND "
                      "s.class_index = c.class_index AND "
                      "s.unit = c.unit AND s.geometry = c.geometry AND s.policy = c.policy AND "
                      "s.tolerance IS c.tolerance WHERE c.metric = " +
                      sql_quoted(metric) +
                      " AND c.value IS NOT NULL "
                      "AND c.experiment = " +
                      sql_quoted(experiment));
  std::map<std::string, Draws> drawn;
  for (size_t i = 0; i < rows.size(); ++i) {
    const std::string variant = rows.text(i, "variant");
    const ScoreCell cell{rows.text(i, "dataset"),
                         rows.text(i, "backbone"),
                         {rows.text(i, "method"), rows.text(i, "k"), rows.text(i, "class_weight"),
                          without_draw(variant)}};
    const int64_t class_index = rows.count(i, "class_index");
    Draws& draws = drawn[cell_name(cell)];
    draws.cell = cell;
    draws.by_variant[variant][{rows.count(i, "seed"), rows.text(i, "case_id"), class_index}] =
        *rows.number(i, "value");
    name_class(cell.dataset, class_index, rows.text(i, "class_name"));
  }
  for (const auto& [name, draws] : drawn) add_means(draws, *this);
}

void CaseScores::add(const ScoreCell& cell, int64_t seed, const std::string& case_id,
                     int64_t class_index, double value) {
  cells_[cell_name(cell)][seed][case_id][class_index] = value;
}

void CaseScores::name_class(const std::string& dataset, int64_t class_index,
                            const std::string& name) {
  class_names_[dataset][class_index] = name;
}

const CaseScores::Scores& CaseScores::scores(const ScoreCell& cell) const {
  static const Scores none;
  const auto found = cells_.find(cell_name(cell));
  return found == cells_.end() ? none : found->second;
}

CaseScores::CaseDifferences CaseScores::by_case(const ScoreCell& first, const ScoreCell& second,
                                                std::optional<int64_t> class_index) const {
  const Scores& theirs = scores(second);
  CaseDifferences found;
  size_t seeds = 0;
  for (const auto& [seed, cases] : scores(first)) {
    const auto same_seed = theirs.find(seed);
    if (same_seed == theirs.end()) continue;
    ++seeds;
    for (const auto& [case_id, classes] : cases) {
      const auto same_case = same_seed->second.find(case_id);
      if (same_case == same_seed->second.end()) continue;
      const auto difference = difference_of(classes, same_case->second, class_index);
      if (difference) found[case_id][seed] = *difference;
    }
  }
  for (auto it = found.begin(); it != found.end();)
    it = it->second.size() == seeds ? std::next(it) : found.erase(it);
  return found;
}

PairedDifferences CaseScores::differences(const ScoreCell& first, const ScoreCell& second) const {
  PairedDifferences rows;
  for (const auto& [case_id, seeds] : by_case(first, second)) {
    rows.emplace_back();
    for (const auto& [seed, value] : seeds) rows.back().push_back(value);
  }
  return rows;
}

std::map<int64_t, std::string> CaseScores::classes(const std::string& dataset) const {
  const auto found = class_names_.find(dataset);
  return found == class_names_.end() ? std::map<int64_t, std::string>{} : found->second;
}

CaseSample case_sample(const CaseScores& scores,
                       const std::vector<std::pair<ScoreCell, ScoreCell>>& pairs,
                       std::optional<int64_t> class_index) {
  std::vector<CaseScores::CaseDifferences> all;
  for (const auto& [first, second] : pairs)
    all.push_back(scores.by_case(first, second, class_index));
  CaseSample sample;
  if (all.empty()) return sample;
  const CommonPlaces common = common_places(all);
  if (common.seeds.empty() || common.cases.empty()) return sample;
  std::map<int64_t, double> seed_sums;
  const auto weight = 1.0 / static_cast<double>(all.size());
  for (const std::string& case_id : common.cases) {
    double sum = 0;
    for (const int64_t seed : common.seeds) {
      double over_pairs = 0;
      for (const auto& one : all) over_pairs += weight * one.at(case_id).at(seed);
      sum += over_pairs;
      seed_sums[seed] += over_pairs;
    }
    sample.cases.push_back(sum / static_cast<double>(common.seeds.size()));
  }
  for (const auto& [seed, sum] : seed_sums)
    sample.seeds.push_back(sum / static_cast<double>(common.cases.size()));
  return sample;
}

}  // namespace nmsw::reporting
