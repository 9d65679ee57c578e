#include <algorithm>

#include <fmt/format.h>

#include "nmsw/base/csv_field.h"
#include "reporting/render.h"

namespace nmsw::reporting {
namespace {

bool has_spread(const Table& table, size_t column) {
  return std::any_of(table.rows.begin(), table.rows.end(),
                     [&](const Row& row) { return row.cells[column].spread.has_value(); });
}

bool is_other(const Cell& cell) { return !cell.is_comparable && !cell.reference.empty(); }

bool has_other(const Table& table) {
  return std::any_of(table.rows.begin(), table.rows.end(), [](const Row& row) {
    return std::any_of(row.cells.begin(), row.cells.end(), is_other);
  });
}

// Full precision: a CSV file is computed with, the other formats are read.
std::string full_number(const std::optional<double>& value) {
  return value ? fmt::format("{:.9g}", *value) : "";
}

std::string header_line(const Table& table) {
  std::string line;
  for (size_t c = 0; c < table.columns.size(); ++c) {
    const Column& column = table.columns[c];
    line += csv_field(column.name) + ",";
    if (has_spread(table, c)) line += csv_field(column.name + "_sd") + ",";
    if (column.has_reference)
      line +=
          csv_field(column.name + "_paper") + "," + csv_field(column.name + "_difference") + ",";
  }
  return line + (has_other(table) ? "incomplete,not_comparable\n" : "incomplete\n");
}

std::string csv_row(const Table& table, const Row& row) {
  std::string line, incomplete, other;
  for (size_t c = 0; c < table.columns.size(); ++c) {
    const Column& column = table.columns[c];
    const Cell& cell = row.cells[c];
    const bool is_text = column.is_key || (!cell.value && cell.is_complete);
    line += csv_field(is_text ? cell.text : full_number(cell.value)) + ",";
    if (has_spread(table, c)) line += full_number(cell.spread) + ",";
    if (column.has_reference) line += cell.reference + "," + difference_text(cell, column) + ",";
    if (is_other(cell)) other += (other.empty() ? "" : "; ") + column.name;
    if (!cell.is_complete) {
      incomplete += (incomplete.empty() ? "" : "; ") + column.name + ": " +
                    (cell.text.empty() ? "missing" : cell.text);
    }
  }
  line += csv_field(incomplete);
  return has_other(table) ? line + "," + csv_field(other) + "\n" : line + "\n";
}

}  // namespace

std::string render_csv(const Table& table) {
  std::string text = header_line(table);
  for (const Row& row : table.rows) text += csv_row(table, row);
  return text;
}

}  // namespace nmsw::reporting
