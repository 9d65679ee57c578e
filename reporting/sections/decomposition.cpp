#include <algorithm>
#include <map>
#include <set>

#include <fmt/format.h>

#include "reporting/case_scores.h"
#include "reporting/comparison.h"
#include "reporting/conventions.h"
#include "reporting/rows.h"
#include "reporting/sections/sections.h"

namespace nmsw::reporting {
namespace {

struct StepLine {
  std::string dataset, backbone;
  MethodKey key;
  int64_t fewest = 0, most = 0;
};

std::vector<StepLine> read_steps(const results::ResultStore& store, const std::string& experiment) {
  const Rows rows(
      store,
      "SELECT dataset, backbone, method, class_weight, variant, min(steps) AS fewest, "
      "max(steps) AS most FROM v_local_steps WHERE steps IS NOT NULL AND experiment = " +
          sql_quoted(experiment) + " GROUP BY dataset, backbone, method, class_weight, variant");
  std::vector<StepLine> lines;
  for (size_t i = 0; i < rows.size(); ++i) {
    StepLine line{
        rows.text(i, "dataset"),
        rows.text(i, "backbone"),
        {rows.text(i, "method"), "", rows.text(i, "class_weight"), rows.text(i, "variant")},
        rows.count(i, "fewest"),
        rows.count(i, "most")};
    const bool is_shown = line.key.variant.empty() || is_control(line.key);
    if (is_shown && !has_other_order(line.key)) lines.push_back(std::move(line));
  }
  std::sort(lines.begin(), lines.end(), [](const StepLine& a, const StepLine& b) {
    if (a.backbone != b.backbone) return backbone_before(a.backbone, b.backbone);
    if (a.dataset != b.dataset) return dataset_before(a.dataset, b.dataset);
    return method_before(a.key, b.key);
  });
  return lines;
}

/// Whether the methods of every place have seen equally many.
bool are_steps_equal(const std::vector<StepLine>& lines) {
  std::map<std::string, std::set<int64_t>> by_place;
  for (const StepLine& line : lines)
    by_place[line.dataset + "\n" + line.backbone].insert({line.fewest, line.most});
  return std::all_of(by_place.begin(), by_place.end(),
                     [](const auto& place) { return place.second.size() == 1; });
}

/// One step from the sliding window to NMSW.
struct DifferencePart {
  std::string name, what;
  MethodKey first, second;
};

std::vector<DifferencePart> parts_of(const std::vector<ComparisonRow>& rows, bool equal_steps) {
  std::vector<DifferencePart> parts{
      {equal_steps ? "joint training" : "extra steps", "SW with NMSW's local network − SW",
       sliding_window_of_nmsw_key(), sliding_window_key()},
      {"global network", "NMSW (k=full) − SW with NMSW's local network", nmsw_key("full"),
       sliding_window_of_nmsw_key()}};
  std::set<std::string> counts;
  for (const ComparisonRow& row : rows) {
    if (row.key == random_order_key(row.key.k)) counts.insert(row.key.k);
  }
  std::vector<std::string> ordered(counts.begin(), counts.end());
  std::sort(ordered.begin(), ordered.end(), k_before);
  for (const std::string& k : ordered) {
    parts.push_back({"choice, k=" + k, "NMSW − the same networks, foreground in random order",
                     nmsw_key(k), random_order_key(k)});
  }
  return parts;
}

Column part_column(const std::string& name, const std::string& title, bool is_key) {
  Column column;
  column.name = name;
  column.title = title;
  column.is_key = is_key;
  return column;
}

std::vector<Column> part_columns() {
  std::vector<Column> columns{
      part_column("part", "Part", true),         part_column("what", "Difference of", true),
      part_column("backbone", "Backbone", true), part_column("dataset", "Dataset", true),
      part_column("dsc", "Δ DSC", false),        part_column("low", "from", false),
      part_column("high", "to", false),          part_column("cases", "cases", false)};
  columns[1].is_prose = true;
  columns[5].group = columns[6].group = "95 % interval";
  columns[7].digit_count = 0;
  return columns;
}

Row part_row(const DifferencePart& part, const std::string& backbone, const std::string& dataset,
             const std::vector<CaseSample>& samples) {
  Row row;
  row.cells = {text_cell(part.name), text_cell(part.what), text_cell(backbone), text_cell(dataset)};
  size_t fewest = samples.empty() ? 0 : samples.front().cases.size(), cases = 0;
  for (const CaseSample& sample : samples) {
    fewest = std::min(fewest, sample.cases.size());
    cases += sample.cases.size();
  }
  if (fewest < 2) {
    row.cells.resize(8);
    return row;
  }
  const PooledMean pooled = pool(samples);
  row.cells.push_back(number_cell(pooled.mean));
  if (fewest >= kMinimumCases) {
    const Interval interval = confidence_interval(pooled);
    row.cells.push_back(number_cell(interval.low));
    row.cells.push_back(number_cell(interval.high));
  } else {
    row.cells.resize(row.cells.size() + 2);
  }
  row.cells.push_back(number_cell(static_cast<double>(cases)));
  return row;
}

/// The places that have both rows, and the pooled row of all of them.
void add_part(Table& table, const DifferencePart& part, const std::vector<ComparisonRow>& rows,
              const CaseScores& scores) {
  std::map<std::string, std::vector<std::pair<ScoreCell, ScoreCell>>> by_dataset;
  const size_t first_row = table.rows.size();
  bool all_complete = true;
  for (const std::string& dataset : datasets_of(rows)) {
    for (const std::string& backbone : backbones_of(rows)) {
      const ComparisonRow* first = find_row(rows, dataset, backbone, part.first);
      const ComparisonRow* second = find_row(rows, dataset, backbone, part.second);
      if (first == nullptr || second == nullptr) continue;
      const std::pair<ScoreCell, ScoreCell> pair{{dataset, backbone, part.first},
                                                 {dataset, backbone, part.second}};
      const bool is_complete = first->is_complete && second->is_complete;
      all_complete = all_complete && is_complete;
      by_dataset[dataset].push_back(pair);
      table.rows.push_back(part_row(part, backbone_label(backbone), dataset_label(dataset),
                                    is_complete
                                        ? std::vector<CaseSample>{case_sample(scores, {pair})}
                                        : std::vector<CaseSample>{}));
      if (!is_complete) {
        Cell& cell = table.rows.back().cells[4];
        cell = text_cell(progress_text(first->is_complete ? *second : *first));
        cell.is_complete = false;
      }
    }
  }
  if (table.rows.size() == first_row) return;
  table.rows[first_row].starts_block = true;
  if (!all_complete || table.rows.size() == first_row + 1) return;
  std::vector<CaseSample> samples;
  for (const auto& [dataset, pairs] : by_dataset) samples.push_back(case_sample(scores, pairs));
  table.rows.push_back(part_row(part, "all", "all", samples));
}

Table part_table(const std::vector<ComparisonRow>& rows, bool equal_steps,
                 const std::string& experiment, const SectionInput& input) {
  Table table{id_for("decomposition", experiment, input),
              "From the sliding window to NMSW, step by step" + title_suffix(experiment, input),
              part_columns(),
              {},
              {}};
  const CaseScores& scores = input.scores(experiment, "dsc");
  for (const DifferencePart& part : parts_of(rows, equal_steps))
    add_part(table, part, rows, scores);
  table.notes = data_notes(input.store, rows);
  table.notes.emplace_back(
      std::string(equal_steps
                      ? "Joint training: NMSW's local network, trained with the choice of patches, "
                        "against one that had as many further steps on random patches. "
                      : "Extra steps: NMSW's local network has been trained for longer, with the "
                        "choice of patches. ") +
      "Global network: at k=full all patches are looked at, so that what is left is the global "
      "prediction blended in. Choice: NMSW's own networks, its patches against foreground patches "
      "in "
      "random order.");
  table.notes.emplace_back(
      "Mean over test cases, averaged over seeds and backbones where the line is for all; interval "
      "as in the verdicts, for 6 cases a data set or more.");
  return table;
}

Table step_table(const std::vector<StepLine>& lines, const std::string& experiment,
                 const SectionInput& input) {
  Table table{id_for("local_steps", experiment, input),
              "Optimiser steps of each method's local network" + title_suffix(experiment, input),
              {part_column("backbone", "Backbone", true), part_column("dataset", "Dataset", true),
               part_column("method", "Inference", true), part_column("steps", "Steps", false)},
              {},
              {}};
  table.columns[3].digit_count = 0;
  for (const StepLine& line : lines) {
    Row row;
    row.cells = {text_cell(backbone_label(line.backbone)), text_cell(dataset_label(line.dataset)),
                 text_cell(method_label(line.key)),
                 line.fewest == line.most
                     ? number_cell(static_cast<double>(line.most))
                     : text_cell(fmt::format("{} to {}", line.fewest, line.most))};
    row.starts_block = table.rows.empty() || table.rows.back().cells[0].text != row.cells[0].text ||
                       table.rows.back().cells[1].text != row.cells[1].text;
    table.rows.push_back(std::move(row));
  }
  table.notes = {
      are_steps_equal(lines)
          ? "On each data set every method's local network of a backbone has seen the same number "
            "of "
            "steps."
          : "The methods' local networks have NOT all seen the same number of steps: part of a "
            "difference between methods may be longer training.",
      "From the stored settings: epochs times iterations of the training and of the trainings from "
      "which it started, all of them run; the best epoch's weights are kept "
      "(training.keep_weights). "
      "Zoom-out's and RF's global network has not had NMSW's steps."};
  return table;
}

}  // namespace

Section decomposition_section(const SectionInput& input) {
  Section section;
  section.id = "difference";
  section.title = "What makes the difference";
  section.empty_message =
      "No evaluation isolates a part of NMSW yet: run sliding_window with local_network: nmsw, and "
      "nmsw with order: random_foreground, beside the plain methods.";
  for (const std::string& experiment : input.experiments) {
    const std::vector<ComparisonRow> rows = read_comparison(input.store, experiment);
    const std::vector<StepLine> lines = read_steps(input.store, experiment);
    const bool equal_steps = !lines.empty() && are_steps_equal(lines);
    Table parts = part_table(rows, equal_steps, experiment, input);
    if (!parts.rows.empty()) section.tables.push_back(std::move(parts));
    if (!lines.empty()) section.tables.push_back(step_table(lines, experiment, input));
  }
  return section;
}

}  // namespace nmsw::reporting
