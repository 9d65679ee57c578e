#include <algorithm>
#include <cmath>
#include <optional>

#include <fmt/format.h>

#include "reporting/case_scores.h"
#include "reporting/comparability.h"
#include "reporting/comparison.h"
#include "reporting/conventions.h"
#include "reporting/paper_numbers.h"
#include "reporting/sections/gap_table.h"
#include "reporting/sections/paper_costs.h"
#include "reporting/sections/sections.h"

namespace nmsw::reporting {
namespace {

constexpr size_t kComparisonKeys = 2;

std::vector<Column> table_columns(const std::vector<std::string>& datasets, bool with_paper) {
  std::vector<Column> columns(kComparisonKeys);
  columns[0].name = "backbone";
  columns[0].title = "Backbone";
  columns[1].name = "method";
  columns[1].title = "Inference";
  columns[0].is_key = columns[1].is_key = true;
  for (const std::string& dataset : datasets) {
    for (const char* metric : {"dsc", "nsd"}) {
      Column column;
      column.name = file_word(dataset) + "_" + metric;
      column.title = metric == std::string("dsc") ? "DSC" : "NSD";
      column.group = dataset_label(dataset);
      column.panel = "Accuracy";
      column.better = Better::higher;
      column.has_reference = with_paper;
      columns.push_back(column);
    }
  }
  for (const CostColumn& cost : cost_columns()) {
    Column column;
    column.name = cost.name;
    column.title = cost.title;
    column.unit = cost.unit;
    column.panel = "Cost";
    column.digits = Digits::significant;
    column.better = Better::lower;
    column.has_reference = with_paper && cost.has_reference;
    columns.push_back(column);
  }
  return columns;
}

struct RowName {
  std::string backbone;
  MethodKey key;
};

Row table_row(const std::vector<ComparisonRow>& rows, const std::vector<std::string>& datasets,
              const RowName& name, const Comparability& comparability, const PaperCosts* paper,
              const SectionInput& input) {
  const auto& [backbone, key] = name;
  Row line;
  line.cells = {text_cell(backbone_label(backbone)), text_cell(method_label(key))};
  std::vector<const ComparisonRow*> found;
  for (const std::string& dataset : datasets) {
    const ComparisonRow* row = find_row(rows, dataset, backbone, key);
    if (row != nullptr) found.push_back(row);
    line.cells.push_back(comparability.dsc_cell(
        row, dataset, paper_value(backbone, key, dataset, "dsc"), input.partial));
    line.cells.push_back(comparability.nsd_cell(
        row, dataset, paper_value(backbone, key, dataset, "nsd"), input.partial));
  }
  for (const CostColumn& cost : cost_columns())
    line.cells.push_back(paper != nullptr ? paper->cell(backbone, key, cost)
                                          : own_cost_cell(found, cost));
  return line;
}

/// Whether the paper's Table 2 has such a row for one of its backbones, variants aside.
bool is_row_of_paper(const MethodKey& key) {
  const std::vector<MethodKey> of_paper = paper_methods(paper_backbones().front());
  return std::any_of(of_paper.begin(), of_paper.end(), [&](const MethodKey& row) {
    return row.method == key.method && row.k == key.k;
  });
}

/// Rows measured; for the paper's datasets the paper's rows, measured or not, and what else was
/// measured, which the page shows on demand.
std::vector<MethodKey> methods_for(const std::vector<ComparisonRow>& rows,
                                   const std::string& backbone, bool with_paper) {
  std::vector<MethodKey> keys = with_paper ? paper_methods(backbone) : std::vector<MethodKey>{};
  for (const ComparisonRow& row : rows) {
    if (row.backbone != backbone || (!with_paper && row.key.class_weight == "off")) continue;
    if (std::find(keys.begin(), keys.end(), row.key) == keys.end()) keys.push_back(row.key);
  }
  std::sort(keys.begin(), keys.end(), method_before);
  return keys;
}

std::vector<ComparisonRow> rows_of(const std::vector<ComparisonRow>& rows,
                                   const std::vector<std::string>& datasets) {
  std::vector<ComparisonRow> kept;
  for (const ComparisonRow& row : rows) {
    if (std::find(datasets.begin(), datasets.end(), row.dataset) != datasets.end())
      kept.push_back(row);
  }
  return kept;
}

/// The paper's table shows all of its backbones, whatever was run.
std::vector<std::string> shown_backbones(const std::vector<ComparisonRow>& rows, bool with_paper) {
  std::vector<std::string> shown = with_paper ? paper_backbones() : std::vector<std::string>{};
  for (const std::string& backbone : backbones_of(rows)) {
    if (std::find(shown.begin(), shown.end(), backbone) == shown.end()) shown.push_back(backbone);
  }
  return shown;
}

/// Whether two rows differ by more than noise in one of the score columns; costs have none.
class ScoreNoise {
 public:
  ScoreNoise(const SectionInput& input, const std::string& experiment,
             std::vector<std::string> datasets)
      : datasets_(std::move(datasets)),
        dsc_(input.scores(experiment, "dsc")),
        nsd_(input.scores(experiment, "nsd")) {}

