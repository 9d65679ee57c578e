#include "reporting/figure.h"

#include <gtest/gtest.h>

#include "nmsw/base/atomic_file.h"
#include "nmsw/base/error.h"
#include "tests/support/temporary_folder.h"

namespace nmsw::reporting {
namespace {

Figure small_figure() {
  Panel panel;
  panel.title = "WORD's panel";
  panel.x_label = "patches k";
  panel.y_label = "DSC";
  panel.x_ticks = {"5", "30", "full"};
  panel.series = {{"NMSW",
                   "#0072B2",
                   SeriesStyle::line_with_points,
                   Stroke::solid,
                   {{0, 0.8}, {1, 0.84}, {2, 0.85}}},
                  {"weights", "#D55E00", SeriesStyle::bars, Stroke::solid, {{0, 0.5}, {1, 0.6}}}};
  return {"small", "A small figure", "Caption.", 1, {panel}};
}

bool is_gnuplot_here() {
  const testing::TemporaryFolder folder;
  return draw_figure(small_figure(), folder.path()).has_value();
}

TEST(GnuplotScript, CarriesItsDataAndQuotesNames) {
  const std::string script = gnuplot_script(small_figure(), DrawingFormat::svg, "out.svg");
  EXPECT_NE(script.find("$d0_0 << EOD\n0 0.8\n1 0.84\n2 0.85\nEOD\n"), std::string::npos);
  EXPECT_NE(script.find("set title 'WORD''s panel'"), std::string::npos);
  EXPECT_NE(script.find("set xtics norotate ('5' 0, '30' 1, 'full' 2)"), std::string::npos);
}

TEST(GnuplotScript, StartsTheAxisOfBarsAtZero) {
  Figure figure = small_figure();
  EXPECT_NE(gnuplot_script(figure, DrawingFormat::svg, "o.svg").find("set yrange [*<0:0<*]\n"),
            std::string::npos);
  figure.panels[0].series.pop_back();
  EXPECT_NE(gnuplot_script(figure, DrawingFormat::svg, "o.svg").find("set yrange [*:*]\n"),
            std::string::npos)
      << "curves need no zero";
}

TEST(GnuplotScript, StacksBarsInTheOrderOfTheSeries) {
  Panel panel;
  panel.x_ticks = {"SW", "NMSW"};
  panel.series = {
      {"global", "#0072B2", SeriesStyle::stacked_bars, Stroke::solid, {{1, 2}}},
      {"local", "#D55E00", SeriesStyle::stacked_bars, Stroke::solid, {{0, 10}, {1, 4}}}};
  const std::string script =
      gnuplot_script({"stacked", "Stacked", "", 1, {panel}}, DrawingFormat::svg, "out.svg");
  // Centre, left, right, bottom, top: the second series stands on the first where that has a bar.
  EXPECT_NE(script.find("$d0_0 << EOD\n1 1 0.7 1.3 0 2\nEOD\n"), std::string::npos) << script;
  EXPECT_NE(script.find("$d0_1 << EOD\n0 5 -0.3 0.3 0 10\n1 4 0.7 1.3 2 6\nEOD\n"),
            std::string::npos);
}

TEST(Figure, DrawsStackedBars) {
  if (!is_gnuplot_here()) GTEST_SKIP() << "gnuplot is not installed";
  Figure figure = small_figure();
  for (Series& series : figure.panels[0].series) series.style = SeriesStyle::stacked_bars;
  const testing::TemporaryFolder folder;
  const auto drawn = draw_figure(figure, folder.path());
  ASSERT_TRUE(drawn);
  EXPECT_NE(read_file(drawn->svg).find("fill = 'rgb(  0, 114, 178)'"), std::string::npos);
}

TEST(Figure, GivesTheSameBytesAgain) {
  if (!is_gnuplot_here()) GTEST_SKIP() << "gnuplot is not installed";
  const testing::TemporaryFolder first, second;
  const auto a = draw_figure(small_figure(), first.path()),
             b = draw_figure(small_figure(), second.path());
  ASSERT_TRUE(a && b);
  EXPECT_EQ(read_file(a->svg), read_file(b->svg));
  EXPECT_TRUE(read_file(a->pdf) == read_file(b->pdf));
  EXPECT_NE(read_file(a->pdf).find("/CreationDate (D:20000101000000"), std::string::npos);
  EXPECT_NE(read_file(a->svg).find("<svg"), std::string::npos);
}

TEST(Figure, IsLeftOutWhenTheProgramIsNotInstalled) {
  const testing::TemporaryFolder folder;
  EXPECT_FALSE(draw_figure(small_figure(), folder.path(), "no-such-gnuplot-anywhere"));
}

TEST(Figure, ReportsWhatTheProgramSaid) {
  const testing::TemporaryFolder folder;
  EXPECT_THROW(draw_figure(small_figure(), folder.path(), "false"), DataError);
}

}  // namespace
}  // namespace nmsw::reporting
