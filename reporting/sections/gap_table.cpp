#include "reporting/sections/gap_table.h"

#include <cstdlib>

#include <fmt/format.h>

#include "reporting/case_scores.h"
#include "reporting/comparability.h"
#include "reporting/paper_numbers.h"

namespace nmsw::reporting {
namespace {

using Number = std::optional<double> ComparisonRow::*;

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
  std::vector<Column> columns(10);
  const std::vector<const char*> names{"dataset",    "backbone",       "method", "dsc_gap",
                                       "dsc_low",    "dsc_high",       "dsc_p",  "nsd_gap",
                                       "macs_saved", "macs_saved_true"};
  const std::vector<const char*> titles{
      "Dataset", "Backbone", "Inference", "DSC − SW",   "from",
      "to",      "p",        "NSD − SW",  "MACs saved", "MACs saved, true"};
  for (size_t c = 0; c < columns.size(); ++c) {
    columns[c].name = names[c];
    columns[c].title = titles[c];
    columns[c].is_key = c < 3;
    columns[c].has_reference = c == 3 || c == 7 || c == 8;
    if (c == 4 || c == 5) columns[c].group = "95 % interval";
    if (c >= 8) columns[c].unit = "%";
    if (c >= 8) columns[c].digit_count = 1;
  }
  columns[6].digits = Digits::significant;
  columns[6].digit_count = 2;
  return columns;
}

/// Interval and p of the paired differences in DSC; too few cases say how many there are.
std::vector<Cell> noise_cells(const ComparisonRow& row, const ComparisonRow& base,
                              const CaseScores& scores) {
  if (!row.is_complete || !base.is_complete) return std::vector<Cell>(3);
  const PairedComparison compared = compare_pairs(scores.differences(
      {row.dataset, row.backbone, row.key}, {base.dataset, base.backbone, base.key}));
  if (!compared.interval)
    return std::vector<Cell>(3, text_cell(fmt::format("{} cases", compared.cases)));
  return {number_cell(compared.interval->low), number_cell(compared.interval->high),
          number_cell(compared.p)};
}

/// The gap of the scores as shown; the paper's is one of pooled scores.
Cell gap_cell(const ComparisonRow& row, const ComparisonRow& base, Number member, Number pooled) {
  if (!row.is_complete || !base.is_complete) {
    Cell cell = text_cell(progress_text(row.is_complete ? base : row));
    cell.is_complete = false;
    return cell;
  }
  if (!(row.*member) || !(base.*member)) return Cell{};
  Cell cell = number_cell(*(row.*member) - *(base.*member));
  if (row.*pooled && base.*pooled) cell.compared = *(row.*pooled) - *(base.*pooled);
  return cell;
}

Cell saved_cell(const ComparisonRow& row, const ComparisonRow& base, Number member) {
  if (!(row.*member) || !(base.*member) || *(base.*member) == 0) return Cell{};
  return number_cell(100 * (1 - *(row.*member) / *(base.*member)));
}

Row gap_row(const ComparisonRow& row, const ComparisonRow& base, const CaseScores& scores,
            const Comparability& comparability) {
  const MethodKey sliding_window = sliding_window_key();
  const auto paper = [&](const MethodKey& key, const std::string& of, const char* metric) {
    return paper_value(row.backbone, key, of, metric);
  };
  Row line;
  line.cells = {text_cell(dataset_label(row.dataset)), text_cell(backbone_label(row.backbone)),
                text_cell(method_label(row.key)),
                gap_cell(row, base, &ComparisonRow::dsc, &ComparisonRow::dsc_pooled)};
  for (Cell& cell : noise_cells(row, base, scores)) line.cells.push_back(std::move(cell));
  line.cells.insert(line.cells.end(),
                    {gap_cell(row, base, &ComparisonRow::nsd, &ComparisonRow::nsd_pooled),
                     saved_cell(row, base, &ComparisonRow::macs_paper_t),
                     saved_cell(row, base, &ComparisonRow::macs_t)});
  line.cells[3].reference =
      signed_gap(paper(row.key, row.dataset, "dsc"), paper(sliding_window, row.dataset, "dsc"));
  line.cells[7].reference =
      signed_gap(paper(row.key, row.dataset, "nsd"), paper(sliding_window, row.dataset, "nsd"));
  if (is_paper_dataset(row.dataset)) {
    line.cells[8].reference = saved_percent(paper(row.key, "", "macs_paper_t"),
                                            paper(sliding_window, "", "macs_paper_t"));
  }
  line.cells[3].is_comparable = comparability.has_dsc(row.dataset);
  line.cells[7].is_comparable = comparability.has_nsd(row) && comparability.has_nsd(base);
  // The volumes and networks are the experiment's own.
  line.cells[8].is_comparable = false;
  return line;
}

}  // namespace

Table gap_table(const std::vector<ComparisonRow>& rows, const std::string& experiment,
                const SectionInput& input) {
  Table table{id_for("gap_to_sliding_window", experiment, input),
              "Gap to the sliding window" + title_suffix(experiment, input),
              gap_columns(),
              {},
              {}};
  const MethodKey sliding_window = sliding_window_key();
  const CaseScores& scores = input.scores(experiment, "dsc");
  const Comparability comparability(input.store, experiment);
  for (const std::string& dataset : datasets_of(rows)) {
    for (const ComparisonRow& row : rows) {
      const ComparisonRow* base = find_row(rows, dataset, row.backbone, sliding_window);
      if (row.dataset != dataset || base == nullptr || base == &row ||
          row.key.class_weight == "off")
        continue;
      Row line = gap_row(row, *base, scores, comparability);
      line.starts_block = table.rows.empty() ||
                          table.rows.back().cells[0].text != dataset_label(dataset) ||
                          table.rows.back().cells[1].text != backbone_label(row.backbone);
      table.rows.push_back(std::move(line));
    }
  }
  table.notes = {
      "Measured minus the sliding window of the same backbone, data and seeds, beside the same "
      "difference of the "
      "paper's values; only complete cells are compared.",
      "Interval (95 %, Student's t corrected for skewness) and p (Wilcoxon's signed-rank test, "
      "two-sided) are those "
      "of "
      "the cases' mean differences in DSC, for 6 cases or more; p is not corrected for the number "
      "of rows.",
      "MACs saved: share of the sliding window's MACs that the method does without, in the paper's "
      "convention "
      "(global pass counted also for SW) and as computed, on the experiment's own volumes and "
      "networks. Δ of DSC and NSD is taken between pooled gaps."};
  note_not_comparable(table);
  return table;
}

}  // namespace nmsw::reporting
