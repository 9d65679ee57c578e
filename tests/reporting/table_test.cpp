#include "reporting/table.h"

#include <gtest/gtest.h>
#include <algorithm>

#include "reporting/render.h"

namespace nmsw::reporting {
namespace {

Cell number(double value, const std::string& reference = "") {
  Cell cell = number_cell(value);
  cell.reference = reference;
  return cell;
}

Table small_table() {
  Column method, dsc, seconds;
  method.name = "method";
  method.title = "Inference";
  method.is_key = true;
  dsc.name = "word_dsc";
  dsc.title = "DSC";
  dsc.group = "WORD";
  dsc.better = Better::higher;
  dsc.has_reference = true;
  seconds.name = "gpu_s";
  seconds.title = "GPU";
  seconds.unit = "s";
  seconds.digits = Digits::significant;
  seconds.better = Better::lower;
  Cell incomplete;
  incomplete.text = "12/20 cases";
  incomplete.is_complete = false;
  incomplete.reference = "0.837";
  Table table{"small", "Small & simple", {method, dsc, seconds}, {}, {"NSD tolerance 2 mm."}};
  table.rows = {{{text_cell("SW"), number(0.85, "0.852"), number(12.34)}, true},
                {{text_cell("Zoom_out"), incomplete, number(5.194)}, false},
                {{text_cell("NMSW (k=5)"), number(0.8251, "0.825"), Cell{}}, false}};
  rank_columns(table);
  return table;
}

TEST(Table, WritesFixedAndSignificantDigits) {
  Column fixed, significant;
  significant.digits = Digits::significant;
  EXPECT_EQ(format_number(0.8516, fixed), "0.852");
  EXPECT_EQ(format_number(-0.0001, fixed), "0.000");
  EXPECT_EQ(format_number(2110.4, significant), "2110");
  EXPECT_EQ(format_number(63.186, significant), "63.2");
  EXPECT_EQ(format_number(1.2736, significant), "1.27");
  EXPECT_EQ(format_number(0.1474, significant), "0.147");
}

TEST(Table, GivesDifferencesInTheLessPreciseDecimals) {
  Column fixed, significant;
  significant.digits = Digits::significant;
  EXPECT_EQ(difference_text(number(0.84, "0.852"), fixed), "-0.012");
  EXPECT_EQ(difference_text(number(0.8521, "0.852"), fixed), "0.000");
  EXPECT_EQ(difference_text(number(120, "135"), significant), "-15");
  EXPECT_EQ(difference_text(number(1.274, "1.27"), significant), "0.00");
  EXPECT_EQ(difference_text(number(1.3), significant), "");
}

TEST(Table, RanksOnlyCompleteCellsOfABlock) {
  Column score;
  score.better = Better::higher;
  Cell incomplete = number(0.99);
  incomplete.is_complete = false;
  Table table{"t", "t", {score}, {}, {}};
  table.rows = {{{number(0.7)}, true},  {{number(0.9)}, false}, {{incomplete}, false},
                {{number(0.8)}, false}, {{number(0.6)}, false}, {{number(0.95)}, true}};
  rank_columns(table);
  EXPECT_EQ(table.rows[1].cells[0].mark, Mark::best);
  EXPECT_EQ(table.rows[3].cells[0].mark, Mark::second);
  EXPECT_EQ(table.rows[0].cells[0].mark, Mark::third);
  EXPECT_EQ(table.rows[2].cells[0].mark, Mark::none);
  EXPECT_EQ(table.rows[4].cells[0].mark, Mark::none);
  EXPECT_EQ(table.rows[5].cells[0].mark, Mark::none) << "a single value has no rank";
}

TEST(Table, GivesValuesThatPrintAlikeTheSameMark) {
  Column score;
  score.better = Better::lower;
  Table table{"t",
              "t",
              {score},
              {{{number(0.5001)}, true}, {{number(0.5002)}, false}, {{number(0.6)}, false}},
              {}};
  rank_columns(table);
  EXPECT_EQ(table.rows[0].cells[0].mark, Mark::best);
  EXPECT_EQ(table.rows[1].cells[0].mark, Mark::best);
  EXPECT_EQ(table.rows[2].cells[0].mark, Mark::third);
}

TEST(Table, LeavesABlockOfEqualValuesUnmarked) {
  Column score;
  score.better = Better::lower;
  Table table{"t", "t", {score}, {{{number(26.5)}, true}, {{number(26.5)}, false}}, {}};
  rank_columns(table);
  EXPECT_EQ(table.rows[0].cells[0].mark, Mark::none);
  EXPECT_EQ(table.rows[1].cells[0].mark, Mark::none);
}

TEST(Table, MarksNoRankInsideNoise) {
  Column score;
  score.better = Better::higher;
  Table table{"t", "t", {score}, {}, {}};
  table.rows = {{{number(0.7)}, true},
                {{number(0.9)}, false},
                {{number(0.89)}, false},
                {{number(0.8)}, false}};
  // Only the two best cannot be told apart.
  rank_columns(table, [](size_t, size_t row, size_t other) {
    return std::min(row, other) != 1 || std::max(row, other) != 2;
  });
  EXPECT_EQ(table.rows[1].cells[0].mark, Mark::none);
  EXPECT_EQ(table.rows[2].cells[0].mark, Mark::none);
  EXPECT_EQ(table.rows[3].cells[0].mark, Mark::third);
}

TEST(Table, WritesADashOfThePaperAsADash) {
  const Cell cell = number(1.3, "-");
  EXPECT_EQ(difference_text(cell, Column{}), "");
  Column column;
  column.name = "gpu_s";
  column.title = "GPU";
  column.has_reference = true;
  const Table table{"t", "t", {column}, {{{cell}, true}, {{unplanned_cell()}, false}}, {}};
  EXPECT_EQ(render_markdown(table),
            "### t\n\n| GPU | paper | Δ |\n| --: | --: | --: |\n| 1.300 | - | — |\n"
            "| not run | — | — |\n\n");
}

TEST(Table, TakesTheDifferenceFromWhatThePaperMeans) {
  Cell cell = number(0.6, "0.852");
  cell.compared = 0.756;
  EXPECT_EQ(difference_text(cell, Column{}), "-0.096");
  EXPECT_EQ(measured_text(cell, Column{}), "0.600");
}

TEST(Table, MarksAPapersValueOfSomethingElseInEveryFormat) {
  Table table = small_table();
  table.rows[0].cells[1].is_comparable = false;
  note_not_comparable(table);
  EXPECT_NE(render_markdown(table).find("| SW | **0.850** | (0.852) | — |"), std::string::npos);
  EXPECT_NE(render_latex(table).find("\\textbf{0.850} & (0.852) & --- &"), std::string::npos);
  EXPECT_NE(render_html(table).find("<td class=\"paper other\">0.852</td><td class=\"paper\">—"),
            std::string::npos);
  EXPECT_EQ(render_csv(table),
            "method,word_dsc,word_dsc_paper,word_dsc_difference,gpu_s,incomplete,not_comparable\n"
            "SW,0.85,0.852,,12.34,,word_dsc\n"
            "Zoom_out,,0.837,,5.194,word_dsc: 12/20 cases,\n"
            "NMSW (k=5),0.8251,0.825,0.000,,,\n");
  ASSERT_EQ(table.notes.size(), 2u);
  Table comparable = small_table();
  note_not_comparable(comparable);
  EXPECT_EQ(comparable.notes.size(), 1u);
}

TEST(Markdown, MatchesTheGoldenText) {
  EXPECT_EQ(render_markdown(small_table()),
            "### Small & simple\n\n"
            "| Inference | WORD DSC ↑ | paper | Δ | GPU (s) ↓ |\n"
            "| :-- | --: | --: | --: | --: |\n"
            "| SW | **0.850** | 0.852 | −0.002 | <ins>12.3</ins> |\n"
            "| Zoom_out | 12/20 cases | 0.837 | — | **5.19** |\n"
            "| NMSW (k=5) | <ins>0.825</ins> | 0.825 | 0.000 | — |\n\n"
            "- NSD tolerance 2 mm.\n\n");
}

TEST(Markdown, NamesAreNoLinks) {
  EXPECT_EQ(escape_markdown("[x](javascript:alert(3))"), "[x\\](javascript:alert(3))");
  EXPECT_EQ(escape_markdown("![x](u) [x][y] [x]: u"), "![x\\](u) [x\\][y] [x\\]: u");
  EXPECT_EQ(escape_markdown("\\[x\\](u)"), "\\\\[x\\\\\\](u)");
  EXPECT_EQ(escape_markdown("+0.1 [+0.0, +0.2] a_b"), "+0.1 [+0.0, +0.2] a_b");
}

TEST(Csv, MatchesTheGoldenText) {
  EXPECT_EQ(render_csv(small_table()),
            "method,word_dsc,word_dsc_paper,word_dsc_difference,gpu_s,incomplete\n"
            "SW,0.85,0.852,-0.002,12.34,\n"
            "Zoom_out,,0.837,,5.194,word_dsc: 12/20 cases\n"
            "NMSW (k=5),0.8251,0.825,0.000,,\n");
}

TEST(Ranking, MarksNothingThatMostOfABlockHas) {
  Table table{"t", "T", {Column{}, Column{}}, {}, {}};
  table.columns[0].is_key = true;
  table.columns[1].better = Better::lower;
  for (const double value : {0.7, 0.9, 0.9, 0.9, 0.9}) {
    Row row;
    row.cells = {text_cell("row"), number_cell(value)};
    table.rows.push_back(row);
  }
  rank_columns(table);
  EXPECT_EQ(table.rows[0].cells[1].mark, Mark::best);
  for (size_t r = 1; r < 5; ++r) EXPECT_EQ(table.rows[r].cells[1].mark, Mark::none);
  table.rows[0].is_extra = true;
  rank_columns(table);
  EXPECT_EQ(table.rows[1].cells[1].mark, Mark::none) << "all the others are alike";
}

TEST(Latex, MatchesTheGoldenText) {
  EXPECT_EQ(render_latex(small_table()),
            "% Needs \\usepackage{booktabs,graphicx}. Use with \\input{small}.\n"
            "\\begin{table}[!htbp]\n\\centering\\scriptsize\\setlength{\\tabcolsep}{2.5pt}\n"
            "\\caption{Small \\& simple}\\label{tab:small}\n"
            "\\sbox0{\\begin{tabular}{@{}lrrrr@{}}\n\\toprule\n"
            "\\multicolumn{1}{c}{} & \\multicolumn{3}{c}{WORD} & \\multicolumn{1}{c}{} \\\\\n"
            "\\cmidrule(lr){2-4}\n"
            "Inference & DSC $\\uparrow$ & paper & $\\Delta$ & GPU (s) $\\downarrow$ \\\\\n"
            "\\midrule\n"
            "SW & \\textbf{0.850} & 0.852 & $-$0.002 & \\underline{12.3} \\\\\n"
            "Zoom\\_out & 12/20 cases & 0.837 & --- & \\textbf{5.19} \\\\\n"
            "NMSW (k=5) & \\underline{0.825} & 0.825 & 0.000 & --- \\\\\n"
            "\\bottomrule\n\\end{tabular}}%\n\\ifdim\\wd0>\\linewidth\\resizebox{\\linewidth}{!}{"
            "\\usebox0}"
            "\\else\\usebox0\\fi\n"
            "\n\\smallskip\n\\begin{minipage}{\\linewidth}\\scriptsize\\raggedright\n"
            "NSD tolerance 2 mm.\n\\end{minipage}\n\\end{table}\n");
}

TEST(Latex, EscapesEverySpecialCharacter) {
  EXPECT_EQ(
      escape_latex("a_b & 50% $x #1 {c} ~ ^ \\"),
      "a\\_b \\& 50\\% \\$x \\#1 \\{c\\} \\textasciitilde{} \\textasciicircum{} \\textbackslash{}");
  EXPECT_EQ(escape_latex("σ(c_w) 0.8 ± 0.1 — 480³"), "$\\sigma$(c\\_w) 0.8 $\\pm$ 0.1 --- 480$^3$");
}

TEST(Html, EscapesTextAndShowsMarksAndReferences) {
  Table table = small_table();
  table.rows[0].cells[0].text = "<SW> & \"co\"";
  const std::string html = render_html(table);
  EXPECT_NE(html.find("&lt;SW&gt; &amp; &quot;co&quot;"), std::string::npos);
  EXPECT_NE(html.find("<td class=\"value edge best\">0.850</td><td class=\"paper\">0.852</td><td "
                      "class=\"paper\">−0.002</td>"),
            std::string::npos);
  EXPECT_NE(html.find("incomplete\">12/20 cases</td>"), std::string::npos);
}

TEST(Table, SplitsWideTablesIntoPanelsThatKeepTheKeys) {
  Table table = small_table();
  table.columns[1].panel = "Accuracy";
  table.columns[2].panel = "Cost";
  const std::vector<Table> pieces = split_panels(table);
  ASSERT_EQ(pieces.size(), 2u);
  EXPECT_EQ(panel_name(pieces[1]), "Cost");
  EXPECT_EQ(pieces[1].columns.size(), 2u);
  EXPECT_EQ(pieces[1].rows[2].cells[0].text, "NMSW (k=5)");
}

}  // namespace
}  // namespace nmsw::reporting
