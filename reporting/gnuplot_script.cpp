#include <algorithm>
#include <cmath>

#include <fmt/format.h>

#include "reporting/axis.h"
#include "reporting/gnuplot_text.h"

namespace nmsw::reporting {
namespace {

constexpr int kPanelHeight = 250;
constexpr int kSlantedTicksHeight = 50;
constexpr int kTitleHeight = 30;
constexpr int kLegendRowHeight = 22;

struct Layout {
  size_t columns = 1, rows = 1;
  int width = 0, height = 0, legend_height = 0, panel_height = kPanelHeight;
};

Layout lay_out(const Figure& figure) {
  Layout layout;
  layout.columns = std::max<size_t>(1, std::min(figure.columns, figure.panels.size()));
  layout.rows = (figure.panels.size() + layout.columns - 1) / layout.columns;
  layout.width = layout.columns == 1 ? 720 : static_cast<int>(layout.columns) * 340;
  size_t letters = 0;
  for (const Series& entry : legend_entries(figure)) letters = std::max(letters, entry.name.size());
  const size_t entry_width = 60 + 7 * letters;
  const size_t per_row = std::max<size_t>(1, static_cast<size_t>(layout.width) / entry_width);
  const size_t legend_rows = (legend_entries(figure).size() + per_row - 1) / per_row;
  layout.legend_height = 14 + kLegendRowHeight * static_cast<int>(legend_rows);
  if (std::any_of(figure.panels.begin(), figure.panels.end(), has_slanted_ticks)) {
    layout.panel_height += kSlantedTicksHeight;
  }
  layout.height =
      kTitleHeight + static_cast<int>(layout.rows) * layout.panel_height + layout.legend_height;
  return layout;
}

std::string stroke_code(Stroke stroke) {
  if (stroke == Stroke::dashed) return "dashtype (8,5)";
  if (stroke == Stroke::dotted) return "dashtype (2,4)";
  return "dashtype solid";
}

// A dashed series carries hollow markers, so that it is told apart in print and without colour too.
std::string drawing_style(const Series& series) {
  const int marker = series.stroke == Stroke::solid ? 7 : 6;
  const std::string colour = "linecolor rgb " + quoted(series.colour);
  switch (series.style) {
    case SeriesStyle::bars:
      return fmt::format("with boxes {} fillstyle {} border", colour,
                         series.stroke == Stroke::solid ? "solid 0.85" : "solid 0.25");
    case SeriesStyle::stacked_bars:
      return fmt::format("with boxxyerror {} fillstyle solid 0.9 border", colour);
    case SeriesStyle::points:
      return fmt::format("with points {} pointtype {} pointsize 0.55", colour, marker);
    case SeriesStyle::line:
      return fmt::format("with lines {} linewidth 1.8 {}", colour, stroke_code(series.stroke));
    case SeriesStyle::line_with_points:
      break;
  }
  return fmt::format("with linespoints {} linewidth 1.8 {} pointtype {} pointsize 0.55", colour,
                     stroke_code(series.stroke), marker);
}

/// Centre, then the edges: x y left right bottom top.
std::string stacked_data_block(const std::string& name, const Panel& panel, size_t index) {
  std::string text = name + " << EOD\n";
  for (const auto& [x, y] : panel.series[index].points) {
    const double bottom = stack_bottom(panel, index, x);
    text += fmt::format("{:.6g} {:.6g} {:.6g} {:.6g} {:.6g} {:.6g}\n", x, bottom + y / 2,
                        x - kStackWidth / 2, x + kStackWidth / 2, bottom, bottom + y);
  }
  return text + "EOD\n";
}

std::string data_block(const std::string& name, const Panel& panel, size_t index) {
  if (panel.series[index].style == SeriesStyle::stacked_bars)
    return stacked_data_block(name, panel, index);
  const Series& series = panel.series[index];
  const bool is_bar = series.style == SeriesStyle::bars;
  const BarPlaces places = bar_places(panel);
  std::string text = name + " << EOD\n";
  for (const auto& [x, y] : series.points) {
    if (!std::isfinite(x) || !std::isfinite(y)) continue;
    text += is_bar ? fmt::format("{:.6g} {:.6g} {:.6g}\n", x + places.shifts[index], y,
                                 0.92 * places.width)
                   : fmt::format("{:.6g} {:.6g}\n", x, y);
  }
  return text + "EOD\n";
}

std::string axis_lines(const Panel& panel) {
  std::string text;
  text += "set title " + quoted(panel.title) + "\n";
  text +=
      "set xlabel " + quoted(panel.x_label) + "\nset ylabel " + quoted(y_axis_label(panel)) + "\n";
  if (panel.x_ticks.empty()) {
    text += "set xtics autofreq norotate\nset xrange [*:*]\n";
  } else {
    std::string ticks;
    for (size_t i = 0; i < panel.x_ticks.size(); ++i) {
      ticks += fmt::format("{}{} {}", i == 0 ? "" : ", ", quoted(panel.x_ticks[i]), i);
    }
    text += fmt::format("set xtics {} ({})\n",
                        has_slanted_ticks(panel) ? "rotate by 40 right" : "norotate", ticks);
    text += fmt::format("set xrange [-0.5:{}.5]\n", panel.x_ticks.size() - 1);
  }
  const Axis axis = y_axis(panel);
  text += fmt::format("set yrange [{:.6g}:{:.6g}]\n", axis.low, axis.high);
  return text;
}

std::string panel_lines(const Panel& panel, size_t place, const Layout& layout) {
  const size_t column = place % layout.columns, row = place / layout.columns;
  const double height = static_cast<double>(layout.height);
  const double top = kTitleHeight + static_cast<double>(row) * layout.panel_height;
  std::string text = axis_lines(panel);
  text += fmt::format("set origin {:.5f},{:.5f}\nset size {:.5f},{:.5f}\n",
                      static_cast<double>(column) / static_cast<double>(layout.columns),
                      1.0 - (top + layout.panel_height) / height,
                      1.0 / static_cast<double>(layout.columns), layout.panel_height / height);
  std::string plots;
  for (size_t s = 0; s < panel.series.size(); ++s) {
    const Series& series = panel.series[s];
    const std::string columns = series.style == SeriesStyle::bars           ? "1:2:3"
                                : series.style == SeriesStyle::stacked_bars ? "1:2:3:4:5:6"
                                                                            : "1:2";
    plots += fmt::format("{}$d{}_{} using {} {} notitle", plots.empty() ? "" : ", \\\n     ", place,
                         s, columns, drawing_style(series));
  }
  return text + "plot " + (plots.empty() ? "NaN notitle" : plots) + "\n";
}

/// gnuplot draws no key for boxes given by their corners.
Series for_legend(Series entry) {
  if (entry.style == SeriesStyle::stacked_bars) entry.style = SeriesStyle::bars;
  return entry;
}

std::string legend_lines(const Figure& figure, const Layout& layout) {
  std::string plots;
  for (const Series& entry : legend_entries(figure)) {
    plots += fmt::format("{}NaN title {} {}", plots.empty() ? "" : ", \\\n     ",
                         quoted(entry.name), drawing_style(for_legend(entry)));
  }
  if (plots.empty()) return "";
  return fmt::format(
      "unset title\nunset xlabel\nunset ylabel\nunset xtics\nunset ytics\nunset border\nunset "
      "grid\n"
      "set lmargin 0\nset rmargin 0\nset tmargin 0\nset bmargin 0\n"
      "set origin 0,0\nset size 1,{:.5f}\nset xrange [0:1]\nset yrange [0:1]\n"
      "set key center center horizontal Left reverse samplen 2.5 maxrows 8\nplot {}\n",
      static_cast<double>(layout.legend_height) / layout.height, plots);
}

}  // namespace

std::string gnuplot_script(const Figure& figure, const std::filesystem::path& output) {
  if (!figure.pictures.empty()) return picture_script(figure, output);
  const Layout layout = lay_out(figure);
  std::string script = script_head(layout.width, layout.height, output);
  for (size_t p = 0; p < figure.panels.size(); ++p) {
    for (size_t s = 0; s < figure.panels[p].series.size(); ++s) {
      script += data_block(fmt::format("$d{}_{}", p, s), figure.panels[p], s);
    }
  }
  script +=
      "set border 3 linecolor rgb '#555555'\nset tics nomirror scale 0.5 textcolor rgb '#333333'\n"
      "set grid ytics linecolor rgb '#dddddd' linewidth 0.6 dashtype solid\nset style fill solid "
      "0.85\nunset key\n"
      "set multiplot title " +
      quoted(figure.title) + "\n";
  for (size_t p = 0; p < figure.panels.size(); ++p)
    script += panel_lines(figure.panels[p], p, layout);
  return script + legend_lines(figure, layout) + "unset multiplot\nunset output\n";
}

}  // namespace nmsw::reporting
