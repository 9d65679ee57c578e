#include <algorithm>

#include <fmt/format.h>

#include "reporting/render.h"

namespace nmsw::reporting {
namespace {

const char* mark_class(Mark mark) {
  switch (mark) {
    case Mark::best:
      return " best";
    case Mark::second:
      return " second";
    case Mark::third:
      return " third";
    case Mark::none:
      break;
  }
  return "";
}

bool starts_group(const Table& piece, size_t column) {
  return column > 0 && !piece.columns[column].is_key &&
         piece.columns[column].group != piece.columns[column - 1].group;
}

bool has_groups(const Table& piece) {
  for (const Column& column : piece.columns) {
    if (!column.group.empty()) return true;
  }
  return false;
}

std::string group_row(const Table& piece) {
  std::string text = "<tr class=\"groups\">";
  for (size_t c = 0; c < piece.columns.size();) {
    size_t span = 0, last = c;
    while (last < piece.columns.size() && piece.columns[last].group == piece.columns[c].group) {
      span += printed_width(piece.columns[last++]);
    }
    const std::string name = escape_html(piece.columns[c].group);
    const char* const edge = starts_group(piece, c) ? " class=\"edge\"" : "";
    text += name.empty()
                ? fmt::format("<td colspan=\"{}\"{}></td>", span, edge)
                : fmt::format("<th colspan=\"{}\" scope=\"colgroup\"{}>{}</th>", span, edge, name);
    c = last;
  }
  return text + "</tr>\n";
}

std::string heading_row(const Table& piece) {
  std::string text = "<tr>";
  for (size_t c = 0; c < piece.columns.size(); ++c) {
    const Column& column = piece.columns[c];
    // The script finds columns to filter by their name, and lists a group's with the group's.
    const std::string full_name =
        column.group.empty() ? "" : column.group + " " + heading_text(column);
    text += fmt::format("<th scope=\"col\" class=\"{}{}{}\"{}{}>{}</th>",
                        column.is_key ? "key" : "value", column.is_prose ? " prose" : "",
                        starts_group(piece, c) ? " edge" : "",
                        column.is_key ? " data-c=\"" + escape_html(column.name) + "\"" : "",
                        full_name.empty() ? "" : " data-name=\"" + escape_html(full_name) + "\"",
                        escape_html(heading_text(column)));
    if (column.has_reference)
      text +=
          "<th scope=\"col\" class=\"paper\">paper</th><th scope=\"col\" class=\"paper\">Δ</th>";
  }
  return text + "</tr>\n";
}

const char* verdict_class(Verdict verdict) {
  switch (verdict) {
    case Verdict::holds:
      return " holds";
    case Verdict::fails:
      return " fails";
    case Verdict::undecided:
      return " undecided";
    case Verdict::no_data:
      return " no-data";
    case Verdict::none:
      break;
  }
  return "";
}

std::string key_cell(const Cell& cell, const Column& column) {
  std::string swatch;
  if (!cell.colour.empty())
    swatch = "<span class=\"swatch\" style=\"background:" + cell.colour + "\"></span>";
  // Nothing is no heading.
  if (cell.text.empty())
    return fmt::format("<td class=\"key{}\">{}</td>", column.is_prose ? " prose" : "", swatch);
  const std::string text = with_minus_sign(escape_html(cell.text));
  return fmt::format("<th scope=\"row\" class=\"key{}{}\">{}{}</th>",
                     column.is_prose ? " prose" : "", verdict_class(cell.verdict), swatch,
                     cell.link.empty()
                         ? text
                         : fmt::format("<a href=\"{}\">{}</a>", escape_html(cell.link), text));
}

std::string value_cells(const Cell& cell, const Column& column, bool is_edge) {
  const char* state = !cell.is_planned                     ? " missing"
                      : !cell.is_complete                  ? " incomplete"
                      : (cell.value || !cell.text.empty()) ? ""
                                                           : " missing";
  std::string text = fmt::format("<td class=\"value{}{}{}{}{}\">{}</td>", is_edge ? " edge" : "",
                                 column.is_prose ? " prose" : "", verdict_class(cell.verdict),
                                 mark_class(cell.mark), state,
                                 with_minus_sign(escape_html(measured_text(cell, column))));
  if (!column.has_reference) return text;
  const std::string difference = difference_text(cell, column);
  text += std::string("<td class=\"paper") + (cell.is_comparable ? "" : " other") + "\">" +
          (cell.reference.empty() ? "—" : with_minus_sign(escape_html(cell.reference))) + "</td>";
  return text + "<td class=\"paper\">" + (difference.empty() ? "—" : with_minus_sign(difference)) +
         "</td>";
}

std::string body_row(const Table& piece, const Row& row) {
  std::string text = fmt::format("<tr{}>", row.is_extra       ? " class=\"extra\""
                                           : row.starts_block ? " class=\"block\""
                                                              : "");
  for (size_t c = 0; c < piece.columns.size(); ++c) {
    text += piece.columns[c].is_key
                ? key_cell(row.cells[c], piece.columns[c])
                : value_cells(row.cells[c], piece.columns[c], starts_group(piece, c));
  }
  return text + "</tr>\n";
}

std::string grid(const Table& piece) {
  const std::string panel = panel_name(piece);
  const std::string name = escape_html(piece.title + (panel.empty() ? "" : ": " + panel));
  std::string text =
      "<div class=\"scroll\" tabindex=\"0\" role=\"region\" aria-label=\"" + name + "\"><table>\n";
  if (!panel.empty()) text += "<caption>" + escape_html(panel) + "</caption>\n";
  text += "<thead>\n" + (has_groups(piece) ? group_row(piece) : "") + heading_row(piece) +
          "</thead>\n<tbody>\n";
  for (const Row& row : piece.rows) text += body_row(piece, row);
  return text + "</tbody>\n</table></div>\n";
}

std::string file_links(const Table& table, const std::vector<std::string>& endings) {
  if (endings.empty()) return "";
  std::string text = "<p class=\"files\">";
  for (const std::string& ending : endings) {
    const std::string file = escape_html(table.id + "." + ending);
    const char* const name = ending == "csv" ? "CSV" : ending == "tex" ? "LaTeX" : "Markdown";
    text += fmt::format("<a href=\"{0}\" aria-label=\"{1} of {2}\">{1}</a>", file, name,
                        escape_html(table.title));
  }
  return text + "</p>\n";
}

}  // namespace

std::string escape_html(const std::string& text) {
  std::string escaped;
  for (const char letter : text) {
    switch (letter) {
      case '&':
        escaped += "&amp;";
        break;
      case '<':
        escaped += "&lt;";
        break;
      case '>':
        escaped += "&gt;";
        break;
      case '"':
        escaped += "&quot;";
        break;
      case '\'':
        escaped += "&#39;";
        break;
      default:
        escaped += letter;
    }
  }
  return escaped;
}

std::string render_html(const Table& table, const std::vector<std::string>& endings) {
  const std::string id = escape_html(table.id);
  std::string text =
      "<article class=\"table\" id=\"" + id + "\">\n<h3>" + escape_html(table.title) + "</h3>\n";
  text += file_links(table, endings);
  if (std::any_of(table.rows.begin(), table.rows.end(),
                  [](const Row& row) { return row.is_extra; }))
    text += "<label class=\"more\"><input type=\"checkbox\" class=\"more\"> " +
            escape_html(table.extra_label) + "</label>\n";
  for (const Table& piece : split_panels(table)) text += grid(piece);
  if (!table.notes.empty()) {
    text += "<ul class=\"notes\">\n";
    for (const std::string& note : table.notes) text += "<li>" + escape_html(note) + "</li>\n";
    text += "</ul>\n";
  }
  return text + "</article>\n";
}

}  // namespace nmsw::reporting
