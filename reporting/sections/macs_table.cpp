#include <algorithm>

#include "reporting/comparison.h"
#include "reporting/conventions.h"
#include "reporting/paper_numbers.h"
#include "reporting/rows.h"
#include "reporting/sections/sections.h"

namespace nmsw::reporting {
namespace {

struct CostLine {
  std::string source, backbone;
  MethodKey key;
  std::optional<double> macs_paper_t, macs_t, params_paper_m, params_m;
};

bool line_before(const CostLine& a, const CostLine& b) {
  if (a.source != b.source) return dataset_before(a.source, b.source);
  if (a.backbone != b.backbone) return backbone_before(a.backbone, b.backbone);
  return method_before(a.key, b.key);
}

std::vector<CostLine> read_lines(const results::ResultStore& store, const std::string& experiment) {
  const Rows rows(store,
                  "SELECT DISTINCT kind, dataset, backbone, method, k, variant, macs / 1e12 AS "
                  "macs_t, macs_paper / 1e12 "
                  "AS macs_paper_t, params / 1e6 AS params_m, params_paper / 1e6 AS params_paper_m "
                  "FROM v_costs "
                  "WHERE kind IN ('profile', 'evaluate') AND experiment = " +
                      sql_quoted(experiment));
  std::vector<CostLine> lines;
  for (size_t i = 0; i < rows.size(); ++i) {
    CostLine line;
    line.source = rows.text(i, "kind") == "profile" ? "profile" : rows.text(i, "dataset");
    line.backbone = rows.text(i, "backbone");
    line.key = {rows.text(i, "method"), rows.text(i, "k"), "on", rows.text(i, "variant")};
    line.macs_t = rows.number(i, "macs_t");
    line.macs_paper_t = rows.number(i, "macs_paper_t");
    line.params_m = rows.number(i, "params_m");
    line.params_paper_m = rows.number(i, "params_paper_m");
    lines.push_back(std::move(line));
  }
  std::sort(lines.begin(), lines.end(), line_before);
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
    const std::vector<CostLine> lines = read_lines(input.store, experiment);
    for (size_t i = 0; i < lines.size(); ++i) {
      const CostLine& line = lines[i];
      Row row;
      row.starts_block =
          i == 0 || lines[i - 1].source != line.source || lines[i - 1].backbone != line.backbone;
      row.cells = {text_cell(line.source == "profile" ? "profile" : dataset_label(line.source)),
                   text_cell(backbone_label(line.backbone)),
                   text_cell(method_label(line.key)),
                   number_cell(line.macs_paper_t),
                   number_cell(line.macs_t),
                   share_cell(lines, line),
                   number_cell(line.params_paper_m),
                   number_cell(line.params_m)};
      // The paper's volume is the profile's; a dataset's own volume has no counterpart there.
      if (line.source == "profile") {
        row.cells[3].reference = paper_value(line.backbone, line.key, "", "macs_paper_t");
        row.cells[6].reference = paper_value(line.backbone, line.key, "", "params_paper_m");
      }
      table.rows.push_back(std::move(row));
    }
    if (!table.rows.empty()) section.tables.push_back(std::move(table));
  }
  return section;
}

}  // namespace nmsw::reporting
