#include "reporting/figure.h"

#include <cmath>

#include <gtest/gtest.h>

#include "nmsw/base/atomic_file.h"
#include "nmsw/base/error.h"
#include "reporting/axis.h"
#include "reporting/svg_figure.h"
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
  return draw_pdf(small_figure(), folder.path()).has_value();
}

TEST(GnuplotScript, CarriesItsDataAndQuotesNames) {
  const std::string script = gnuplot_script(small_figure(), "out.pdf");
  EXPECT_NE(script.find("$d0_0 << EOD\n0 0.8\n1 0.84\n2 0.85\nEOD\n"), std::string::npos);
  EXPECT_NE(script.find("set title 'WORD''s panel'"), std::string::npos);
  EXPECT_NE(script.find("set xtics norotate ('5' 0, '30' 1, 'full' 2)"), std::string::npos);
}

Panel panel_of(SeriesStyle style, const std::vector<double>& values) {
  Panel panel;
  panel.y_label = "DSC";
  Series series;
  series.name = "values";
  series.style = style;
  for (const double value : values)
    series.points.emplace_back(static_cast<double>(series.points.size()), value);
  panel.series = {series};
  return panel;
}

TEST(Axis, OfBarsAlwaysHasZero) {
  const Axis axis = y_axis(panel_of(SeriesStyle::bars, {0.105, 0.14}));
  EXPECT_EQ(axis.low, 0);
  EXPECT_TRUE(axis.has_zero);
  EXPECT_DOUBLE_EQ(axis.high, 0.15);
  EXPECT_EQ(y_axis(panel_of(SeriesStyle::bars, {-0.2, 0.1})).low, -0.2);
}

TEST(Axis, OfCurvesStartsAtZeroOrSaysThatItDoesNot) {
  const Panel far = panel_of(SeriesStyle::line, {0.80, 0.84});
  EXPECT_DOUBLE_EQ(y_axis(far).low, 0.80);
  EXPECT_FALSE(y_axis(far).has_zero);
  EXPECT_EQ(y_axis_label(far), "DSC; axis not from 0");
  EXPECT_NE(gnuplot_script({"far", "Far", "", 1, {far}}, "o.pdf").find("set ylabel 'DSC; axis not"),
            std::string::npos);
  const Panel near = panel_of(SeriesStyle::line, {0.4, 0.9});
  EXPECT_EQ(y_axis(near).low, 0);
  EXPECT_EQ(y_axis_label(near), "DSC");
}

TEST(Axis, HasRoundTicksAndALengthWhateverItsValues) {
  std::vector<std::string> texts;
  for (const Tick& tick : y_axis(panel_of(SeriesStyle::bars, {0.5})).ticks)
    texts.push_back(tick.text);
  EXPECT_EQ(texts, (std::vector<std::string>{"0.0", "0.1", "0.2", "0.3", "0.4", "0.5"}));
  for (const std::vector<double>& values : std::vector<std::vector<double>>{
           {}, {0}, {7, 7}, {-3}, {1e-9, 2e-9}, {1e12}, {NAN, INFINITY, 1}}) {
    const Axis axis = y_axis(panel_of(SeriesStyle::line, values));
    EXPECT_LT(axis.low, axis.high);
    EXPECT_GE(axis.ticks.size(), 2u);
    EXPECT_LE(axis.ticks.size(), 12u);
  }
}

/// The frame of a panel of one column: 60 px from the left, 648 wide, from 56 px down, 180 high.
TEST(SvgFigure, PutsValuesWhereTheAxesSay) {
  Panel panel = panel_of(SeriesStyle::line_with_points, {0, 0.5, 1});
  panel.x_ticks = {"5", "30", "full"};
  const std::string svg = svg_figure({"small", "A <small> figure", "", 1, {panel}});
  EXPECT_NE(svg.find("data-box=\"60 56 648 180\""), std::string::npos) << svg;
  EXPECT_NE(svg.find("data-range=\"-0.5 2.5 0 1\""), std::string::npos);
  EXPECT_NE(svg.find("data-ticks=\"5|30|full\""), std::string::npos);
  EXPECT_NE(svg.find("data-s=\"0\" data-x=\"0 1 2\" data-y=\"0 0.5 1\""), std::string::npos);
  EXPECT_NE(svg.find("d=\"M168 236L384 146L600 56\""), std::string::npos);
  EXPECT_NE(svg.find("aria-label=\"A &lt;small&gt; figure. Legend: values.\""), std::string::npos);
  EXPECT_EQ(svg.find("<small>"), std::string::npos);
}

TEST(SvgFigure, StacksBarsOnOneAnother) {
  Panel panel = panel_of(SeriesStyle::stacked_bars, {2});
  panel.x_ticks = {"SW"};
  panel.series.push_back(panel.series[0]);
  panel.series[1].name = "upper";
  panel.series[1].points[0].second = 2;
  const std::string svg = svg_figure({"s", "S", "", 1, {panel}});
  // 0 to 4 over 180 px: each is 90 px high, the second ends at the top.
  EXPECT_NE(svg.find("y=\"146\" width=\"388.8\" height=\"90\""), std::string::npos) << svg;
  EXPECT_NE(svg.find("y=\"56\" width=\"388.8\" height=\"90\""), std::string::npos);
}

TEST(GnuplotScript, StacksBarsInTheOrderOfTheSeries) {
  Panel panel;
  panel.x_ticks = {"SW", "NMSW"};
  panel.series = {
      {"global", "#0072B2", SeriesStyle::stacked_bars, Stroke::solid, {{1, 2}}},
      {"local", "#D55E00", SeriesStyle::stacked_bars, Stroke::solid, {{0, 10}, {1, 4}}}};
  const std::string script = gnuplot_script({"stacked", "Stacked", "", 1, {panel}}, "out.pdf");
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
  EXPECT_TRUE(draw_pdf(figure, folder.path()));
}

TEST(Figure, GivesTheSameBytesAgain) {
  if (!is_gnuplot_here()) GTEST_SKIP() << "gnuplot is not installed";
  const testing::TemporaryFolder first, second;
  const auto a = draw_pdf(small_figure(), first.path()),
             b = draw_pdf(small_figure(), second.path());
  ASSERT_TRUE(a && b);
  EXPECT_TRUE(read_file(*a) == read_file(*b));
  EXPECT_NE(read_file(*a).find("/CreationDate (D:20000101000000"), std::string::npos);
}

TEST(Figure, IsLeftOutWhenTheProgramIsNotInstalled) {
  const testing::TemporaryFolder folder;
  EXPECT_FALSE(draw_pdf(small_figure(), folder.path(), "no-such-gnuplot-anywhere"));
}

TEST(Figure, ReportsWhatTheProgramSaid) {
  const testing::TemporaryFolder folder;
  EXPECT_THROW(draw_pdf(small_figure(), folder.path(), "false"), DataError);
}

}  // namespace
}  // namespace nmsw::reporting
