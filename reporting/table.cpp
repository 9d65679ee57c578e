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

/// A cell among those that a column ranks; `level` counts the different values ahead of it.
struct Candidate {
  size_t row = 0;
  double value = 0;
  size_t ahead = 0, level = 0;
};

/// The candidates of a block, best first.
std::vector<Candidate> candidates_of(const Table& table, size_t column_index, size_t first,
                                     size_t last) {
  const Column& column = table.columns[column_index];
  std::vector<Candidate> candidates;
  for (size_t r = first; r < last; ++r) {
    const Cell& cell = table.rows[r].cells[column_index];
    if (is_candidate(cell) && !table.rows[r].is_extra)
      candidates.push_back({r, shown_value(cell, column)});
  }
  std::stable_sort(candidates.begin(), candidates.end(),
                   [&](const Candidate& a, const Candidate& b) {
                     return column.better == Better::higher ? a.value > b.value : a.value < b.value;
                   });
  for (size_t i = 1; i < candidates.size(); ++i) {
    const bool is_tie = candidates[i].value == candidates[i - 1].value;
    candidates[i].ahead = is_tie ? candidates[i - 1].ahead : i;
    candidates[i].level = candidates[i - 1].level + (is_tie ? 0 : 1);
  }
  return candidates;
}

void rank_block(Table& table, size_t column, size_t first, size_t last,
                const TellsApart& tells_apart) {
  const std::vector<Candidate> candidates = candidates_of(table, column, first, last);
  if (candidates.empty() || candidates.back().level == 0) return;
  for (const Candidate& one : candidates) {
    const bool is_inside_noise =
        tells_apart &&
        std::any_of(candidates.begin(), candidates.end(), [&](const Candidate& next) {
          const bool is_next = next.level + 1 == one.level || one.level + 1 == next.level;
          return is_next && !tells_apart(column, one.row, next.row);
        });
    // What most of a block has sets no row apart.
    const auto sharing = static_cast<size_t>(
        std::count_if(candidates.begin(), candidates.end(),
                      [&](const Candidate& other) { return other.level == one.level; }));
    const bool is_common = sharing > 2 && 2 * sharing > candidates.size();
    if (one.ahead < 3 && !is_inside_noise && !is_common)
      table.rows[one.row].cells[column].mark = static_cast<Mark>(one.ahead + 1);
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

Cell unplanned_cell() {
  Cell cell = text_cell("not run");
  cell.is_complete = cell.is_planned = false;
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
  if (!cell.value || !cell.is_comparable || cell.reference.empty() || cell.reference == "-")
    return "";
  const double value = cell.compared.value_or(*cell.value);
  const double reference = std::strtod(cell.reference.c_str(), nullptr);
  const int decimals = std::min(decimals_for(value, column), decimals_in(cell.reference));
  std::string text = fmt::format("{:+.{}f}", value - reference, decimals);
  if (std::strtod(text.c_str(), nullptr) == 0.0) text.erase(0, 1);
  return text;
}

std::string reference_text(const Cell& cell) {
  const std::string text = with_minus_sign(cell.reference);
  const bool is_number = !text.empty() && text != "-";
  return is_number && !cell.is_comparable ? "(" + text + ")" : text;
}

void note_not_comparable(Table& table) {
  for (const Row& row : table.rows) {
    for (const Cell& cell : row.cells) {
      if (cell.is_comparable || cell.reference.empty() || cell.reference == "-") continue;
      table.notes.emplace_back(
          "The paper's values in parentheses (greyed on the page) are of other data, another "
          "volume, unit or machine: no difference is taken.");
      return;
    }
  }
}

std::string with_minus_sign(std::string text) {
  if (text.size() > 1 && text.front() == '-') text.replace(0, 1, "−");
  return text;
}

size_t printed_width(const Column& column) { return column.has_reference ? 3 : 1; }

void rank_columns(Table& table, const TellsApart& tells_apart) {
  for (size_t c = 0; c < table.columns.size(); ++c) {
    if (table.columns[c].better == Better::none) continue;
    size_t first = 0;
    while (first < table.rows.size()) {
      size_t last = first + 1;
      while (last < table.rows.size() && !table.rows[last].starts_block) ++last;
      rank_block(table, c, first, last, tells_apart);
      first = last;
    }
  }
}

Table without_extra_rows(const Table& table) {
  Table kept = table;
  kept.rows.erase(std::remove_if(kept.rows.begin(), kept.rows.end(),
                                 [](const Row& row) { return row.is_extra; }),
                  kept.rows.end());
  return kept;
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
        piece.rows[r].is_extra = table.rows[r].is_extra;
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
