#include "results/query_format.h"

#include <algorithm>
#include <cmath>

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include "nmsw/base/csv_field.h"
#include "nmsw/base/error.h"

namespace nmsw::results {
namespace {

bool is_number(const QueryValue& value) { return value.index() == 1 || value.index() == 2; }

/// Short text for people; machines get format_value.
std::string displayed(const QueryValue& value) {
  if (std::holds_alternative<std::monostate>(value)) return "-";
  if (const double* real = std::get_if<double>(&value)) return fmt::format("{:.6g}", *real);
  return format_value(value);
}

/// Code points, so that columns with accents line up.
size_t width_of(const std::string& text) {
  return static_cast<size_t>(std::count_if(text.begin(), text.end(), [](char c) {
    return (static_cast<unsigned char>(c) & 0xc0) != 0x80;
  }));
}

std::string padded(const std::string& text, size_t width, bool to_the_right) {
  const std::string blanks(width - std::min(width, width_of(text)), ' ');
  return to_the_right ? blanks + text : text + blanks;
}

std::string replace_all(std::string text, const std::string& from, const std::string& to) {
  for (size_t at = text.find(from); at != std::string::npos; at = text.find(from, at + to.size())) {
    text.replace(at, from.size(), to);
  }
  return text;
}

/// A cell holds one line.
std::string single_line(const std::string& text) {
  return replace_all(replace_all(replace_all(text, "\r\n", " "), "\n", " "), "\r", " ");
}

/// A name is never a link or a tag.
std::string markdown_cell(const std::string& text) {
  const std::string cell = replace_all(replace_all(single_line(text), "\\", "\\\\"), "|", "\\|");
  return replace_all(replace_all(cell, "](", "\\]("), "<", "&lt;");
}

std::string csv(const QueryTable& table) {
  std::string out;
  const auto add = [&out](const std::string& field, size_t column) {
    out += (column > 0 ? "," : "") + field;
  };
  for (size_t c = 0; c < table.columns.size(); ++c) add(csv_field(table.columns[c]), c);
  out += '\n';
  for (const auto& row : table.rows) {
    for (size_t c = 0; c < row.size(); ++c) {
      const std::string text = format_value(row[c]);
      add(is_number(row[c]) ? text : csv_field(text), c);
    }
    out += '\n';
  }
  return out;
}

std::string json(const QueryTable& table) {
  auto rows = nlohmann::ordered_json::array();
  for (const auto& row : table.rows) {
    auto object = nlohmann::ordered_json::object();
    for (size_t c = 0; c < row.size(); ++c) {
      std::visit(
          [&](const auto& value) {
            if constexpr (std::is_same_v<std::decay_t<decltype(value)>, std::monostate>) {
              object[table.columns[c]] = nullptr;
            } else {
              object[table.columns[c]] = value;
            }
          },
          row[c]);
    }
    rows.push_back(std::move(object));
  }
  return rows.dump(2, ' ', false, nlohmann::ordered_json::error_handler_t::replace) + "\n";
}

struct Grid {
  std::vector<std::string> header;
  std::vector<std::vector<std::string>> cells;
  std::vector<size_t> widths;
  std::vector<char> numeric;  // all values that are there are numbers
};

Grid make_grid(const QueryTable& table, QueryFormat format) {
  const auto cell = [format](const std::string& text) {
    return format == QueryFormat::markdown ? markdown_cell(text) : single_line(text);
  };
  Grid grid;
  for (const std::string& name : table.columns) {
    grid.header.push_back(cell(name));
    grid.widths.push_back(std::max<size_t>(3, width_of(grid.header.back())));
    grid.numeric.push_back(table.rows.empty() ? 0 : 1);
  }
  for (const auto& row : table.rows) {
    auto& cells = grid.cells.emplace_back();
    for (size_t c = 0; c < row.size(); ++c) {
      cells.push_back(cell(displayed(row[c])));
      grid.widths[c] = std::max(grid.widths[c], width_of(cells.back()));
      if (!is_number(row[c]) && row[c].index() != 0) grid.numeric[c] = 0;
    }
  }
  return grid;
}

std::string markdown(const QueryTable& table) {
  const Grid grid = make_grid(table, QueryFormat::markdown);
  std::string out;
  const auto line = [&](const std::vector<std::string>& cells) {
    for (size_t c = 0; c < cells.size(); ++c)
      out += "| " + padded(cells[c], grid.widths[c], grid.numeric[c] != 0) + " ";
    out += "|\n";
  };
  line(grid.header);
  for (size_t c = 0; c < grid.header.size(); ++c) {
    const std::string dashes(grid.widths[c] - 1, '-');
    out += "| " + (grid.numeric[c] != 0 ? dashes + ":" : dashes + "-") + " ";
  }
  out += "|\n";
  for (const auto& cells : grid.cells) line(cells);
  return out;
}

std::string plain(const QueryTable& table) {
  const Grid grid = make_grid(table, QueryFormat::table);
  std::string out;
  const auto line = [&](const std::vector<std::string>& cells) {
    std::string text;
    for (size_t c = 0; c < cells.size(); ++c) {
      text += (c > 0 ? "  " : "") + padded(cells[c], grid.widths[c], grid.numeric[c] != 0);
    }
    out += text.substr(0, text.find_last_not_of(' ') + 1) + "\n";
  };
  line(grid.header);
  std::vector<std::string> rule;
  for (const size_t width : grid.widths) rule.emplace_back(width, '-');
  line(rule);
  for (const auto& cells : grid.cells) line(cells);
  return out;
}

}  // namespace

QueryFormat parse_query_format(const std::string& name) {
  if (name == "table") return QueryFormat::table;
  if (name == "csv") return QueryFormat::csv;
  if (name == "json") return QueryFormat::json;
  if (name == "md" || name == "markdown") return QueryFormat::markdown;
  throw ConfigError("format '{}' is unknown; use table, csv, json or md", name);
}

std::string format_value(const QueryValue& value) {
  if (const auto* number = std::get_if<int64_t>(&value)) return fmt::format("{}", *number);
  if (const auto* real = std::get_if<double>(&value)) return fmt::format("{}", *real);
  if (const auto* text = std::get_if<std::string>(&value)) return *text;
  return "";
}

std::string format_query(const QueryTable& table, QueryFormat format) {
  switch (format) {
    case QueryFormat::csv:
      return csv(table);
    case QueryFormat::json:
      return json(table);
    case QueryFormat::markdown:
      return markdown(table);
    case QueryFormat::table:
      break;
  }
  return plain(table);
}

}  // namespace nmsw::results
