#include <algorithm>

#include <fmt/format.h>

#include "reporting/case_scores.h"
#include "reporting/comparability.h"
#include "reporting/comparison.h"
#include "reporting/conventions.h"
#include "reporting/paper_numbers.h"
#include "reporting/sections/sections.h"
#include "reporting/settings_difference.h"

namespace nmsw::reporting {
namespace {

/// Differences in DSC that a reader of Table 2 would not see: its two best methods often lie
/// closer.
constexpr double kNegligible = 0.005;

struct Judgement {
  std::string text;
  Verdict verdict = Verdict::none;
};

Judgement judge(const Interval& interval) {
  if (interval.low >= -kNegligible && interval.high <= kNegligible) return {"does not matter"};
  if (interval.low > 0) return {"matters: better", Verdict::holds};
  if (interval.high < 0) return {"matters: worse", Verdict::fails};
  return {"not clear", Verdict::undecided};
}

Column column_named(const std::string& name, const std::string& title, bool is_key) {
  Column column;
  column.name = name;
  column.title = title;
  column.is_key = is_key;
  return column;
}

std::vector<Column> variant_columns() {
  std::vector<Column> columns{
      column_named("dataset", "Dataset", true),   column_named("backbone", "Backbone", true),
      column_named("method", "Inference", true),  column_named("variant", "Changed", true),
      column_named("plain_dsc", "DSC", false),    column_named("dsc", "DSC changed", false),
      column_named("difference", "Δ DSC", false), column_named("low", "from", false),
      column_named("high", "to", false),          column_named("p", "p", false),
      column_named("verdict", "Verdict", true)};
  columns[4].has_reference = columns[5].has_reference = true;
  columns[7].group = columns[8].group = "95 % interval";
  columns[9].digits = Digits::significant;
  columns[9].digit_count = 2;
  return columns;
}

Row variant_row(const ComparisonRow& plain, const ComparisonRow& row, const CaseScores& scores,
                const SectionInput& input) {
  MethodKey of_paper = row.key;
  of_paper.class_weight = "on";
  of_paper.variant.clear();
  const std::string printed = paper_value(row.backbone, of_paper, row.dataset, "dsc");
  const Comparability comparability(input.store, row.experiment);
  const Cell before = comparability.dsc_cell(&plain, row.dataset, printed, input.partial);
  const Cell after = comparability.dsc_cell(&row, row.dataset, printed, input.partial);
  PairedComparison compared;
  if (plain.is_complete && row.is_complete) {
    compared = compare_pairs(scores.differences({row.dataset, row.backbone, row.key},
                                                {plain.dataset, plain.backbone, plain.key}));
  }
  const auto& interval = compared.interval;
  const Judgement judgement =
      interval ? judge(*interval)
               : Judgement{fmt::format("not enough data ({} cases)", compared.cases),
                           Verdict::undecided};
  Cell verdict = text_cell(judgement.text);
  verdict.verdict = judgement.verdict;
  Row line;
  line.cells = {text_cell(dataset_label(row.dataset)),
                text_cell(backbone_label(row.backbone)),
                text_cell(method_label(of_paper)),
                text_cell(row.key.variant),
                before,
                after,
                number_cell(compared.mean),
                number_cell(interval ? std::optional<double>(interval->low) : std::nullopt),
                number_cell(interval ? std::optional<double>(interval->high) : std::nullopt),
                number_cell(compared.p),
                verdict};
  return line;
}

Table variant_table(const std::string& experiment, const SectionInput& input) {
  Table table{id_for("variants", experiment, input),
              "What each change does" + title_suffix(experiment, input),
              variant_columns(),
              {},
              {}};
  const std::vector<ComparisonRow> rows = read_comparison(input.store, experiment);
  const CaseScores& scores = input.scores(experiment, "dsc");
  for (const ComparisonRow& row : rows) {
    const ComparisonRow* plain = plain_row_of(rows, row);
    if (plain == nullptr || is_control(row.key)) continue;
    table.rows.push_back(variant_row(*plain, row, scores, input));
    Row& line = table.rows.back();
    const auto same = [&](size_t c) {
      return table.rows[table.rows.size() - 2].cells[c].text == line.cells[c].text;
    };
    line.starts_block = table.rows.size() == 1 || !(same(0) && same(1) && same(3));
  }
  table.notes = data_notes(input.store, rows);
  table.notes.emplace_back(
      "Δ DSC: mean over test cases of the changed row minus the plain one, paired by case and "
      "seed, "
      "with a 95 % interval and Wilcoxon's p (two-sided, not corrected). A change matters "
      "when "
      "the interval leaves out 0, and does not when all of it lies within ±0.005; one training a "
      "seed, so that a difference may also be the luck of a training: use several seeds.");
  table.notes.emplace_back(
      "Only DSC is compared: the authors' preset measures NSD in voxels on the prepared grid.");
  note_not_comparable(table);
  return table;
}

Table settings_table(const std::string& experiment, const SectionInput& input) {
  Table table{id_for("variant_settings", experiment, input),
              "Settings that differ" + title_suffix(experiment, input),
              {column_named("variant", "Changed", true), column_named("setting", "Setting", true),
               column_named("plain", "Plain", true), column_named("changed", "Changed to", true)},
              {},
              {"From the stored settings of the trainings and evaluations: everything in which a "
               "changed task differs from the plain one."}};
  std::string block;
  for (const SettingDifference& found : setting_differences(input.store, experiment)) {
    if (is_control({"", "", "on", found.variant})) continue;
    Row row;
    row.cells = {text_cell(found.variant), text_cell(found.setting), text_cell(found.plain),
                 text_cell(found.changed)};
    row.starts_block = found.variant != block;
    block = found.variant;
    table.rows.push_back(std::move(row));
  }
  return table;
}

}  // namespace

Section variants_section(const SectionInput& input) {
  Section section;
  section.id = "variants";
  section.title = "Paper against code";
  section.empty_message =
      "No experiment runs a setting both ways yet; experiments/paper_vs_authors.yaml runs the "
      "paper's values and those of the authors' released code.";
  for (const std::string& experiment : input.experiments) {
    Table table = variant_table(experiment, input);
    if (table.rows.empty()) continue;
    section.tables.push_back(std::move(table));
    Table settings = settings_table(experiment, input);
    if (!settings.rows.empty()) section.tables.push_back(std::move(settings));
  }
  return section;
}

}  // namespace nmsw::reporting
