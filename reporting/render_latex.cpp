#include <algorithm>

#include <fmt/format.h>

#include "reporting/render.h"

namespace nmsw::reporting {
namespace {

// A text block takes about this many numbers side by side in \scriptsize.
constexpr size_t kNumbersAcross = 13;

constexpr double kProseWidthCm = 3.4, kPageWidthCm = 15;

struct Span {
  std::string group;
  size_t first = 0, count = 0;  // printed columns, 1-based
};

std::vector<Span> group_spans(const Table& piece) {
  std::vector<Span> spans;
  size_t next = 1;
  for (const Column& column : piece.columns) {
    const bool goes_on = !spans.empty() && spans.back().group == column.group;
    if (!goes_on) spans.push_back({column.group, next, 0});
    spans.back().count += printed_width(column);
    next += printed_width(column);
  }
  return spans;
}

Table keys_only(const Table& piece) {
  Table part{piece.id, piece.title, {}, std::vector<Row>(piece.rows.size()), piece.notes};
  for (size_t r = 0; r < piece.rows.size(); ++r)
    part.rows[r].starts_block = piece.rows[r].starts_block;
  return part;
}

void append_column(Table& part, const Table& piece, size_t column) {
  part.columns.push_back(piece.columns[column]);
  for (size_t r = 0; r < piece.rows.size(); ++r)
    part.rows[r].cells.push_back(piece.rows[r].cells[column]);
}

/// Breaks between groups so that each part fits a page's width; a single wide group stays whole.
std::vector<Table> parts_for_page(const Table& piece) {
  std::vector<std::vector<size_t>> plan(1);
  size_t used = 0;
  for (size_t c = 0; c < piece.columns.size();) {
    if (piece.columns[c].is_key) {
      ++c;
      continue;
    }
    size_t last = c, width = 0;
    while (last < piece.columns.size() && !piece.columns[last].is_key &&
           (last == c || (!piece.columns[c].group.empty() &&
                          piece.columns[last].group == piece.columns[c].group))) {
      width += printed_width(piece.columns[last++]);
    }
    if (used > 0 && used + width > kNumbersAcross) {
      plan.emplace_back();
      used = 0;
    }
    used += width;
    for (; c < last; ++c) plan.back().push_back(c);
  }
  std::vector<Table> parts;
  for (const std::vector<size_t>& chosen : plan) {
    Table part = keys_only(piece);
    for (size_t c = 0; c < piece.columns.size(); ++c) {
      if (piece.columns[c].is_key) append_column(part, piece, c);
    }
    for (const size_t c : chosen) append_column(part, piece, c);
    parts.push_back(std::move(part));
  }
  return parts;
}

std::string number_latex(const std::string& text) {
  if (text.size() > 1 && text.front() == '-') return "$-$" + escape_latex(text.substr(1));
  return escape_latex(text);
}

std::string latex_marked(const std::string& text, Mark mark) {
  switch (mark) {
    case Mark::best:
      return "\\textbf{" + text + "}";
    case Mark::second:
      return "\\underline{" + text + "}";
    case Mark::third:
      return "\\textit{" + text + "}";
    case Mark::none:
      break;
  }
  return text;
}

std::string column_codes(const Table& part) {
  const auto prose = std::count_if(part.columns.begin(), part.columns.end(),
                                   [](const Column& column) { return column.is_prose; });
  const double width_cm = std::min(kProseWidthCm, kPageWidthCm / static_cast<double>(prose));
  std::string codes;
  for (const Column& column : part.columns) {
    if (column.is_prose) {
      codes += fmt::format("p{{{:.1f}cm}}", width_cm);
    } else {
      codes += column.is_key ? "l" : std::string(printed_width(column), 'r');
    }
  }
  return codes;
}

std::string group_lines(const Table& part) {
  std::string titles, rules;
  bool any = false;
  for (const Span& span : group_spans(part)) {
    if (!titles.empty()) titles += " & ";
    titles += fmt::format("\\multicolumn{{{}}}{{c}}{{{}}}", span.count, escape_latex(span.group));
    if (span.group.empty()) continue;
    any = true;
    rules += fmt::format("\\cmidrule(lr){{{}-{}}}", span.first, span.first + span.count - 1);
  }
  return any ? titles + " \\\\\n" + rules + "\n" : "";
}

std::string heading_line(const Table& part) {
  std::string line;
  for (const Column& column : part.columns) {
    if (!line.empty()) line += " & ";
    line += escape_latex(heading_text(column));
    if (column.has_reference) line += " & paper & $\\Delta$";
  }
  return line + " \\\\\n";
}

std::string latex_row(const Table& part, const Row& row) {
  std::string line;
  for (size_t c = 0; c < part.columns.size(); ++c) {
    const Column& column = part.columns[c];
    const Cell& cell = row.cells[c];
    if (c > 0) line += " & ";
    const std::string text =
        column.is_key ? escape_latex(cell.text) : number_latex(measured_text(cell, column));
    line += latex_marked(text, cell.mark);
    if (!column.has_reference) continue;
    const std::string difference = difference_text(cell, column);
    line += " & " + (cell.reference.empty() ? "---" : escape_latex(reference_text(cell)));
    line += " & " + (difference.empty() ? "---" : number_latex(difference));
  }
  return line + " \\\\\n";
}

std::string float_of(const Table& part, const std::string& caption, const std::string& label,
                     bool has_notes) {
  std::string text =
      "\\begin{table}[tbp]\n\\centering\\scriptsize\\setlength{\\tabcolsep}{2.5pt}\n";
  text += "\\caption{" + escape_latex(caption) + "}\\label{tab:" + label + "}\n";
  text += "\\begin{tabular}{@{}" + column_codes(part) + "@{}}\n\\toprule\n";
  text += group_lines(part) + heading_line(part);
  for (size_t r = 0; r < part.rows.size(); ++r) {
    if (r == 0 || part.rows[r].starts_block) text += "\\midrule\n";
    text += latex_row(part, part.rows[r]);
  }
  text += "\\bottomrule\n\\end{tabular}\n";
  if (has_notes && !part.notes.empty()) {
    text += "\n\\smallskip\n\\begin{minipage}{\\linewidth}\\scriptsize\\raggedright\n";
    for (const std::string& note : part.notes) text += escape_latex(note) + "\n";
    text += "\\end{minipage}\n";
  }
  return text + "\\end{table}\n";
}

}  // namespace

std::string escape_latex(const std::string& text) {
  static const std::vector<std::pair<std::string, std::string>> replacements{
      {"\\", "\\textbackslash{}"},
      {"&", "\\&"},
      {"%", "\\%"},
      {"$", "\\$"},
      {"#", "\\#"},
      {"_", "\\_"},
      {"{", "\\{"},
      {"}", "\\}"},
      {"~", "\\textasciitilde{}"},
      {"^", "\\textasciicircum{}"},
      {"<", "\\textless{}"},
      {">", "\\textgreater{}"},
      {"|", "\\textbar{}"},
      {"\n", " "},
      {"\r", ""},
      {"↑", "$\\uparrow$"},
      {"↓", "$\\downarrow$"},
      {"Δ", "$\\Delta$"},
      {"−", "$-$"},
      {"±", "$\\pm$"},
      {"×", "$\\times$"},
      {"—", "---"},
      {"–", "--"},
      {"≥", "$\\geq$"},
      {"≤", "$\\leq$"},
      {"≈", "$\\approx$"},
      {"³", "$^3$"},
      {"⁹", "$^9$"},
      {"·", "$\\cdot$"},
      {"…", "\\ldots{}"},
      {"→", "$\\rightarrow$"},
      {"²", "$^2$"},
      {"τ", "$\\tau$"},
      {"σ", "$\\sigma$"},
      {"λ", "$\\lambda$"}};
  std::string escaped;
  for (size_t i = 0; i < text.size();) {
    bool is_replaced = false;
    for (const auto& [from, to] : replacements) {
      if (text.compare(i, from.size(), from) != 0) continue;
      escaped += to;
      i += from.size();
      is_replaced = true;
      break;
    }
    if (!is_replaced) escaped += text[i++];
  }
  return escaped;
}

std::string render_latex(const Table& table) {
  std::vector<Table> parts;
  for (const Table& piece : split_panels(table)) {
    for (Table& part : parts_for_page(piece)) parts.push_back(std::move(part));
  }
  std::string text = "% Needs \\usepackage{booktabs}. Use with \\input{" + table.id + "}.\n";
  for (size_t p = 0; p < parts.size(); ++p) {
    const std::string panel = panel_name(parts[p]);
    const std::string suffix = p == 0 ? "" : fmt::format("-{}", p + 1);
    text += float_of(parts[p], table.title + (panel.empty() ? "" : ": " + panel), table.id + suffix,
                     p + 1 == parts.size());
  }
  return text;
}

}  // namespace nmsw::reporting
