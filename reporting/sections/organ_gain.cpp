#include <algorithm>

#include <fmt/format.h>

#include "reporting/comparison.h"
#include "reporting/palette.h"
#include "reporting/rows.h"
#include "reporting/sections/sections.h"

namespace nmsw::reporting {
namespace {

/// The paper's number of patches.
constexpr const char* kPaperK = "5";

struct GainRow {
  std::string dataset, backbone, class_name;
  MethodKey key;
  int64_t class_index = 0;
  double dsc = 0, dsc_global = 0, gain = 0;
};

bool gain_before(const GainRow& a, const GainRow& b) {
  if (a.dataset != b.dataset) return dataset_before(a.dataset, b.dataset);
  if (a.backbone != b.backbone) return backbone_before(a.backbone, b.backbone);
  if (!(a.key == b.key)) return method_before(a.key, b.key);
  return a.class_index < b.class_index;
}

std::vector<GainRow> read_gains(const results::ResultStore& store, const std::string& experiment) {
  const Rows rows(store,
                  "SELECT dataset, backbone, method, k, class_weight, variant, class_index, "
                  "class_name, avg(dsc) AS dsc, avg(dsc_global) AS dsc_global, avg(gain) AS gain "
                  "FROM v_gain WHERE experiment = " +
                      sql_quoted(experiment) +
                      " GROUP BY dataset, backbone, method, k, class_weight, variant, class_index");
  std::vector<GainRow> read;
  for (size_t i = 0; i < rows.size(); ++i) {
    GainRow row;
    row.dataset = rows.text(i, "dataset");
    row.backbone = rows.text(i, "backbone");
    row.class_name = rows.text(i, "class_name");
    row.key = {rows.text(i, "method"), rows.text(i, "k"), rows.text(i, "class_weight"),
               rows.text(i, "variant")};
    if (has_other_order(row.key)) continue;
    row.class_index = rows.count(i, "class_index");
    row.dsc = rows.number(i, "dsc").value_or(0);
    row.dsc_global = rows.number(i, "dsc_global").value_or(0);
    row.gain = rows.number(i, "gain").value_or(0);
    read.push_back(row);
  }
  std::sort(read.begin(), read.end(), gain_before);
  return read;
}

bool same_place(const GainRow& a, const GainRow& b) {
  return a.dataset == b.dataset && a.backbone == b.backbone;
}

/// The paper's k where it was evaluated there, else the smallest; empty where no method has one.
std::string shown_k(const std::vector<GainRow>& rows) {
  std::string shown;
  for (const GainRow& row : rows) {
    const std::string& k = row.key.k;
    if (k == kPaperK) return k;
    if (!k.empty() && (shown.empty() || k_before(k, shown))) shown = k;
  }
  return shown;
}

/// Rows of one data set and backbone: every method at the shown k, and those that have none.
std::vector<std::vector<GainRow>> shown_places(const std::vector<GainRow>& all) {
  std::vector<std::vector<GainRow>> places;
  for (const GainRow& row : all) {
    if (places.empty() || !same_place(places.back().front(), row)) places.emplace_back();
    places.back().push_back(row);
  }
  for (std::vector<GainRow>& rows : places) {
    const std::string k = shown_k(rows);
    rows.erase(
        std::remove_if(rows.begin(), rows.end(),
                       [&](const GainRow& row) { return !row.key.k.empty() && row.key.k != k; }),
        rows.end());
  }
  return places;
}

/// Bars of the plain methods with a number of patches, as in the paper.
Panel gain_panel(const std::vector<GainRow>& rows) {
  Panel panel;
  panel.title = dataset_label(rows.front().dataset) + ", " + backbone_label(rows.front().backbone);
  panel.y_label = "gain in DSC";
  std::vector<int64_t> classes;
  for (const GainRow& row : rows) {
    if (row.key.k.empty() || row.key.class_weight == "off" || !row.key.variant.empty()) continue;
    auto place = std::find(classes.begin(), classes.end(), row.class_index);
    if (place == classes.end()) {
      panel.x_ticks.push_back(row.class_name);
      place = classes.insert(classes.end(), row.class_index);
    }
    const std::string name = method_label(row.key);
    auto series = std::find_if(panel.series.begin(), panel.series.end(),
                               [&](const Series& other) { return other.name == name; });
    if (series == panel.series.end()) {
      Series added;
      added.name = name;
      added.colour = method_colour(row.key.method, row.key.class_weight);
      added.style = SeriesStyle::bars;
      series = panel.series.insert(panel.series.end(), added);
    }
    series->points.emplace_back(static_cast<double>(place - classes.begin()), row.gain);
  }
  return panel;
}

Column gain_column(const std::string& name, const std::string& title, bool is_key) {
  Column column;
  column.name = name;
  column.title = title;
  column.is_key = is_key;
  return column;
}

Table gain_table(const std::vector<std::vector<GainRow>>& places) {
  Table table;
  table.columns = {gain_column("dataset", "Dataset", true),
                   gain_column("backbone", "Backbone", true),
                   gain_column("method", "Method", true),
                   gain_column("class", "Class", true),
                   gain_column("dsc_global", "DSC, global alone", false),
                   gain_column("dsc", "DSC", false),
                   gain_column("gain", "Gain", false)};
  for (const std::vector<GainRow>& rows : places) {
    for (size_t i = 0; i < rows.size(); ++i) {
      Row row;
      Cell name = text_cell(rows[i].class_name);
      name.colour = class_colour(rows[i].class_index);
      row.cells = {text_cell(dataset_label(rows[i].dataset)),
                   text_cell(backbone_label(rows[i].backbone)),
                   text_cell(method_label(rows[i].key)),
                   name,
                   number_cell(rows[i].dsc_global),
                   number_cell(rows[i].dsc),
                   number_cell(rows[i].gain)};
      row.starts_block = i == 0 || !(rows[i - 1].key == rows[i].key);
      table.rows.push_back(std::move(row));
    }
  }
  table.notes = {
      "Mean over the cases in which both are defined, then over seeds. The global prediction is "
      "that of each method's own global network, alone and brought up to the volume; RF and "
      "zoom-out use the network of the global training, NMSW the one trained with its patches."};
  return table;
}

}  // namespace

Section organ_gain_section(const SectionInput& input) {
  Section section;
  section.id = "organ-gain";
  section.title = "Gain over the global prediction";
  section.empty_message =
      "No evaluation of a method that starts from a global prediction has finished yet.";
  for (const std::string& experiment : input.experiments) {
    const auto places = shown_places(read_gains(input.store, experiment));
    if (places.empty()) continue;
    Figure figure;
    figure.id = id_for("organ_gain", experiment, input);
    figure.title =
        "What the patches add to the global prediction" + title_suffix(experiment, input);
    figure.caption =
        "DSC of every class with the patches minus that of the global prediction alone, mean over "
        "cases and seeds. Counterpart of the paper's Fig. 7 (top-5 patches, NMSW against RF), "
        "which "
        "gives no numbers: there both gain, and NMSW more in every organ.";
    for (const std::vector<GainRow>& rows : places) {
      Panel panel = gain_panel(rows);
      if (!panel.series.empty()) figure.panels.push_back(std::move(panel));
    }
    if (!figure.panels.empty()) section.figures.push_back(std::move(figure));
    Table table = gain_table(places);
    table.id = id_for("organ_gain", experiment, input);
    table.title =
        "DSC with patches and of the global prediction alone" + title_suffix(experiment, input);
    section.tables.push_back(std::move(table));
  }
  return section;
}

}  // namespace nmsw::reporting
