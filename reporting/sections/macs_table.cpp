#include <algorithm>

#include "reporting/closed_forms.h"
#include "reporting/comparison.h"
#include "reporting/conventions.h"
#include "reporting/paper_numbers.h"
#include "reporting/paper_timings.h"
#include "reporting/rows.h"
#include "reporting/sections/sections.h"

namespace nmsw::reporting {
namespace {

constexpr const char* kClosedForms = "paper's size, closed forms";

/// source        the data set whose largest volume it is, "profile 96x96x96", or the paper's size
/// is_of_paper   counted at the paper's size with full networks
struct CostLine {
  std::string source, backbone;
  bool is_of_paper = false;
  MethodKey key;
  std::optional<double> macs_paper_t, macs_t, params_paper_m, params_m;
};

bool line_before(const CostLine& a, const CostLine& b) {
  if (a.source != b.source) return dataset_before(a.source, b.source);
  if (a.backbone != b.backbone) return backbone_before(a.backbone, b.backbone);
  return method_before(a.key, b.key);
}

std::vector<CostLine> read_lines(const results::ResultStore& store, const std::string& experiment) {
  const Rows rows(
      store,
      "SELECT DISTINCT c.kind, c.dataset, c.backbone, c.method, c.k, c.class_weight, c.variant, "
      "c.macs / 1e12 AS macs_t, c.macs_paper / 1e12 AS macs_paper_t, c.params / 1e6 AS params_m, "
      "c.params_paper / 1e6 AS params_paper_m, CASE WHEN json_valid(f.config_json) THEN "
      "replace(trim(json_extract(f.config_json, '$.volume_xyz'), '[]'), ',', 'x') END AS volume, "
      "CASE WHEN c.kind = 'profile' THEN f.config_json END AS settings FROM v_costs c JOIN "
      "v_finished f ON f.run = c.run AND f.experiment = c.experiment WHERE c.kind IN ('profile', "
      "'evaluate') AND c.experiment = " +
          sql_quoted(experiment));
  std::vector<CostLine> lines;
  for (size_t i = 0; i < rows.size(); ++i) {
    CostLine line;
    const bool is_profile = rows.text(i, "kind") == "profile";
    const std::string volume = rows.text(i, "volume");
    line.backbone = rows.text(i, "backbone");
    line.source =
        is_profile ? "profile" + (volume.empty() ? "" : " " + volume) : rows.text(i, "dataset");
    line.is_of_paper = is_profile && volume == kPaperVolume &&
                       has_paper_setting(line.backbone, rows.text(i, "settings"));
    line.key = {rows.text(i, "method"), rows.text(i, "k"), rows.text(i, "class_weight"),
                rows.text(i, "variant")};
    if (has_other_order(line.key)) continue;
    line.macs_t = rows.number(i, "macs_t");
    line.macs_paper_t = rows.number(i, "macs_paper_t");
    line.params_m = rows.number(i, "params_m");
    line.params_paper_m = rows.number(i, "params_paper_m");
    lines.push_back(std::move(line));
  }
  std::sort(lines.begin(), lines.end(), line_before);
  // The same count from profiles on several devices.
  lines.erase(std::unique(lines.begin(), lines.end(),
                          [](const CostLine& a, const CostLine& b) {
                            return !line_before(a, b) && !line_before(b, a) &&
                                   a.macs_t == b.macs_t && a.macs_paper_t == b.macs_paper_t;
                          }),
              lines.end());
  return lines;
}

/// The paper's rows at its size, from closed forms.
std::vector<CostLine> closed_form_lines() {
  std::vector<CostLine> lines;
  for (const std::string& backbone : paper_backbones()) {
    for (const MethodKey& key : paper_methods(backbone)) {
      const std::optional<Cost> cost = paper_size_cost(backbone, key);
      if (!cost) continue;
      lines.push_back({kClosedForms, backbone, true, key, cost->macs_paper / 1e12,
                       cost->macs / 1e12, cost->params_paper / 1e6, cost->params / 1e6});
    }
  }
  return lines;
}

std::vector<Column> macs_columns() {
  std::vector<Column> columns(8);
  const std::vector<const char*> names{"source", "backbone",   "method",         "macs_paper_t",
                                       "macs_t", "macs_share", "params_paper_m", "params_m"};
  const std::vector<const char*> titles{"Volume of",
                                        "Backbone",
                                        "Inference",
                                        "MACs, paper's convention",
                                        "MACs, true",
                                        "true share of SW",
                                        "Param, paper's convention",
                                        "Param, true"};
  const std::vector<const char*> units{"", "", "", "T", "T", "%", "M", "M"};
  for (size_t c = 0; c < columns.size(); ++c) {
    columns[c].name = names[c];
    columns[c].title = titles[c];
    columns[c].unit = units[c];
    columns[c].is_key = c < 3;
    columns[c].digits = Digits::significant;
    columns[c].has_reference = c == 3 || c == 6;
  }
  return columns;
}

Cell share_cell(const std::vector<CostLine>& lines, const CostLine& line) {
  for (const CostLine& base : lines) {
    if (base.source == line.source && base.backbone == line.backbone &&
        base.key.method == "sliding_window" && base.key.variant.empty() && base.macs_t &&
        line.macs_t && *base.macs_t > 0) {
      return number_cell(100 * *line.macs_t / *base.macs_t);
    }
  }
  return Cell{};
}

Row line_row(const std::vector<CostLine>& lines, size_t place) {
  const CostLine& line = lines[place];
  Row row;
  row.starts_block = place == 0 || lines[place - 1].source != line.source ||
                     lines[place - 1].backbone != line.backbone;
  const bool is_data_set = line.source != kClosedForms && line.source.rfind("profile", 0) != 0;
  row.cells = {text_cell(is_data_set ? dataset_label(line.source) : line.source),
               text_cell(backbone_label(line.backbone)),
               text_cell(method_label(line.key)),
               number_cell(line.macs_paper_t),
               number_cell(line.macs_t),
               share_cell(lines, line),
               number_cell(line.params_paper_m),
               number_cell(line.params_m)};
  // A dataset's own volume has no counterpart in the paper; a profile's has another.
  if (is_data_set) return row;
  row.cells[3].reference = paper_value(line.backbone, line.key, "", "macs_paper_t");
  row.cells[6].reference = paper_value(line.backbone, line.key, "", "params_paper_m");
  row.cells[3].is_comparable = row.cells[6].is_comparable = line.is_of_paper;
  return row;
}

}  // namespace

Section macs_section(const SectionInput& input) {
  Section section;
  section.id = "macs";
  section.title = "MACs and parameters";
  section.empty_message = "No MACs have been counted yet.";
  for (const std::string& experiment : input.experiments) {
    Table table{id_for("macs", experiment, input),
                "MACs and parameters" + title_suffix(experiment, input),
                macs_columns(),
                {},
                cost_notes(input.store, experiment)};
    std::vector<CostLine> lines = closed_form_lines();
    for (CostLine& line : read_lines(input.store, experiment)) lines.push_back(std::move(line));
    for (size_t i = 0; i < lines.size(); ++i) table.rows.push_back(line_row(lines, i));
    note_not_comparable(table);
    section.tables.push_back(std::move(table));
  }
  return section;
}

}  // namespace nmsw::reporting
