#include <algorithm>
#include <map>

#include "reporting/comparison.h"
#include "reporting/palette.h"
#include "reporting/rows.h"
#include "reporting/sections/sections.h"

namespace nmsw::reporting {
namespace {

struct WeightRow {
  std::string dataset, backbone, variant, class_name;
  int64_t class_index = 0;
  double weight = 0;
};

/// A variant of what is there plain stands in the section on paper and code.
void drop_variants(std::vector<WeightRow>& rows) {
  const std::vector<WeightRow> all = rows;
  rows.erase(
      std::remove_if(rows.begin(), rows.end(),
                     [&](const WeightRow& row) {
                       return !row.variant.empty() &&
                              std::any_of(all.begin(), all.end(), [&](const WeightRow& other) {
                                return other.variant.empty() && other.dataset == row.dataset &&
                                       other.backbone == row.backbone;
                              });
                     }),
      rows.end());
}

// An evaluation may repeat the weights of its training: the mean over seeds is taken over one of
// the two kinds.
std::vector<WeightRow> read_weights(const results::ResultStore& store,
                                    const std::string& experiment) {
  const std::string where = " WHERE experiment = " + sql_quoted(experiment);
  const Rows rows(store,
                  "SELECT dataset, backbone, variant, class_index, class_name, avg(weight) AS "
                  "weight FROM v_class_weights" +
                      where +
                      " AND weight IS NOT NULL AND kind = (SELECT max(kind) FROM v_class_weights" +
                      where +
                      ") GROUP BY dataset, backbone, variant, class_index ORDER BY dataset, "
                      "backbone, variant, class_index");
  std::vector<WeightRow> read;
  for (size_t i = 0; i < rows.size(); ++i) {
    read.push_back({rows.text(i, "dataset"), rows.text(i, "backbone"), rows.text(i, "variant"),
                    rows.text(i, "class_name"), rows.count(i, "class_index"),
                    rows.number(i, "weight").value_or(0)});
  }
  drop_variants(read);
  std::stable_sort(read.begin(), read.end(), [](const WeightRow& a, const WeightRow& b) {
    if (a.dataset != b.dataset) return dataset_before(a.dataset, b.dataset);
    if (a.backbone != b.backbone) return backbone_before(a.backbone, b.backbone);
    return false;
  });
  return read;
}

std::string series_label(const WeightRow& row) {
  return backbone_label(row.backbone) + (row.variant.empty() ? "" : ", " + row.variant);
}

Panel weight_panel(const std::string& dataset, const std::vector<WeightRow>& rows) {
  Panel panel;
  panel.title = dataset_label(dataset);
  panel.y_label = "σ(c_w)";
  panel.y_range = std::make_pair(0.0, 1.0);
  std::map<int64_t, std::string> classes;
  for (const WeightRow& row : rows) {
    if (row.dataset == dataset && row.class_index > 0) classes[row.class_index] = row.class_name;
  }
  std::map<int64_t, double> places;
  for (const auto& [index, name] : classes) {
    places[index] = static_cast<double>(panel.x_ticks.size());
    panel.x_ticks.push_back(name);
  }
  for (const WeightRow& row : rows) {
    if (row.dataset != dataset || row.class_index <= 0) continue;
    auto series = std::find_if(panel.series.begin(), panel.series.end(), [&](const Series& other) {
      return other.name == series_label(row);
    });
    if (series == panel.series.end()) {
      series = panel.series.insert(panel.series.end(),
                                   {series_label(row),
                                    backbone_colour(row.backbone),
                                    SeriesStyle::bars,
                                    row.variant.empty() ? Stroke::solid : Stroke::dashed,
                                    {}});
    }
    series->points.emplace_back(places[row.class_index], row.weight);
  }
  return panel;
}

Table weight_table(const std::vector<WeightRow>& rows) {
  Table table;
  table.columns.resize(4);
  const std::vector<const char*> names{"dataset", "backbone", "class", "weight"};
  const std::vector<const char*> titles{"Dataset", "Backbone", "Class", "σ(c_w)"};
  for (size_t c = 0; c < 4; ++c) {
    table.columns[c].name = names[c];
    table.columns[c].title = titles[c];
    table.columns[c].is_key = c < 3;
  }
  for (size_t i = 0; i < rows.size(); ++i) {
    Row row;
    Cell name = text_cell(rows[i].class_name);
    name.colour = class_colour(rows[i].class_index);
    row.cells = {text_cell(dataset_label(rows[i].dataset)), text_cell(series_label(rows[i])), name,
                 number_cell(rows[i].weight)};
    row.starts_block = i == 0 || rows[i - 1].dataset != rows[i].dataset ||
                       series_label(rows[i - 1]) != series_label(rows[i]);
    table.rows.push_back(std::move(row));
  }
  return table;
}

}  // namespace

Section class_weights_section(const SectionInput& input) {
  Section section;
  section.id = "class-weights";
  section.title = "Class weights";
  section.empty_message = "No NMSW training with class weights has finished yet.";
  for (const std::string& experiment : input.experiments) {
    const std::vector<WeightRow> rows = read_weights(input.store, experiment);
    if (rows.empty()) continue;
    Figure figure;
    figure.id = id_for("class_weights", experiment, input);
    figure.title = "Learned class weights" + title_suffix(experiment, input);
    figure.caption =
        "Weight σ(c_w) of the local prediction against the global one (Eq. 6), by class: 1 uses "
        "the patches "
        "alone, 0 the global prediction alone; mean over seeds. Counterpart of the paper's Fig. 5, "
        "which "
        "gives no numbers.";
    std::vector<std::string> datasets;
    for (const WeightRow& row : rows) {
      if (std::find(datasets.begin(), datasets.end(), row.dataset) == datasets.end())
        datasets.push_back(row.dataset);
    }
    for (const std::string& dataset : datasets)
      figure.panels.push_back(weight_panel(dataset, rows));
    section.figures.push_back(std::move(figure));
    Table table = weight_table(rows);
    table.id = id_for("class_weights", experiment, input);
    table.title = "Class weights" + title_suffix(experiment, input);
    section.tables.push_back(std::move(table));
  }
  return section;
}

}  // namespace nmsw::reporting