  bool tells_apart(size_t column, const RowName& one, const RowName& other) const {
    const size_t score = column - kComparisonKeys;
    if (score >= 2 * datasets_.size()) return true;
    const std::string& dataset = datasets_[score / 2];
    const CaseScores& scores = score % 2 == 0 ? dsc_ : nsd_;
    return !is_inside_noise(
        scores.differences({dataset, one.backbone, one.key}, {dataset, other.backbone, other.key}));
  }

 private:
  std::vector<std::string> datasets_;
  const CaseScores& dsc_;
  const CaseScores& nsd_;
};

/// Seconds and bytes of one run or of few: a smaller difference may be gone in the next. MACs and
/// parameters are exact.
bool is_beyond_timing_noise(const Table& table, size_t column, size_t row, size_t other) {
  constexpr double kShareInNoise = 0.05;
  const std::string& unit = table.columns[column].unit;
  if (unit != "s" && unit != "GB") return true;
  const double a = *table.rows[row].cells[column].value, b = *table.rows[other].cells[column].value;
  return std::fabs(a - b) > kShareInNoise * std::max(std::fabs(a), std::fabs(b));
}

Table comparison_table(const std::vector<ComparisonRow>& all_rows,
                       const std::vector<std::string>& datasets, const std::string& experiment,
                       const SectionInput& input) {
  const bool with_paper = is_paper_dataset(datasets.front());
  const std::vector<ComparisonRow> rows = rows_of(all_rows, datasets);
  Table table;
  table.columns = table_columns(datasets, with_paper);
  const Comparability comparability(input.store, experiment);
  std::optional<PaperCosts> paper;
  if (with_paper) paper.emplace(input.store);
  std::vector<RowName> names;
  for (const std::string& backbone : shown_backbones(rows, with_paper)) {
    bool has_block = false;
    for (const MethodKey& key : methods_for(rows, backbone, with_paper)) {
      names.push_back({backbone, key});
      Row line =
          table_row(rows, datasets, names.back(), comparability, paper ? &*paper : nullptr, input);
      line.is_extra = with_paper && (key.class_weight == "off" || !is_row_of_paper(key));
      line.starts_block = !line.is_extra && !has_block;
      has_block = has_block || line.starts_block;
      table.rows.push_back(std::move(line));
    }
  }
  const ScoreNoise noise(input, experiment, datasets);
  rank_columns(table, [&](size_t column, size_t row, size_t other) {
    return is_beyond_timing_noise(table, column, row, other) &&
           noise.tells_apart(column, names[row], names[other]);
  });
  table.extra_label = "also other numbers of patches and NMSW without class weights";
  table.notes = data_notes(input.store, rows);
  for (const std::string& note : score_notes(input.store, experiment, rows))
    table.notes.push_back(note);
  for (const std::string& note : paper ? paper->notes() : cost_notes(input.store, experiment))
    table.notes.push_back(note);
  note_not_comparable(table);
  table.notes.push_back(ranking_note());
  return table;
}

void add_tables(Section& section, const std::string& experiment, const SectionInput& input) {
  const std::vector<ComparisonRow> rows =
      without_variants(read_comparison(input.store, experiment));
  std::vector<std::string> others = datasets_of(rows);
  const auto of_paper =
      std::stable_partition(others.begin(), others.end(),
                            [](const std::string& dataset) { return !is_paper_dataset(dataset); });
  const bool has_paper_data = of_paper != others.end();
  others.erase(of_paper, others.end());
  if (has_paper_data) {
    const bool is_taken = std::any_of(section.tables.begin(), section.tables.end(),
                                      [](const Table& table) { return table.id == "table2"; });
    Table table = comparison_table(rows, paper_datasets(), experiment, input);
    table.id = is_taken ? "table2_" + file_word(experiment) : "table2";
    table.title = "Table 2: inference methods" + title_suffix(experiment, input);
    section.tables.push_back(std::move(table));
  }
  for (const std::string& dataset : others) {
    Table table = comparison_table(rows, {dataset}, experiment, input);
    table.id = id_for("comparison_" + file_word(dataset), experiment, input);
    table.title =
        "Inference methods on " + dataset_label(dataset) + title_suffix(experiment, input);
    section.tables.push_back(std::move(table));
  }
  Table gap = gap_table(rows, experiment, input);
  if (!gap.rows.empty()) section.tables.push_back(std::move(gap));
}

}  // namespace

Section comparison_section(const SectionInput& input) {
  Section section;
  section.id = "comparison";
  section.title = "Comparison";
  section.empty_message =
      "No evaluation is planned in this database yet: run an experiment first (nmsw run "
      "EXPERIMENT.yaml).";
  std::vector<std::string> experiments = input.experiments;
  // The experiment that reproduces the paper owns the plain name table2.
  std::stable_partition(experiments.begin(), experiments.end(),
                        [](const std::string& name) { return name.rfind("reproduce", 0) == 0; });
  for (const std::string& experiment : experiments) add_tables(section, experiment, input);
  return section;
}

}  // namespace nmsw::reporting
