#include <cstring>

#include "reporting/render.h"

namespace nmsw::reporting {
namespace {

std::string markdown_marked(const std::string& text, Mark mark) {
  switch (mark) {
    case Mark::best:
      return "**" + text + "**";
    case Mark::second:
      return "<ins>" + text + "</ins>";
    case Mark::third:
      return "*" + text + "*";
    case Mark::none:
      break;
  }
  return text;
}

// U+2212, as long as a plus sign.
std::string line_of(const std::vector<std::string>& fields) {
  std::string line = "|";
  for (const std::string& field : fields) line += " " + field + " |";
  return line + "\n";
}

std::vector<std::string> headings(const Table& piece) {
  std::vector<std::string> fields;
  for (const Column& column : piece.columns) {
    const std::string group = column.group.empty() ? "" : column.group + " ";
    fields.push_back(escape_markdown(group + heading_text(column)));
    if (!column.has_reference) continue;
    fields.emplace_back("paper");
    fields.emplace_back("Δ");
  }
  return fields;
}

std::vector<std::string> alignments(const Table& piece) {
  std::vector<std::string> fields;
  for (const Column& column : piece.columns) {
    fields.emplace_back(column.is_key || column.is_prose ? ":--" : "--:");
    if (column.has_reference) fields.insert(fields.end(), {"--:", "--:"});
  }
  return fields;
}

std::vector<std::string> values(const Table& piece, const Row& row) {
  std::vector<std::string> fields;
  for (size_t c = 0; c < piece.columns.size(); ++c) {
    const Cell& cell = row.cells[c];
    const Column& column = piece.columns[c];
    const std::string text = column.is_key ? cell.text : measured_text(cell, column);
    const std::string shown = with_minus_sign(escape_markdown(text));
    fields.push_back(cell.link.empty() ? markdown_marked(shown, cell.mark)
                                       : fmt::format("[{}]({})", shown, cell.link));
    if (!column.has_reference) continue;
    const std::string difference = difference_text(cell, column);
    fields.push_back(cell.reference.empty() ? "—" : reference_text(cell));
    fields.push_back(difference.empty() ? "—" : with_minus_sign(difference));
  }
  return fields;
}

std::string figure_markdown(const Figure& figure, const Document& document) {
  const std::string caption = "*" + escape_markdown(figure.caption) + "*";
  const std::string pdf =
      document.pdf_figures.count(figure.id) == 0 ? "" : " ([PDF](figures/" + figure.id + ".pdf))";
  return "![" + escape_markdown(figure.title) + "](figures/" + figure.id + ".svg)\n\n" + caption +
         pdf + "\n\n";
}

}  // namespace

std::string escape_markdown(const std::string& text) {
  std::string escaped;
  for (size_t i = 0; i < text.size(); ++i) {
    const char letter = text[i];
    switch (letter) {
      case '|':
        escaped += "\\|";
        break;
      case '<':
        escaped += "&lt;";
        break;
      case '*':
        escaped += "\\*";
        break;
      case ']':
        // What follows would make it a link, a reference or a definition of one.
        escaped += i + 1 < text.size() && std::strchr("([:", text[i + 1]) != nullptr ? "\\]" : "]";
        break;
      case '\\':
        escaped += "\\\\";
        break;
      case '`':
        escaped += "\\`";
        break;
      case '\r':
        break;
      case '\n':
        escaped += ' ';
        break;
      default:
        escaped += letter;
    }
  }
  return escaped;
}

std::string render_markdown(const Table& table) {
  std::string text = "### " + escape_markdown(table.title) + "\n\n";
  for (const Table& piece : split_panels(table)) {
    const std::string panel = panel_name(piece);
    if (!panel.empty()) text += "**" + escape_markdown(panel) + "**\n\n";
    text += line_of(headings(piece)) + line_of(alignments(piece));
    for (const Row& row : piece.rows) text += line_of(values(piece, row));
    text += "\n";
  }
  for (const std::string& note : table.notes) text += "- " + escape_markdown(note) + "\n";
  if (!table.notes.empty()) text += "\n";
  return text;
}

std::string render_markdown_document(const Document& document) {
  std::string text = "# " + escape_markdown(document.title) + "\n\n";
  for (const std::string& line : document.lead) text += escape_markdown(line) + "\n\n";
  for (const Section& section : document.sections) {
    text += "## " + escape_markdown(section.title) + "\n\n";
    for (const std::string& paragraph : section.paragraphs)
      text += escape_markdown(paragraph) + "\n\n";
    if (section.tables.empty() && section.figures.empty() && !section.empty_message.empty())
      text += escape_markdown(section.empty_message) + "\n\n";
    for (const Figure& figure : section.figures) text += figure_markdown(figure, document);
    for (const Table& table : section.tables) text += render_markdown(without_extra_rows(table));
  }
  while (text.size() > 1 && text[text.size() - 2] == '\n') text.pop_back();
  return text;
}

}  // namespace nmsw::reporting
