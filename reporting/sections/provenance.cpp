#include "reporting/comparison.h"
#include "reporting/rows.h"
#include "reporting/sections/sections.h"

namespace nmsw::reporting {
namespace {

const std::vector<std::pair<std::string, std::string>>& shown_columns() {
  static const std::vector<std::pair<std::string, std::string>> columns{
      {"commit", "Commit"},
      {"host", "Host"},
      {"cpu", "CPU"},
      {"gpu", "GPU"},
      {"threads", "Threads"},
      {"torch", "LibTorch"},
      {"config_sha", "Configuration"},
      {"data_sha", "Data"},
      {"runs", "Runs"},
      {"started", "First start"},
      {"finished", "Last end"}};
  return columns;
}

std::string shown_text(const Rows& rows, size_t i, const std::string& column) {
  std::string text = rows.text(i, column);
  if (column == "commit" || column == "config_sha" || column == "data_sha")
    text = text.substr(0, 10);
  if (column == "commit" && rows.count(i, "dirty") != 0) text += " (changed)";
  return text;
}

Table provenance_table(const SectionInput& input, const std::string& filter) {
  const Rows rows(input.store,
                  "SELECT \"commit\", dirty, host, cpu, gpu, threads, torch, config_sha, data_sha, "
                  "count(*) AS runs, "
                  "min(started) AS started, max(finished) AS finished FROM v_provenance WHERE " +
                      filter +
                      " GROUP BY \"commit\", dirty, host, cpu, gpu, threads, torch, config_sha, "
                      "data_sha ORDER BY min(started), "
                      "config_sha, data_sha");
  Table table{"provenance", "Where the results come from", {}, {}, {}};
  for (const auto& [name, title] : shown_columns()) {
    Column column;
    column.name = name;
    column.title = title;
    column.is_key = true;
    table.columns.push_back(column);
  }
  for (size_t i = 0; i < rows.size(); ++i) {
    Row row;
    for (const auto& [name, title] : shown_columns())
      row.cells.push_back(text_cell(shown_text(rows, i, name)));
    table.rows.push_back(std::move(row));
  }
  table.notes = {
      "Finished runs with the same commit, machine, configuration and data share a line. "
      "Configuration and data are "
      "the first digits of SHA-256 digests; times are UTC; (changed): the working tree differed "
      "from the commit."};
  const Rows remarks(input.store, "SELECT notes, count(*) AS runs FROM v_provenance WHERE " +
                                      filter +
                                      " AND notes <> '' GROUP BY notes ORDER BY notes LIMIT 20");
  for (size_t i = 0; i < remarks.size(); ++i) {
    table.notes.push_back("Remark of " + remarks.text(i, "runs") +
                          " run(s): " + remarks.text(i, "notes"));
  }
  return table;
}

}  // namespace

Section provenance_section(const SectionInput& input) {
  Section section;
  section.id = "provenance";
  section.title = "Provenance";
  section.empty_message = "No run has finished yet.";
  if (input.experiments.empty()) return section;
  Table table = provenance_table(input, "run IN (SELECT run FROM v_finished WHERE experiment IN " +
                                            sql_list(input.experiments) + ")");
  if (!table.rows.empty()) section.tables.push_back(std::move(table));
  return section;
}

}  // namespace nmsw::reporting
