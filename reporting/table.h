#pragma once

#include <functional>
#include <optional>
#include <string>
#include <vector>

namespace nmsw::reporting {

enum class Better { none, higher, lower };
enum class Digits { fixed, significant };
enum class Mark { none, best, second, third };
/// What a cell that answers a question says; coloured in HTML, the text says it everywhere.
enum class Verdict { none, holds, fails, undecided, no_data };

/// One column, and how its numbers are written.
struct Column {
  /// Identifier in CSV headers.
  std::string name;
  std::string title;
  std::string unit;
  /// Columns of one group stand under one heading; groups are never torn apart.
  std::string group;
  /// Wide tables break between panels in Markdown, LaTeX and HTML; CSV keeps all columns in one
  /// file.
  std::string panel;
  Digits digits = Digits::fixed;
  int digit_count = 3;
  Better better = Better::none;
  /// Names the row: left-aligned and repeated in every panel.
  bool is_key = false;
  /// Sentences rather than numbers: left-aligned and broken into lines.
  bool is_prose = false;
  /// The paper's value and the difference stand beside the measured value.
  bool has_reference = false;
};

struct Cell {
  /// A text cell, or what is missing ("12/20 cases").
  std::string text;
  std::optional<double> value;
  /// Standard deviation over seeds.
  std::optional<double> spread;
  /// The paper's number as printed there, "-" where it prints a dash; empty when the paper has no
  /// such cell.
  std::string reference;
  /// What the paper's number is a value of, where that is not what the cell shows: the difference
  /// is taken from this.
  std::optional<double> compared;
  /// False: the paper's number is of other data, another volume, unit or machine. It is shown
  /// greyed (HTML) or in parentheses, and no difference is taken.
  bool is_comparable = true;
  /// False: not all cases or seeds are there. Such cells are never ranked.
  bool is_complete = true;
  /// False: no experiment of the report asks for it ("not run"); not complete either.
  bool is_planned = true;
  Mark mark = Mark::none;
  Verdict verdict = Verdict::none;
  /// Where the page and Markdown lead from the text, relative to the report; empty: nowhere.
  std::string link;
  /// "#rrggbb" of the class the row is about; shown in HTML only.
  std::string colour;
};

struct Row {
  std::vector<Cell> cells;
  /// First row of a block: a rule stands above, ranking starts anew.
  bool starts_block = false;
  /// On the page behind a switch, in no other format; never ranked.
  bool is_extra = false;
};

struct Table {
  /// File name without ending.
  std::string id;
  std::string title;
  std::vector<Column> columns;
  std::vector<Row> rows;
  /// Units, conventions and sources, one sentence or two each.
  std::vector<std::string> notes;
  /// What the switch of the extra rows says.
  std::string extra_label{};
};

/// The table as every format but the page shows it.
Table without_extra_rows(const Table& table);

Cell text_cell(std::string text);
/// A number, or an empty cell when there is none.
Cell number_cell(std::optional<double> value);
/// "not run".
Cell unplanned_cell();

/// "0.852", "63.2", "2110": the number as its column writes it, with an ASCII minus sign.
std::string format_number(double value, const Column& column);

/// Value, spread and remark of a cell without its mark: "0.852", "0.852 ± 0.003", "0.812 (12/20
/// cases)", "—".
std::string measured_text(const Cell& cell, const Column& column);

/// Measured (`compared` where it is given) minus the paper's value with its sign and as many
/// decimals as the less precise of both; empty when either is missing or they are not comparable.
std::string difference_text(const Cell& cell, const Column& column);

/// The paper's number as Markdown and LaTeX show it: in parentheses where it is not comparable.
std::string reference_text(const Cell& cell);

/// Adds a note on the paper's values that are not comparable, where there are any.
void note_not_comparable(Table& table);

/// The text with a leading ASCII minus turned into a minus sign.
std::string with_minus_sign(std::string text);

/// Printed columns of a column: the value, and the paper's and the difference where there is one.
size_t printed_width(const Column& column);

/// Whether the values of two rows in a column differ by more than noise.
using TellsApart = std::function<bool(size_t column, size_t row, size_t other_row)>;

/// Marks the three best complete cells of every column that has a better direction, block by block.
/// Values equal as written share a mark, unless more than half of the block would; a block whose candidates are all alike (or a single one)
/// is left alone. Where `tells_apart` is given, a cell gets its mark only if it is told apart from
/// the cells next to it in the ranking, above and below.
void rank_columns(Table& table, const TellsApart& tells_apart = nullptr);

/// The table once per panel, key columns repeated; one piece when no column names a panel.
std::vector<Table> split_panels(const Table& table);

/// Heading of a column: title, unit and an arrow for the better direction ("DSC ↑", "GPU (s) ↓").
std::string heading_text(const Column& column);

/// "panel: title" parts for display; the panel of a piece made by split_panels (empty when none).
std::string panel_name(const Table& piece);

}  // namespace nmsw::reporting
