#include <algorithm>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "reporting/render.h"
#include "reporting/report/outline.h"
#include "tests/reporting/score_database.h"

namespace nmsw::reporting {
namespace {

using ::testing::HasSubstr;
using ::testing::Not;

Column column_of(const std::string& title, bool is_key) {
  Column column;
  column.name = column.title = title;
  column.is_key = is_key;
  return column;
}

size_t count_of(const std::string& text, const std::string& part) {
  size_t count = 0;
  for (size_t at = text.find(part); at != std::string::npos; at = text.find(part, at + 1)) ++count;
  return count;
}

Table table_of(size_t values, size_t rows) {
  Table table{"wide", "Table 2: inference methods", {column_of("Method", true)}, {}, {"A note."}};
  for (size_t c = 0; c < values; ++c)
    table.columns.push_back(column_of("Value " + std::to_string(c), false));
  for (size_t r = 0; r < rows; ++r) {
    Row row;
    row.cells = {text_cell("row " + std::to_string(r))};
    for (size_t c = 0; c < values; ++c) row.cells.push_back(number_cell(0.5));
    table.rows.push_back(row);
  }
  return table;
}

TEST(Latex, CountsATableOnceHoweverManyPartsItHas) {
  const std::string text = render_latex(table_of(30, 3));
  const size_t parts = count_of(text, "\\begin{table}");
  EXPECT_GT(parts, 1u);
  EXPECT_EQ(count_of(text, "\\caption{Inference methods}\\label{tab:wide}"), 1u) << text;
  EXPECT_EQ(count_of(text, "\\addtocounter{table}{-1}"), parts - 1);
  EXPECT_EQ(count_of(text, "(continued)"), parts - 1);
  EXPECT_EQ(count_of(text, "A note."), 1u);
  for (int c = 0; c < 30; ++c)
    EXPECT_EQ(count_of(text, " Value " + std::to_string(c) + " "), 1u) << c;
  EXPECT_EQ(count_of(text, "row 2 &"), parts) << "every part names its rows";
}

TEST(Latex, BreaksLongTablesBetweenRows) {
  const std::string text = render_latex(table_of(2, 150));
  EXPECT_GE(count_of(text, "\\begin{table}"), 3u);
  for (int r = 0; r < 150; ++r)
    EXPECT_EQ(count_of(text, "row " + std::to_string(r) + " &"), 1u) << r;
}

TEST(Latex, WritesLettersThatItsFontLacksAsNumbers) {
  EXPECT_EQ(escape_latex("Knöchel ≥ 5 中 \xF0\x9F\x98\x80"), "Knöchel $\\geq$ 5 U+4E2D U+1F600");
  EXPECT_EQ(escape_latex("cut \xE4").rfind("cut U+", 0), 0u) << "a letter cut off at the end";
}

TEST(LatexDocument, InputsTheTablesAndShowsTheFiguresThatWereDrawn) {
  Section section;
  section.id = "one";
  section.title = "A & B";
  section.tables = {table_of(1, 1)};
  Figure drawn, missing;
  drawn.id = "drawn_1";
  missing.id = "missing";
  section.figures = {drawn, missing};
  Document document;
  document.title = "Results";
  document.sections = {section};
  document.pdf_figures = {"drawn_1"};
  const std::string text = render_latex_document(document);
  EXPECT_THAT(text, HasSubstr("\\section{A \\& B}"));
  EXPECT_THAT(text, HasSubstr("\\input{wide}"));
  EXPECT_THAT(text, HasSubstr("{figures/drawn_1.pdf}"));
  EXPECT_THAT(text, Not(HasSubstr("missing")));
}

std::vector<std::string> ids_of(const std::vector<Section>& sections) {
  std::vector<std::string> ids;
  for (const Section& section : sections) ids.push_back(section.id);
  return ids;
}

/// Places of some sections in the order of the report; none where it is left out.
std::vector<std::string> order_of(const testing::ScoreDatabase& database,
                                  const std::vector<std::string>& wanted) {
  const SectionInput input{database.store(), {"made"}, false};
  std::vector<std::string> found;
  for (const std::string& id : ids_of(outline(input, subject_of(input)))) {
    if (std::find(wanted.begin(), wanted.end(), id) != wanted.end()) found.push_back(id);
  }
  return found;
}

TEST(Outline, ShowsOwnDataFirstAndThePaperOnlyWhereItIsMeant) {
  using Ids = std::vector<std::string>;
  const Ids wanted{"claims", "comparison", "classes", "table-1"};
  const auto scores = [](int, int) { return 0.8; };
  const std::string real = R"({"data":{"source":"real"}})",
                    phantom = R"({"data":{"source":"phantom"}})";
  testing::ScoreDatabase own, paper, both, made;
  own.evaluate({"liver", "unet", sliding_window_key()}, scores, 0, real);
  paper.evaluate(testing::word_unet("sliding_window"), scores, 0, real);
  both.evaluate({"liver", "unet", sliding_window_key()}, scores, 0, real);
  both.evaluate(testing::word_unet("sliding_window"), scores, 0, real);
  made.evaluate({"liver", "unet", sliding_window_key()}, scores, 0, phantom);
  EXPECT_EQ(order_of(own, wanted), (Ids{"comparison", "classes"}));
  EXPECT_EQ(order_of(paper, wanted), (Ids{"claims", "comparison", "classes", "table-1"}));
  EXPECT_EQ(order_of(both, wanted), (Ids{"comparison", "classes", "claims", "table-1"}));
  EXPECT_EQ(order_of(made, wanted).front(), "claims");
  const SectionInput input{own.store(), {"made"}, false};
  EXPECT_EQ(subject_of(input).own_datasets, Ids{"liver"});
  EXPECT_EQ(ids_of(outline(input, subject_of(input))).back(), "not-here");
}

TEST(Outline, TakesThePapersValuesOutOfTablesAndFigures) {
  testing::ScoreDatabase database;
  database.evaluate(testing::word_unet("nmsw", "5"), [](int, int) { return 0.8; });
  const SectionInput input{database.store(), {"made"}, false};
  for (Section& section : outline(input, subject_of(input))) {
    drop_paper_values(section);
    for (const Table& table : section.tables)
      for (const Column& column : table.columns) EXPECT_FALSE(column.has_reference) << table.id;
    for (const Figure& figure : section.figures)
      for (const Panel& panel : figure.panels)
        for (const Series& series : panel.series)
          EXPECT_THAT(series.name, Not(HasSubstr("(paper)")));
  }
}

}  // namespace
}  // namespace nmsw::reporting
