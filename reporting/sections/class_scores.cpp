#include <algorithm>
#include <map>

#include <fmt/format.h>

#include "reporting/comparison.h"
#include "reporting/conventions.h"
#include "reporting/palette.h"
#include "reporting/patch_order.h"
#include "reporting/rows.h"
#include "reporting/sections/sections.h"

namespace nmsw::reporting {
namespace {

// More methods side by side do not fit a page.
constexpr size_t kMethodsAcross = 7;

struct ClassKey {
  int64_t index;
  std::string name;
  bool operator<(const ClassKey& other) const { return index < other.index; }
};

/// Mean over cases and seeds by backbone, method label and metric.
using ClassMeans = std::map<ClassKey, std::map<std::string, double>>;

std::string mean_key(const std::string& backbone, const MethodKey& key, const std::string& metric) {
  return backbone + "\n" + method_label(key) + "\n" + metric;
}

ClassMeans read_class_means(const results::ResultStore& store, const std::string& experiment,
                            const std::string& dataset) {
  const Rows rows(
      store,
      "SELECT f.backbone, f.method, s.k, f.class_weight, f.variant, s.class_index, s.class_name, "
      "s.metric, sum(s.total) / sum(s.defined) AS value FROM v_finished f JOIN v_class_scores s "
      "ON s.run = f.run WHERE s.metric IN ('dsc', 'nsd') AND s.k <> 'global' AND f.experiment = " +
          sql_quoted(experiment) + " AND f.dataset = " + sql_quoted(dataset) +
          " GROUP BY f.backbone, f.method, s.k, f.class_weight, f.variant, s.class_index, "
          "s.metric");
  ClassMeans means;
  for (size_t i = 0; i < rows.size(); ++i) {
    const MethodKey key{rows.text(i, "method"), rows.text(i, "k"), rows.text(i, "class_weight"),
                        without_draw(rows.text(i, "variant"))};
    if (has_other_order(key)) continue;
    auto& of_class = means[{rows.count(i, "class_index"), rows.text(i, "class_name")}];
    const std::optional<double> value = rows.number(i, "value");
    if (value) of_class[mean_key(rows.text(i, "backbone"), key, rows.text(i, "metric"))] = *value;
  }
  return means;
}

std::vector<Column> class_columns(const std::vector<const ComparisonRow*>& shown) {
  std::vector<Column> columns(1);
  columns[0].name = "class";
  columns[0].title = "Class";
  columns[0].is_key = true;
  std::map<std::string, size_t> counts;
  for (const ComparisonRow* row : shown) {
    const size_t place = counts[row->backbone]++;
    for (const char* metric : {"dsc", "nsd"}) {
      Column column;
      column.name = file_word(row->backbone + "_" + method_label(row->key)) + "_" + metric;
      column.title = metric == std::string("dsc") ? "DSC" : "NSD";
      column.group = method_label(row->key);
      column.panel = backbone_label(row->backbone);
      if (place >= kMethodsAcross)
        column.panel += fmt::format(", part {}", place / kMethodsAcross + 1);
      column.better = Better::higher;
      columns.push_back(column);
    }
  }
  return columns;
}

Row class_row(const ClassKey& key, const std::map<std::string, double>& values,
              const std::vector<const ComparisonRow*>& shown, const SectionInput& input) {
  Row line;
  Cell name = text_cell(key.name.empty() ? fmt::format("class {}", key.index) : key.name);
  name.colour = class_colour(key.index);
  line.cells.push_back(name);
  for (const ComparisonRow* row : shown) {
    for (const char* metric : {"dsc", "nsd"}) {
      const auto found = values.find(mean_key(row->backbone, row->key, metric));
      const std::optional<double> value =
          found == values.end() ? std::nullopt : std::optional<double>(found->second);
      line.cells.push_back(score_cell(*row, value, std::nullopt, input.partial));
    }
  }
  return line;
}

Row mean_row(const std::vector<const ComparisonRow*>& shown, const SectionInput& input) {
  Row line;
  line.starts_block = true;
  line.cells.push_back(text_cell("Mean over classes"));
  for (const ComparisonRow* row : shown) {
    line.cells.push_back(score_cell(*row, row->dsc, row->dsc_sd, input.partial));
    line.cells.push_back(score_cell(*row, row->nsd, row->nsd_sd, input.partial));
  }
  return line;
}

std::optional<Table> class_table(const std::vector<ComparisonRow>& rows,
                                 const std::string& experiment, const std::string& dataset,
                                 const SectionInput& input) {
  std::vector<const ComparisonRow*> shown;
  for (const ComparisonRow& row : rows) {
    if (row.dataset == dataset && row.cases > 0 && row.key.class_weight != "off")
      shown.push_back(&row);
  }
  const ClassMeans means = read_class_means(input.store, experiment, dataset);
  if (means.empty() || shown.empty()) return std::nullopt;
  Table table;
  table.id = id_for("classes_" + file_word(dataset), experiment, input);
  table.title = "Scores by class on " + dataset_label(dataset) + title_suffix(experiment, input);
  table.columns = class_columns(shown);
  for (const auto& [key, values] : means)
    table.rows.push_back(class_row(key, values, shown, input));
  table.rows.push_back(mean_row(shown, input));
  std::vector<ComparisonRow> of_dataset;
  for (const ComparisonRow* row : shown) of_dataset.push_back(*row);
  table.notes = data_notes(input.store, of_dataset);
  table.notes.emplace_back(
      "A class's value is the mean over its cases and seeds; — stands for a class with no defined "
      "value.");
  for (const std::string& note : score_notes(input.store, experiment, of_dataset))
    table.notes.push_back(note);
  return table;
}

}  // namespace

Section class_scores_section(const SectionInput& input) {
  Section section;
  section.id = "classes";
  section.title = "Scores by class";
  section.empty_message = "No evaluation has stored scores yet.";
  for (const std::string& experiment : input.experiments) {
    const std::vector<ComparisonRow> rows =
        without_variants(read_comparison(input.store, experiment));
    for (const std::string& dataset : datasets_of(rows)) {
      auto table = class_table(rows, experiment, dataset, input);
      if (table) section.tables.push_back(std::move(*table));
    }
  }
  return section;
}

}  // namespace nmsw::reporting
