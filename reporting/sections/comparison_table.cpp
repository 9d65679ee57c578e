#include <algorithm>
#include <cmath>
#include <cstdlib>

#include <fmt/format.h>

#include "reporting/comparison.h"
#include "reporting/conventions.h"
#include "reporting/paper_numbers.h"
#include "reporting/sections/sections.h"

namespace nmsw::reporting {
namespace {

using Number = std::optional<double> ComparisonRow::*;

struct CostColumn {
  const char* name;
  const char* title;
  const char* unit;
  Number member;
  bool has_reference;
};

const std::vector<CostColumn>& cost_columns() {
  static const std::vector<CostColumn> columns{
      {"gpu_s", "GPU", "s", &ComparisonRow::gpu_s, true},
      {"cpu_s", "CPU", "s", &ComparisonRow::cpu_s, true},
      {"macs_paper_t", "MACs", "T", &ComparisonRow::macs_paper_t, true},
      {"macs_t", "MACs true", "T", &ComparisonRow::macs_t, false},
      {"params_paper_m", "Param", "M", &ComparisonRow::params_paper_m, true},
      {"params_m", "Param true", "M", &ComparisonRow::params_m, false},
      {"memory_gb", "Mem", "GB", &ComparisonRow::memory_gb, true}};
  return columns;
}

std::vector<Column> table_columns(const std::vector<std::string>& datasets, bool with_paper) {
  std::vector<Column> columns(2);
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

/// A cost is one number for all datasets of a row, or it is not shown here (the cost section has
/// each).
Cell cost_cell(const std::vector<const ComparisonRow*>& rows, Number member) {
  Cell cell;
  for (const ComparisonRow* row : rows) {
    const std::optional<double>& value = row->*member;
    if (!value) continue;
    if (cell.value && std::fabs(*cell.value - *value) > 1e-6 * std::fabs(*value)) {
      return text_cell("by dataset");
    }
    cell.value = value;
  }
  return cell;
}

Row table_row(const std::vector<ComparisonRow>& rows, const std::vector<std::string>& datasets,
              const std::string& backbone, const MethodKey& key, const SectionInput& input) {
  Row line;
  line.cells = {text_cell(backbone_label(backbone)), text_cell(method_label(key))};
  std::vector<const ComparisonRow*> found;
  for (const std::string& dataset : datasets) {
    const ComparisonRow* row = find_row(rows, dataset, backbone, key);
    if (row != nullptr) found.push_back(row);
    Cell dsc = row == nullptr ? Cell{} : score_cell(*row, row->dsc, row->dsc_sd, input.partial);
    Cell nsd = row == nullptr ? Cell{} : score_cell(*row, row->nsd, row->nsd_sd, input.partial);
    dsc.reference = paper_value(backbone, key, dataset, "dsc");
    nsd.reference = paper_value(backbone, key, dataset, "nsd");
    line.cells.push_back(dsc);
    line.cells.push_back(nsd);
  }
  for (const CostColumn& cost : cost_columns()) {
    Cell cell = cost_cell(found, cost.member);
    if (cost.has_reference) cell.reference = paper_value(backbone, key, "", cost.name);
    line.cells.push_back(cell);
  }
  return line;
}

/// Rows measured, plus (for the paper's datasets) the rows the paper has for the backbone.
std::vector<MethodKey> methods_for(const std::vector<ComparisonRow>& rows,
                                   const std::string& backbone, bool with_paper) {
  std::vector<MethodKey> keys = with_paper ? paper_methods(backbone) : std::vector<MethodKey>{};
  for (const ComparisonRow& row : rows) {
    if (row.backbone != backbone || row.key.class_weight == "off") continue;
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

Table comparison_table(const std::vector<ComparisonRow>& all_rows,
                       const std::vector<std::string>& datasets, const std::string& experiment,
                       const SectionInput& input) {
  const bool with_paper = is_paper_dataset(datasets.front());
  const std::vector<ComparisonRow> rows = rows_of(all_rows, datasets);
  Table table;
  table.columns = table_columns(datasets, with_paper);
  for (const std::string& backbone : backbones_of(rows)) {
    bool is_first = true;
    for (const MethodKey& key : methods_for(rows, backbone, with_paper)) {
      Row line = table_row(rows, datasets, backbone, key, input);
      line.starts_block = is_first;
      is_first = false;
      table.rows.push_back(std::move(line));
    }
  }
  rank_columns(table);
  table.notes = data_notes(input.store, rows);
  for (const std::string& note : score_notes(input.store, experiment, rows))
    table.notes.push_back(note);
  for (const std::string& note : cost_notes(input.store, experiment)) table.notes.push_back(note);
  table.notes.push_back(ranking_note());
  return table;
}

std::string signed_gap(const std::string& value, const std::string& reference) {
  if (value.empty() || reference.empty()) return "";
  return fmt::format("{:.3f}",
                     std::strtod(value.c_str(), nullptr) - std::strtod(reference.c_str(), nullptr));
}

std::string saved_percent(const std::string& value, const std::string& reference) {
  if (value.empty() || reference.empty()) return "";
  return fmt::format("{:.1f}", 100 * (1 - std::strtod(value.c_str(), nullptr) /
                                              std::strtod(reference.c_str(), nullptr)));
}

std::vector<Column> gap_columns() {
  std::vector<Column> columns(7);
  const std::vector<const char*> names{"dataset", "backbone",   "method",         "dsc_gap",
                                       "nsd_gap", "macs_saved", "macs_saved_true"};
  const std::vector<const char*> titles{"Dataset",  "Backbone",   "Inference",       "DSC − SW",
                                        "NSD − SW", "MACs saved", "MACs saved, true"};
  for (size_t c = 0; c < columns.size(); ++c) {
    columns[c].name = names[c];
    columns[c].title = titles[c];
    columns[c].is_key = c < 3;
    columns[c].has_reference = c >= 3 && c < 6;
    if (c >= 5) columns[c].unit = "%";
    if (c >= 5) columns[c].digit_count = 1;
  }
  return columns;
}

Cell gap_cell(const ComparisonRow& row, const ComparisonRow& base, Number member) {
  if (!row.is_complete || !base.is_complete) {
    Cell cell;
    cell.is_complete = false;
    return cell;
  }
  if (!(row.*member) || !(base.*member)) return Cell{};
  return number_cell(*(row.*member) - *(base.*member));
}

Cell saved_cell(const ComparisonRow& row, const ComparisonRow& base, Number member) {
  if (!(row.*member) || !(base.*member) || *(base.*member) == 0) return Cell{};
  return number_cell(100 * (1 - *(row.*member) / *(base.*member)));
}

/// What a method costs in accuracy and saves in work against the sliding window of the same weights
/// and data: the comparison that holds whatever the data are.
Table gap_table(const std::vector<ComparisonRow>& rows, const std::string& experiment,
                const SectionInput& input) {
  Table table{id_for("gap_to_sliding_window", experiment, input),
              "Gap to the sliding window" + title_suffix(experiment, input),
              gap_columns(),
              {},
              {}};
  const MethodKey sliding_window{"sliding_window", "", "on", ""};
  for (const std::string& dataset : datasets_of(rows)) {
    for (const ComparisonRow& row : rows) {
      const ComparisonRow* base = find_row(rows, dataset, row.backbone, sliding_window);
      if (row.dataset != dataset || base == nullptr || base == &row ||
          row.key.class_weight == "off")
        continue;
      Row line;
      line.starts_block = table.rows.empty() ||
                          table.rows.back().cells[0].text != dataset_label(dataset) ||
                          table.rows.back().cells[1].text != backbone_label(row.backbone);
      line.cells = {text_cell(dataset_label(dataset)),
                    text_cell(backbone_label(row.backbone)),
                    text_cell(method_label(row.key)),
                    gap_cell(row, *base, &ComparisonRow::dsc),
                    gap_cell(row, *base, &ComparisonRow::nsd),
                    saved_cell(row, *base, &ComparisonRow::macs_paper_t),
                    saved_cell(row, *base, &ComparisonRow::macs_t)};
      const auto paper = [&](const MethodKey& key, const std::string& of, const char* metric) {
        return paper_value(row.backbone, key, of, metric);
      };
      line.cells[3].reference =
          signed_gap(paper(row.key, dataset, "dsc"), paper(sliding_window, dataset, "dsc"));
      line.cells[4].reference =
          signed_gap(paper(row.key, dataset, "nsd"), paper(sliding_window, dataset, "nsd"));
      if (is_paper_dataset(dataset)) {
        line.cells[5].reference = saved_percent(paper(row.key, "", "macs_paper_t"),
                                                paper(sliding_window, "", "macs_paper_t"));
      }
      table.rows.push_back(std::move(line));
    }
  }
  table.notes = {
      "Measured minus the sliding window of the same backbone, data and seeds, beside the same "
      "difference of the "
      "paper's values; only complete cells are compared.",
      "MACs saved: share of the sliding window's MACs that the method does without, in the paper's "
      "convention "
      "(global pass counted also for SW) and as computed."};
  return table;
}

void add_tables(Section& section, const std::string& experiment, const SectionInput& input) {
  const std::vector<ComparisonRow> rows = read_comparison(input.store, experiment);
  std::vector<std::string> of_paper;
  std::vector<std::string> others;
  for (const std::string& dataset : datasets_of(rows))
    (is_paper_dataset(dataset) ? of_paper : others).push_back(dataset);
  if (!of_paper.empty()) {
    const bool is_taken = std::any_of(section.tables.begin(), section.tables.end(),
                                      [](const Table& table) { return table.id == "table2"; });
    Table table = comparison_table(rows, of_paper, experiment, input);
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
