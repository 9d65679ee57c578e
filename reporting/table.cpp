#include "reporting/table.h"

#include <algorithm>
#include <cmath>
#include <cstdlib>

#include <fmt/format.h>

namespace nmsw::reporting {
namespace {

int decimals_for(double value, const Column& column) {
  if (column.digits == Digits::fixed) return column.digit_count;
  if (value == 0.0 || !std::isfinite(value)) return column.digit_count - 1;
  const int magnitude = static_cast<int>(std::floor(std::log10(std::fabs(value))));
  return std::max(0, column.digit_count - 1 - magnitude);
}

int decimals_in(const std::string& printed) {
  const auto point = printed.find('.');
  return point == std::string::npos ? 0 : static_cast<int>(printed.size() - point - 1);
}

bool is_candidate(const Cell& cell) { return cell.value && cell.is_complete; }

// Ranks compare what a reader sees, so that two cells that print alike are never told apart.
double shown_value(const Cell& cell, const Column& column) {
  return std::strtod(format_number(*cell.value, column).c_str(), nullptr);
}

void rank_block(Table& table, size_t column_index, size_t first, size_t last) {
  const Column& column = table.columns[column_index];
  std::vector<double> values;
  for (size_t r = first; r < last; ++r) {
    const Cell& cell = table.rows[r].cells[column_index];
    if (is_candidate(cell)) values.push_back(shown_value(cell, column));
  }
  if (values.empty() ||
      std::count(values.begin(), values.end(), values[0]) == static_cast<int64_t>(values.size()))
    return;
  for (size_t r = first; r < last; ++r) {
    Cell& cell = table.rows[r].cells[column_index];
    if (!is_candidate(cell)) continue;
    const double value = shown_value(cell, column);
    const auto ahead = std::count_if(values.begin(), values.end(), [&](double other) {
      return column.better == Better::higher ? other > value : other < value;
    });
    if (ahead < 3) cell.mark = static_cast<Mark>(ahead + 1);
  }
}

}  // namespace

Cell text_cell(std::string text) {
  Cell cell;
  cell.text = std::move(text);
  return cell;
}

Cell number_cell(std::optional<double> value) {
  Cell cell;
  if (value && std::isfinite(*value)) cell.value = value;
  return cell;
}

std::string format_number(double value, const Column& column) {
  std::string text = fmt::format("{:.{}f}", value, decimals_for(value, column));
  if (std::strtod(text.c_str(), nullptr) == 0.0 && text.front() == '-') text.erase(0, 1);
  return text;
}

std::string measured_text(const Cell& cell, const Column& column) {
  if (!cell.value) return cell.text.empty() ? "—" : cell.text;
  std::string text = format_number(*cell.value, column);
  if (cell.spread)
    text += " ± " + fmt::format("{:.{}f}", *cell.spread, decimals_for(*cell.value, column));
  if (!cell.text.empty()) text += " (" + cell.text + ")";
  return text;
}

std::string difference_text(const Cell& cell, const Column& column) {
  if (!cell.value || cell.reference.empty()) return "";
  const double reference = std::strtod(cell.reference.c_str(), nullptr);
  const int decimals = std::min(decimals_for(*cell.value, column), decimals_in(cell.reference));
  std::string text = fmt::format("{:+.{}f}", *cell.value - reference, decimals);
  if (std::strtod(text.c_str(), nullptr) == 0.0) text.erase(0, 1);
  return text;
}

void rank_columns(Table& table) {
  for (size_t c = 0; c < table.columns.size(); ++c) {
    if (table.columns[c].better == Better::none) continue;
    size_t first = 0;
    while (first < table.rows.size()) {
      size_t last = first + 1;
      while (last < table.rows.size() && !table.rows[last].starts_block) ++last;
      rank_block(table, c, first, last);
      first = last;
    }
  }
}

std::vector<Table> split_panels(const Table& table) {
  std::vector<std::string> panels;
  for (const Column& column : table.columns) {
    if (column.is_key) continue;
    if (std::find(panels.begin(), panels.end(), column.panel) == panels.end()) {
      panels.push_back(column.panel);
    }
  }
  if (panels.size() < 2) return {table};
  std::vector<Table> pieces;
  for (const std::string& panel : panels) {
    Table piece{table.id, table.title, {}, std::vector<Row>(table.rows.size()), table.notes};
    for (size_t c = 0; c < table.columns.size(); ++c) {
      if (!table.columns[c].is_key && table.columns[c].panel != panel) continue;
      piece.columns.push_back(table.columns[c]);
      for (size_t r = 0; r < table.rows.size(); ++r) {
        piece.rows[r].starts_block = table.rows[r].starts_block;
        piece.rows[r].cells.push_back(table.rows[r].cells[c]);
      }
    }
    pieces.push_back(std::move(piece));
  }
  return pieces;
}

std::string heading_text(const Column& column) {
  std::string text = column.title;
  if (!column.unit.empty()) text += " (" + column.unit + ")";
  if (column.better == Better::higher) text += " ↑";
  if (column.better == Better::lower) text += " ↓";
  return text;
}

std::string panel_name(const Table& piece) {
  for (const Column& column : piece.columns) {
    if (!column.is_key) return column.panel;
  }
  return "";
}

}  // namespace nmsw::reporting
