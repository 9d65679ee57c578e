#include <algorithm>
#include <cstdlib>
#include <set>

#include <fmt/format.h>

#include "reporting/comparability.h"
#include "reporting/comparison.h"
#include "reporting/conventions.h"
#include "reporting/palette.h"
#include "reporting/paper_numbers.h"
#include "reporting/sections/ablation_table.h"
#include "reporting/sections/sections.h"

namespace nmsw::reporting {
namespace {

enum class Metric { dsc, nsd };

std::optional<double> value_of(const ComparisonRow& row, Metric metric, bool partial) {
  if (!row.is_complete && !partial) return std::nullopt;
  return metric == Metric::dsc ? row.dsc : row.nsd;
}

std::vector<std::string> patch_counts(const std::vector<ComparisonRow>& rows) {
  std::set<std::string> found;
  for (const ComparisonRow& row : rows) {
    if (!row.key.k.empty()) found.insert(row.key.k);
  }
  if (found.empty()) return {};
  std::vector<std::string> counts(found.begin(), found.end());
  const bool is_of_paper = std::any_of(rows.begin(), rows.end(), [](const ComparisonRow& row) {
    return is_paper_dataset(row.dataset);
  });
  if (is_of_paper) {
    for (const std::string& k : paper_ablation_counts()) {
      if (found.count(k) == 0) counts.push_back(k);
    }
  }
  std::sort(counts.begin(), counts.end(), k_before);
  return counts;
}

std::vector<MethodKey> curves_of(const std::vector<ComparisonRow>& rows) {
  std::vector<MethodKey> curves;
  for (const ComparisonRow& row : rows) {
    if (row.key.k.empty()) continue;
    const MethodKey curve{row.key.method, "", row.key.class_weight, row.key.variant};
    if (std::find(curves.begin(), curves.end(), curve) == curves.end()) curves.push_back(curve);
  }
  std::sort(curves.begin(), curves.end(), method_before);
  return curves;
}

std::string curve_name(const MethodKey& curve) {
  if (curve.method == "nmsw" && curve.class_weight == "on") {
    return "NMSW with c_w" + (curve.variant.empty() ? "" : ", " + curve.variant);
  }
  return method_label(curve);
}

struct PanelPlace {
  std::string dataset, backbone;
};

Series measured_series(const std::vector<ComparisonRow>& rows, const PanelPlace& place,
                       const MethodKey& curve, const std::vector<std::string>& counts,
                       Metric metric, bool partial) {
  Series series;
  series.name = curve_name(curve);
  series.colour = method_colour(curve.method, curve.class_weight);
  for (size_t i = 0; i < counts.size(); ++i) {
    MethodKey key = curve;
    key.k = counts[i];
    const ComparisonRow* row = find_row(rows, place.dataset, place.backbone, key);
    const auto value = row == nullptr ? std::nullopt : value_of(*row, metric, partial);
    if (value) series.points.emplace_back(static_cast<double>(i), *value);
  }
  return series;
}

Series paper_series(const PanelPlace& place, const MethodKey& curve,
                    const std::vector<std::string>& counts, Metric metric) {
  Series series;
  series.name = curve_name(curve) + " (paper)";
  series.colour = method_colour(curve.method, curve.class_weight);
  series.stroke = Stroke::dashed;
  for (size_t i = 0; i < counts.size(); ++i) {
    MethodKey key = curve;
    key.k = counts[i];
    const std::string printed = metric == Metric::dsc
                                    ? paper_ablation_value(place.backbone, key, place.dataset)
                                    : paper_value(place.backbone, key, place.dataset, "nsd");
    if (!printed.empty())
      series.points.emplace_back(static_cast<double>(i), std::strtod(printed.c_str(), nullptr));
  }
  return series;
}

Panel curve_panel(const std::vector<ComparisonRow>& rows, const PanelPlace& place,
                  const std::vector<std::string>& counts, Metric metric, bool partial) {
  Panel panel;
  panel.title = backbone_label(place.backbone) + ", " + dataset_label(place.dataset);
  panel.x_label = "patches k";
  panel.y_label = metric == Metric::dsc ? "mean DSC (0…1)" : "mean NSD (0…1)";
  panel.x_ticks = counts;
  for (const char* method : {"sliding_window", "zoom_out"}) {
    const ComparisonRow* row =
        find_row(rows, place.dataset, place.backbone, {method, "", "on", ""});
    const auto value = row == nullptr ? std::nullopt : value_of(*row, metric, partial);
    const bool is_base = method == std::string("sliding_window");
    if (value) {
      panel.series.push_back(level_series(is_base ? "SW" : "Zoom-out", method_colour(method, "on"),
                                          is_base ? Stroke::solid : Stroke::dotted, *value,
                                          counts.size()));
    }
  }
  const std::string zoom_out =
      paper_ablation_value(place.backbone, {"zoom_out", "", "on", ""}, place.dataset);
  if (metric == Metric::dsc && !zoom_out.empty()) {
    panel.series.push_back(level_series("Zoom-out (paper)", method_colour("zoom_out", "on"),
                                        Stroke::dashed, std::strtod(zoom_out.c_str(), nullptr),
                                        counts.size()));
  }
  for (const MethodKey& curve : curves_of(rows)) {
    Series paper = paper_series(place, curve, counts, metric);
    Series measured = measured_series(rows, place, curve, counts, metric, partial);
    if (!measured.points.empty()) panel.series.push_back(std::move(measured));
    if (!paper.points.empty()) panel.series.push_back(std::move(paper));
  }
  return panel;
}

bool has_measured_curve(const Panel& panel) {
  return std::any_of(panel.series.begin(), panel.series.end(), [](const Series& series) {
    return series.style == SeriesStyle::line_with_points && series.stroke == Stroke::solid;
  });
}

std::optional<Figure> curve_figure(const std::vector<ComparisonRow>& rows,
                                   const std::string& experiment, Metric metric,
                                   const SectionInput& input) {
  const std::vector<std::string> counts = patch_counts(rows);
  const std::string name = metric == Metric::dsc ? "DSC" : "NSD";
  Figure figure;
  figure.id = id_for("k_curve_" + file_word(name), experiment, input);
  figure.title = name + " against the number of patches" + title_suffix(experiment, input);
  figure.columns = datasets_of(rows).size();
  bool has_any = false;
  // A panel without a measured curve keeps its place, so that a row is a backbone and a column a
  // dataset, as in the paper's figure.
  for (const std::string& backbone : backbones_of(rows)) {
    for (const std::string& dataset : datasets_of(rows)) {
      figure.panels.push_back(
          curve_panel(rows, {dataset, backbone}, counts, metric, input.partial));
      has_any = has_any || has_measured_curve(figure.panels.back());
    }
  }
  if (!has_any) return std::nullopt;
  figure.caption = "Mean " + name +
                   " over classes against the number of patches k (evenly spaced ticks). Solid, "
                   "filled: measured; "
                   "dashed, hollow: the paper";
  figure.caption += metric == Metric::dsc
                        ? " (bars of its ablation figure, read from pixels, ±0.002)"
                        : " (Table 2)";
  figure.caption +=
      "; grey line: sliding window, measured; green: zoom-out, dotted where measured.";
  for (const std::string& note : data_notes(input.store, rows)) figure.caption += " " + note;
  return figure;
}

std::vector<Column> curve_columns() {
  std::vector<Column> columns(7);
  const std::vector<const char*> names{"dataset", "backbone", "method", "k",
                                       "dsc",     "nsd",      "macs_t"};
  const std::vector<const char*> titles{"Dataset", "Backbone", "Inference", "k",
                                        "DSC",     "NSD",      "MACs true"};
  for (size_t c = 0; c < columns.size(); ++c) {
    columns[c].name = names[c];
    columns[c].title = titles[c];
    columns[c].is_key = c < 4;
    columns[c].has_reference = c == 4 || c == 5;
    if (c == 4 || c == 5) columns[c].better = Better::higher;
  }
  columns[6].unit = "T";
  columns[6].digits = Digits::significant;
  return columns;
}

Table curve_table(const std::vector<ComparisonRow>& rows, const std::string& experiment,
                  const SectionInput& input) {
  Table table{id_for("k_curve", experiment, input),
              "Accuracy by number of patches" + title_suffix(experiment, input),
              curve_columns(),
              {},
              {}};
  const Comparability comparability(input.store, experiment);
  for (const std::string& dataset : datasets_of(rows)) {
    for (const ComparisonRow& row : rows) {
      if (row.dataset != dataset || row.key.k.empty()) continue;
      const MethodKey curve{row.key.method, "", row.key.class_weight, row.key.variant};
      Row line;
      line.cells = {
          text_cell(dataset_label(dataset)),
          text_cell(backbone_label(row.backbone)),
          text_cell(curve_name(curve)),
          text_cell(row.key.k),
          comparability.dsc_cell(
              &row, dataset, paper_ablation_value(row.backbone, row.key, dataset), input.partial),
          comparability.nsd_cell(&row, dataset, paper_value(row.backbone, row.key, dataset, "nsd"),
                                 input.partial),
          number_cell(row.macs_t)};
      line.starts_block = table.rows.empty();
      for (size_t c = 0; c < 3 && !line.starts_block; ++c) {
        line.starts_block = table.rows.back().cells[c].text != line.cells[c].text;
      }
      table.rows.push_back(std::move(line));
    }
  }
  table.notes = data_notes(input.store, rows);
  table.notes.emplace_back(
      "The paper's DSC here are the bars of its ablation figure (read from pixels, ±0.002), its "
      "NSD those of Table 2; Δ is the pooled score minus the paper's.");
  note_not_comparable(table);
  return table;
}

}  // namespace

Section top_k_section(const SectionInput& input) {
  Section section;
  section.id = "top-k";
  section.title = "Number of patches";
  section.empty_message = "No method with a number of patches k has been evaluated yet.";
  for (const std::string& experiment : input.experiments) {
    const std::vector<ComparisonRow> rows =
        without_variants(read_comparison(input.store, experiment));
    for (const Metric metric : {Metric::dsc, Metric::nsd}) {
      auto figure = curve_figure(rows, experiment, metric, input);
      if (figure) section.figures.push_back(std::move(*figure));
    }
    Table grid = ablation_table(rows, experiment, input);
    if (!grid.rows.empty()) section.tables.push_back(std::move(grid));
    Table table = curve_table(rows, experiment, input);
    if (!table.rows.empty()) section.tables.push_back(std::move(table));
  }
  return section;
}

}  // namespace nmsw::reporting
