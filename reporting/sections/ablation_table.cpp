#include "reporting/sections/ablation_table.h"

#include <algorithm>

#include "reporting/comparability.h"
#include "reporting/conventions.h"
#include "reporting/paper_numbers.h"

namespace nmsw::reporting {
namespace {

// Eight columns with the paper's value and the difference beside are too many for a page.
constexpr size_t kAblationKeys = 3;
constexpr size_t kFirstPanelCounts = 4;
constexpr const char* kFirstPanel = "Up to 10 patches";
constexpr const char* kSecondPanel = "30 patches and more; methods without k";

struct AblationSeries {
  const char* title;
  MethodKey key;
};

const std::vector<AblationSeries>& ablation_series() {
  static const std::vector<AblationSeries> series{{"NMSW with c_w", {"nmsw", "", "on", ""}},
                                                  {"NMSW without c_w", {"nmsw", "", "off", ""}},
                                                  {"RF", {"random_foreground", "", "on", ""}},
                                                  {"Zoom-out", {"zoom_out", "", "on", ""}}};
  return series;
}

std::vector<Column> ablation_columns() {
  std::vector<Column> columns(kAblationKeys);
  const std::vector<const char*> names{"backbone", "dataset", "series"};
  const std::vector<const char*> titles{"Backbone", "Dataset", "Inference"};
  for (size_t c = 0; c < columns.size(); ++c) {
    columns[c].name = names[c];
    columns[c].title = titles[c];
    columns[c].is_key = true;
  }
  for (const std::string& k : paper_ablation_counts()) {
    Column column;
    column.name = "k_" + k;
    column.title = "k=" + k;
    column.panel = columns.size() < kAblationKeys + kFirstPanelCounts ? kFirstPanel : kSecondPanel;
    column.has_reference = true;
    columns.push_back(column);
  }
  Column line;
  line.name = "no_k";
  line.title = "no k";
  line.panel = kSecondPanel;
  line.has_reference = true;
  columns.push_back(line);
  return columns;
}

Cell bar_cell(const std::vector<ComparisonRow>& rows, const std::string& dataset,
              const std::string& backbone, const MethodKey& key, bool partial,
              const Comparability& comparability) {
  return comparability.dsc_cell(find_row(rows, dataset, backbone, key), dataset,
                                paper_ablation_value(backbone, key, dataset), partial);
}

Row series_row(const std::vector<ComparisonRow>& rows, const std::string& dataset,
               const std::string& backbone, const AblationSeries& series, const SectionInput& input,
               const Comparability& comparability) {
  Row line;
  line.cells = {text_cell(backbone_label(backbone)), text_cell(dataset_label(dataset)),
                text_cell(series.title)};
  const bool has_counts = series.key.method != "zoom_out";
  for (const std::string& k : paper_ablation_counts()) {
    MethodKey key = series.key;
    key.k = k;
    line.cells.push_back(
        has_counts ? bar_cell(rows, dataset, backbone, key, input.partial, comparability) : Cell{});
  }
  line.cells.push_back(
      has_counts ? Cell{}
                 : bar_cell(rows, dataset, backbone, series.key, input.partial, comparability));
  return line;
}

}  // namespace

Table ablation_table(const std::vector<ComparisonRow>& rows, const std::string& experiment,
                     const SectionInput& input) {
  Table table{id_for("ablation", experiment, input),
              "DSC by number of patches, beside the bars of the paper's ablation figure" +
                  title_suffix(experiment, input),
              ablation_columns(),
              {},
              {}};
  const bool is_planned = std::any_of(rows.begin(), rows.end(), [](const ComparisonRow& row) {
    return is_paper_dataset(row.dataset) && !row.key.k.empty();
  });
  if (!is_planned) return table;
  const Comparability comparability(input.store, experiment);
  for (const std::string& backbone : backbones_of(rows)) {
    for (const std::string& dataset : datasets_of(rows)) {
      if (!is_paper_dataset(dataset)) continue;
      for (const AblationSeries& series : ablation_series()) {
        table.rows.push_back(series_row(rows, dataset, backbone, series, input, comparability));
        table.rows.back().starts_block = &series == &ablation_series().front();
      }
    }
  }
  table.notes = data_notes(input.store, rows);
  table.notes.emplace_back(
      "The paper's values are read from the pixels of its figure (±0.002); — stands where its bar "
      "lies below the axis. Every k of a method comes from one ranked pass over a case. Δ is the "
      "pooled "
      "score minus the paper's.");
  note_not_comparable(table);
  return table;
}

}  // namespace nmsw::reporting
