#include "reporting/extreme_cases.h"

#include <algorithm>
#include <map>
#include <tuple>

#include "reporting/comparison.h"
#include "reporting/rows.h"

namespace nmsw::reporting {
namespace {

using CellOfMethod = std::tuple<std::string, std::string, std::string, std::string>;

/// A row of the tables at one k, and its cases in the order of their names.
struct CasesOfK {
  std::string k;
  std::vector<std::pair<std::string, double>> dsc_of;
};

std::map<CellOfMethod, CasesOfK> largest_k(const results::ResultStore& store,
                                           const std::string& experiment) {
  const Rows rows(store,
                  "SELECT f.dataset, f.backbone, f.method, f.class_weight, s.k, s.case_id, "
                  "sum(s.total) / sum(s.defined) AS dsc FROM v_finished f JOIN v_case_sums s ON "
                  "s.run_id = f.run WHERE s.metric = 'dsc' AND s.k <> 'global' AND f.variant = '' "
                  "AND f.experiment = " +
                      sql_quoted(experiment) +
                      " GROUP BY 1, 2, 3, 4, 5, 6 HAVING sum(s.defined) > 0 ORDER BY 1, 2, 3, 4, "
                      "5, 6");
  std::map<CellOfMethod, CasesOfK> found;
  for (size_t i = 0; i < rows.size(); ++i) {
    CasesOfK& cell = found[{rows.text(i, "dataset"), rows.text(i, "backbone"),
                            rows.text(i, "method"), rows.text(i, "class_weight")}];
    const std::string k = rows.text(i, "k");
    if (!cell.dsc_of.empty() && k_before(k, cell.k)) continue;
    if (cell.dsc_of.empty() || k_before(cell.k, k)) cell = {k, {}};
    cell.dsc_of.emplace_back(rows.text(i, "case_id"), rows.number(i, "dsc").value_or(0));
  }
  return found;
}

bool row_before(const ExtremeCases& a, const ExtremeCases& b) {
  if (a.dataset != b.dataset) return dataset_before(a.dataset, b.dataset);
  if (a.backbone != b.backbone) return backbone_before(a.backbone, b.backbone);
  return method_before(a.key, b.key);
}

}  // namespace

std::vector<ExtremeCases> extreme_cases(const results::ResultStore& store,
                                        const std::vector<std::string>& experiments) {
  std::vector<ExtremeCases> all;
  for (const std::string& experiment : experiments) {
    std::vector<ExtremeCases> extremes;
    for (const auto& [cell, at] : largest_k(store, experiment)) {
      const auto& [dataset, backbone, method, class_weight] = cell;
      const auto less = [](const auto& a, const auto& b) { return a.second < b.second; };
      const auto worst = std::min_element(at.dsc_of.begin(), at.dsc_of.end(), less);
      const auto best = std::max_element(at.dsc_of.begin(), at.dsc_of.end(), less);
      extremes.push_back({experiment,
                          dataset,
                          backbone,
                          {method, at.k, class_weight, ""},
                          static_cast<int64_t>(at.dsc_of.size()),
                          worst->first,
                          best->first,
                          worst->second,
                          best->second});
    }
    std::stable_sort(extremes.begin(), extremes.end(), row_before);
    all.insert(all.end(), extremes.begin(), extremes.end());
  }
  return all;
}

std::vector<ShownCase> shown_cases(const std::vector<ExtremeCases>& extremes, size_t count) {
  using Place = std::tuple<std::string, std::string, std::string>;
  std::map<Place, std::vector<std::string>> ids;
  std::vector<Place> places;
  for (const auto which : {&ExtremeCases::worst_id, &ExtremeCases::best_id}) {
    for (const ExtremeCases& row : extremes) {
      const Place place{row.experiment, row.dataset, row.backbone};
      std::vector<std::string>& chosen = ids[place];
      if (std::find(places.begin(), places.end(), place) == places.end()) places.push_back(place);
      const std::string& id = row.*which;
      if (chosen.size() < count && std::find(chosen.begin(), chosen.end(), id) == chosen.end())
        chosen.push_back(id);
    }
  }
  std::vector<ShownCase> shown;
  for (const Place& place : places) {
    for (const std::string& id : ids[place])
      shown.push_back({std::get<0>(place), std::get<1>(place), std::get<2>(place), id});
  }
  return shown;
}

std::string case_page_name(const ShownCase& shown) {
  return file_word(shown.experiment) + '_' + file_word(shown.dataset) + '_' +
         file_word(shown.backbone) + '_' + shown.case_id + ".html";
}

}  // namespace nmsw::reporting
