#include "reporting/case_scores.h"

#include <optional>

#include <fmt/format.h>

#include "reporting/rows.h"

namespace nmsw::reporting {
namespace {

using ClassScores = std::map<int64_t, double>;

std::string cell_name(const ScoreCell& cell) {
  return fmt::format("{}\n{}\n{}\n{}\n{}\n{}", cell.dataset, cell.backbone, cell.key.method,
                     cell.key.k, cell.key.class_weight, cell.key.variant);
}

std::optional<double> mean_difference(const ClassScores& first, const ClassScores& second) {
  double sum = 0;
  int64_t count = 0;
  for (const auto& [class_index, value] : first) {
    const auto other = second.find(class_index);
    if (other == second.end()) continue;
    sum += value - other->second;
    ++count;
  }
  if (count == 0) return std::nullopt;
  return sum / static_cast<double>(count);
}

}  // namespace

CaseScores::CaseScores(const results::ResultStore& store, const std::string& experiment,
                       const std::string& metric) {
  const Rows rows(
      store,
      "WITH kept AS MATERIALIZED (SELECT * FROM v_scores WHERE metric = " + sql_quoted(metric) +
          ") SELECT c.dataset, c.backbone, c.method, c.k, c.class_weight, c.variant, "
          "c.seed, c.case_id, c.class_index, c.class_name, c.value FROM v_cases c "
          "JOIN kept s ON s.run = c.run AND s.k = c.k AND s.metric = c.metric AND "
          "s.unit = c.unit AND s.geometry = c.geometry AND s.policy = c.policy AND "
          "s.tolerance IS c.tolerance WHERE c.class_index > 0 AND c.value IS NOT NULL "
          "AND c.experiment = " +
          sql_quoted(experiment));
  for (size_t i = 0; i < rows.size(); ++i) {
    const ScoreCell cell{rows.text(i, "dataset"),
                         rows.text(i, "backbone"),
                         {rows.text(i, "method"), rows.text(i, "k"), rows.text(i, "class_weight"),
                          rows.text(i, "variant")}};
    const int64_t class_index = rows.count(i, "class_index");
    cells_[cell_name(cell)][rows.count(i, "seed")][rows.text(i, "case_id")][class_index] =
        *rows.number(i, "value");
    class_names_[cell.dataset][class_index] = rows.text(i, "class_name");
  }
}

const CaseScores::Scores& CaseScores::scores(const ScoreCell& cell) const {
  static const Scores none;
  const auto found = cells_.find(cell_name(cell));
  return found == cells_.end() ? none : found->second;
}

template <class Difference>
PairedDifferences CaseScores::paired(const ScoreCell& first, const ScoreCell& second,
                                     Difference difference) const {
  const Scores& ours = scores(first);
  const Scores& theirs = scores(second);
  std::map<std::string, std::vector<double>> by_case;
  size_t seeds = 0;
  for (const auto& [seed, cases] : ours) {
    const auto same_seed = theirs.find(seed);
    if (same_seed == theirs.end()) continue;
    ++seeds;
    for (const auto& [case_id, classes] : cases) {
      const auto same_case = same_seed->second.find(case_id);
      if (same_case == same_seed->second.end()) continue;
      const std::optional<double> found = difference(classes, same_case->second);
      if (found) by_case[case_id].push_back(*found);
    }
  }
  PairedDifferences differences;
  for (auto& [case_id, values] : by_case) {
    if (values.size() == seeds) differences.push_back(std::move(values));
  }
  return differences;
}

PairedDifferences CaseScores::differences(const ScoreCell& first, const ScoreCell& second) const {
  return paired(first, second, mean_difference);
}

PairedDifferences CaseScores::class_differences(const ScoreCell& first, const ScoreCell& second,
                                                int64_t class_index) const {
  return paired(first, second,
                [&](const ClassScores& ours, const ClassScores& theirs) -> std::optional<double> {
                  const auto a = ours.find(class_index), b = theirs.find(class_index);
                  if (a == ours.end() || b == theirs.end()) return std::nullopt;
                  return a->second - b->second;
                });
}

std::map<int64_t, std::string> CaseScores::classes(const std::string& dataset) const {
  const auto found = class_names_.find(dataset);
  return found == class_names_.end() ? std::map<int64_t, std::string>{} : found->second;
}

}  // namespace nmsw::reporting
