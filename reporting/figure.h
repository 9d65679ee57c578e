#pragma once

#include <filesystem>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "reporting/picture.h"

namespace nmsw::reporting {

enum class Stroke { solid, dashed, dotted };
/// Bars of one place stand side by side, stacked bars on one another in the order of the series.
enum class SeriesStyle { line, line_with_points, points, bars, stacked_bars };

struct Series {
  std::string name;
  std::string colour;
  SeriesStyle style = SeriesStyle::line_with_points;
  Stroke stroke = Stroke::solid;
  /// x is the place of the tick (0, 1, …) where the panel has named ticks.
  std::vector<std::pair<double, double>> points;
};

/// A level across a panel with that many named ticks.
Series level_series(const std::string& name, const std::string& colour, Stroke stroke, double value,
                    size_t ticks);

struct Panel {
  std::string title;
  std::string x_label;
  std::string y_label;
  /// Named ticks at 0, 1, …; empty for a numeric axis.
  std::vector<std::string> x_ticks;
  std::vector<Series> series;
  std::optional<std::pair<double, double>> y_range;
};

/// A figure as data: panels in rows of `columns`, one legend below for the series of all panels. Or
/// pictures instead of panels, in rows likewise, with their own legend.
struct Figure {
  std::string id;  // file name without ending
  std::string title;
  std::string caption;
  size_t columns = 1;
  std::vector<Panel> panels;
  std::vector<Picture> pictures{};
  std::vector<PictureKey> picture_keys{};
};

/// The gnuplot program that draws the figure as PDF into `output`, data included. The same figure
/// and output give the same text.
std::string gnuplot_script(const Figure& figure, const std::filesystem::path& output);

/// Draws `<folder>/<id>.pdf` with gnuplot; the same figure gives the same bytes (no dates inside).
///
/// program  name or path of gnuplot
/// returns  nothing when the program is not installed
/// throws   DataError with gnuplot's own message when it fails
std::optional<std::filesystem::path> draw_pdf(const Figure& figure,
                                              const std::filesystem::path& folder,
                                              const std::string& program = "gnuplot");

}  // namespace nmsw::reporting
