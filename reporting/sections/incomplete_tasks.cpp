#include <fmt/format.h>

#include "reporting/comparison.h"
#include "reporting/rows.h"
#include "reporting/sections/sections.h"

namespace nmsw::reporting {
namespace {

Column text_column(const std::string& name, const std::string& title) {
  Column column;
  column.name = name;
  column.title = title;
  column.is_key = true;
  return column;
}

std::string first_line(const std::string& text) { return text.substr(0, text.find('\n')); }

/// "84 %, epoch 12 of 50": how far a task was when its worker last said so.
std::string progress_of(const Rows& rows, size_t i) {
  const double share = rows.number(i, "progress").value_or(0);
  if (share <= 0) return "";
  const std::string text = rows.text(i, "progress_text");
  return fmt::format("{:.0f} %", 100 * share) + (text.empty() ? "" : ", " + text);
}

}  // namespace

Section incomplete_section(const SectionInput& input) {
  Section section;
  section.id = "incomplete";
  section.title = "Incomplete tasks";
  section.empty_message = input.experiments.empty() ? "No task is planned in this database."
                                                    : "None: every task is done.";
  Table table{"incomplete",
              "Tasks that are not done",
              {text_column("experiment", "Experiment"), text_column("task", "Task"),
               text_column("kind", "Kind"), text_column("dataset", "Dataset"),
               text_column("backbone", "Backbone"), text_column("method", "What"),
               text_column("seed", "Seed"), text_column("state", "State"),
               text_column("progress", "Progress"), text_column("attempts", "Attempts"),
               text_column("last_error", "Last error"), text_column("log", "Log")},
              {},
              {"Failed tasks run again with `nmsw retry`, the others when the experiment is run "
               "again; blocked: something they "
               "depend on has failed. A log's path is relative to the database's folder."}};
  for (const std::string& experiment : input.experiments) {
    const Rows rows(input.store,
                    "SELECT * FROM v_incomplete WHERE experiment = " + sql_quoted(experiment) +
                        " ORDER BY state, kind, dataset, backbone, method, k, seed, task_key");
    for (size_t i = 0; i < rows.size(); ++i) {
      Row row;
      const std::string k = rows.text(i, "k").empty() ? "" : " (k=" + rows.text(i, "k") + ")";
      const std::string what =
          rows.text(i, "kind") == "train" ? rows.text(i, "scheme") : rows.text(i, "method") + k;
      row.cells = {
          text_cell(experiment),
          text_cell(rows.text(i, "task_key").substr(0, 10)),
          text_cell(rows.text(i, "kind")),
          text_cell(rows.text(i, "dataset")),
          text_cell(rows.text(i, "backbone")),
          text_cell(what),
          text_cell(rows.text(i, "seed") +
                    (rows.text(i, "fold").empty() ? "" : ", fold " + rows.text(i, "fold"))),
          text_cell(rows.text(i, "state")),
          text_cell(progress_of(rows, i)),
          text_cell(rows.text(i, "attempts")),
          text_cell(first_line(rows.text(i, "last_error"))),
          text_cell(rows.text(i, "log"))};
      row.starts_block = i == 0;
      table.rows.push_back(std::move(row));
    }
  }
  if (!table.rows.empty()) section.tables.push_back(std::move(table));
  return section;
}

}  // namespace nmsw::reporting
