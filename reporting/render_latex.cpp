#include <algorithm>
#include <cmath>

#include <fmt/format.h>

#include "reporting/axis.h"
#include "reporting/render.h"

namespace nmsw::reporting {
namespace {

// Widths in points, of an A4 page with margins of 2 cm and of letters in \scriptsize.
constexpr double kPageWidth = 470, kLetterWidth = 3.6, kColumnGap = 5;
constexpr double kProseWidth = 97, kAllProseWidth = 425;
/// What names the rows is repeated in each part, as long as it leaves room for what it names.
constexpr double kMostKeyWidth = 0.55 * kPageWidth;
/// Lines of a float, and letters of a line below it.
constexpr size_t kLinesOfFloat = 56, kLettersOfNote = 135;

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

double prose_width(const Table& piece) {
  const auto prose = std::count_if(piece.columns.begin(), piece.columns.end(),
                                   [](const Column& column) { return column.is_prose; });
  return std::min(kProseWidth, kAllProseWidth / static_cast<double>(std::max<long>(1, prose)));
}

double width_of_text(const std::string& text) {
  return kLetterWidth * static_cast<double>(letter_count(text));
}

double column_width(const Table& piece, size_t c) {
  const Column& column = piece.columns[c];
  if (column.is_prose) return prose_width(piece) + kColumnGap;
  double value = width_of_text(heading_text(column)), paper = width_of_text("paper"),
         difference = 0;
  for (const Row& row : piece.rows) {
    const Cell& cell = row.cells[c];
    value = std::max(value, width_of_text(column.is_key ? cell.text : measured_text(cell, column)));
    paper = std::max(paper, width_of_text(reference_text(cell)));
    difference = std::max(difference, width_of_text(difference_text(cell, column)));
  }
  return value + kColumnGap + (column.has_reference ? paper + difference + 2 * kColumnGap : 0);
}

/// The key columns that each part repeats: the first ones.
size_t repeated_keys(const Table& piece) {
  size_t count = 0;
  double width = 0;
  while (count < piece.columns.size() && piece.columns[count].is_key &&
         (width += column_width(piece, count)) <= kMostKeyWidth)
    ++count;
  return count;
}

/// Columns that stay together: a group, or one column.
std::vector<std::vector<size_t>> column_units(const Table& piece, size_t first) {
  std::vector<std::vector<size_t>> units;
  for (size_t c = first; c < piece.columns.size(); ++c) {
    const std::string& group = piece.columns[c].group;
    if (c > first && !group.empty() && piece.columns[c - 1].group == group)
      units.back().push_back(c);
    else
      units.push_back({c});
  }
  return units;
}

/// Breaks between groups so that each part fits a page's width; a single wide group stays whole.
std::vector<Table> parts_of_width(const Table& piece) {
  const size_t keys = repeated_keys(piece);
  double key_width = 0;
  for (size_t c = 0; c < keys; ++c) key_width += column_width(piece, c);
  std::vector<std::vector<size_t>> plan(1);
  double used = key_width;
  for (const std::vector<size_t>& unit : column_units(piece, keys)) {
    double width = 0;
    for (const size_t c : unit) width += column_width(piece, c);
    width = std::max(width, width_of_text(piece.columns[unit.front()].group) + kColumnGap);
    if (!plan.back().empty() && used + width > kPageWidth) {
      plan.emplace_back();
      used = key_width;
    }
    used += width;
    plan.back().insert(plan.back().end(), unit.begin(), unit.end());
  }
  std::vector<Table> parts;
  for (const std::vector<size_t>& chosen : plan) {
    Table part = keys_only(piece);
    for (size_t c = 0; c < keys; ++c) append_column(part, piece, c);
    for (const size_t c : chosen) append_column(part, piece, c);
    parts.push_back(std::move(part));
  }
  return parts;
}

size_t lines_of_row(const Table& part, const Row& row) {
  double lines = 1;
  for (size_t c = 0; c < part.columns.size(); ++c) {
    if (!part.columns[c].is_prose) continue;
    lines = std::max(lines, std::ceil(1.15 * width_of_text(row.cells[c].text) / prose_width(part)));
  }
  return static_cast<size_t>(lines);
}

size_t lines_of_notes(const Table& part) {
  size_t letters = 0;
  for (const std::string& note : part.notes) letters += letter_count(note) + 1;
  return letters / kLettersOfNote + 1;
}

/// Breaks between rows so that each part fits a page's height, the last one with the notes.
std::vector<Table> parts_of_height(const Table& part) {
  std::vector<Table> pieces;
  const auto begin = [&] {
    Table piece = part;
    piece.rows.clear();
    pieces.push_back(std::move(piece));
  };
  begin();
  size_t lines = 0;
  for (const Row& row : part.rows) {
    const size_t more = lines_of_row(part, row);
    if (lines > 0 && lines + more > kLinesOfFloat) {
      begin();
      lines = 0;
    }
    lines += more;
    pieces.back().rows.push_back(row);
  }
  const size_t notes = std::min(lines_of_notes(part), kLinesOfFloat / 2);
  if (lines + notes > kLinesOfFloat && pieces.back().rows.size() > 1) {
    const auto half = static_cast<std::ptrdiff_t>(pieces.back().rows.size() / 2);
    Table last = pieces.back();
    last.rows.erase(last.rows.begin(), last.rows.begin() + half);
    pieces.back().rows.resize(static_cast<size_t>(half));
    pieces.push_back(std::move(last));
  }
  return pieces;
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
  std::string codes;
  for (const Column& column : part.columns) {
    if (column.is_prose) {
      codes += fmt::format("p{{{:.0f}pt}}", prose_width(part));
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

/// "Table 2: inference methods" without its number, which LaTeX gives.
std::string caption_of(const std::string& title) {
  if (title.rfind("Table ", 0) != 0) return title;
  const size_t colon = title.find(": ");
  std::string caption = colon == std::string::npos ? title : title.substr(colon + 2);
  if (!caption.empty() && caption[0] >= 'a' && caption[0] <= 'z')
    caption[0] = static_cast<char>(caption[0] - 'a' + 'A');
  return caption;
}

std::string float_of(const Table& part, const std::string& caption, const std::string& label,
                     bool goes_on, bool has_notes) {
  std::string text =
      "\\begin{table}[!htbp]\n\\centering\\scriptsize\\setlength{\\tabcolsep}{2.5pt}\n";
  if (goes_on) text += "\\addtocounter{table}{-1}\n";
  text += "\\caption{" + escape_latex(caption) + (goes_on ? " (continued)" : "") + "}" +
          (goes_on ? "" : "\\label{tab:" + label + "}") + "\n";
  // Where the estimate of the width was too small, the table shrinks instead of leaving the page.
  text += "\\sbox0{\\begin{tabular}{@{}" + column_codes(part) + "@{}}\n\\toprule\n";
  text += group_lines(part) + heading_line(part);
  for (size_t r = 0; r < part.rows.size(); ++r) {
    if (r == 0 || part.rows[r].starts_block) text += "\\midrule\n";
    text += latex_row(part, part.rows[r]);
  }
  text += "\\bottomrule\n\\end{tabular}}%\n";
  text += "\\ifdim\\wd0>\\linewidth\\resizebox{\\linewidth}{!}{\\usebox0}\\else\\usebox0\\fi\n";
  if (has_notes && !part.notes.empty()) {
    text += "\n\\smallskip\n\\begin{minipage}{\\linewidth}\\scriptsize\\raggedright\n";
    for (const std::string& note : part.notes) text += escape_latex(note) + "\n";
    text += "\\end{minipage}\n";
  }
  return text + "\\end{table}\n";
}

}  // namespace

namespace {

/// The UTF-8 letter at `at`, which moves on. pdflatex has Latin letters; others become their number,
/// so that no name of a case or class stops it.
std::string next_letter(const std::string& text, size_t& at) {
  const auto lead = static_cast<unsigned char>(text[at]);
  const size_t length = lead < 0x80 ? 1 : lead < 0xE0 ? 2 : lead < 0xF0 ? 3 : 4;
  std::string letter = text.substr(at, length);
  at += length;
  if (length == 1 || (length == 2 && lead >= 0xC3 && lead < 0xC6)) return letter;
  uint32_t number = lead & (0x7FU >> length);
  for (size_t i = 1; i < letter.size(); ++i)
    number = number << 6U | (static_cast<unsigned char>(letter[i]) & 0x3FU);
  return fmt::format("U+{:04X}", number);
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
    if (!is_replaced) escaped += next_letter(text, i);
  }
  return escaped;
}

std::string render_latex(const Table& table) {
  std::vector<Table> parts;
  for (const Table& piece : split_panels(table)) {
    for (const Table& wide : parts_of_width(piece)) {
      for (Table& part : parts_of_height(wide)) parts.push_back(std::move(part));
    }
  }
  std::string text =
      "% Needs \\usepackage{booktabs,graphicx}. Use with \\input{" + table.id + "}.\n";
  for (size_t p = 0; p < parts.size(); ++p)
    text += float_of(parts[p], caption_of(table.title), table.id, p > 0, p + 1 == parts.size());
  return text;
}

}  // namespace nmsw::reporting
