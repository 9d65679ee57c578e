#include <algorithm>
#include <cmath>

#include <fmt/format.h>

#include "reporting/axis.h"
#include "reporting/render.h"
#include "reporting/svg_figure.h"
#include "reporting/svg_text.h"

namespace nmsw::reporting {
namespace {

// All in pixels.
constexpr double kWideFigure = 720, kPanelWidth = 340, kPanelHeight = 250;
constexpr double kSlantedTicksHeight = 50, kTitleHeight = 30;
constexpr double kLeft = 60, kRight = 12, kTop = 26, kBottom = 44;
constexpr double kLegendRow = 22, kLegendMark = 30, kLetterWidth = 6.6, kMarker = 2.8;

struct SvgLayout {
  size_t columns = 1;
  double width = 0, height = 0, panel_width = 0, panel_height = kPanelHeight;
  double slant = 0;
  /// Left edge and middle of each legend entry.
  std::vector<std::pair<double, double>> keys;
};

SvgLayout lay_out(const Figure& figure) {
  SvgLayout layout;
  layout.columns = std::max<size_t>(1, std::min(figure.columns, figure.panels.size()));
  layout.width =
      layout.columns == 1 ? kWideFigure : static_cast<double>(layout.columns) * kPanelWidth;
  layout.panel_width = layout.width / static_cast<double>(layout.columns);
  if (std::any_of(figure.panels.begin(), figure.panels.end(), has_slanted_ticks))
    layout.slant = kSlantedTicksHeight;
  layout.panel_height += layout.slant;
  const size_t rows = (figure.panels.size() + layout.columns - 1) / layout.columns;
  double left = kRight,
         middle = kTitleHeight + static_cast<double>(rows) * layout.panel_height + kLegendRow / 2;
  const std::vector<Series> entries = legend_entries(figure);
  for (const Series& entry : entries) {
    const double width =
        kLegendMark + 22 + kLetterWidth * static_cast<double>(letter_count(entry.name));
    if (left > kRight && left + width > layout.width) {
      left = kRight;
      middle += kLegendRow;
    }
    layout.keys.emplace_back(left, middle);
    left += width;
  }
  layout.height = middle + (entries.empty() ? 0 : kLegendRow / 2 + 4);
  return layout;
}

std::string dashes(Stroke stroke) {
  if (stroke == Stroke::dashed) return " stroke-dasharray=\"8 5\"";
  if (stroke == Stroke::dotted) return " stroke-dasharray=\"2 4\"";
  return "";
}

/// Values to pixels.
struct Frame {
  double left = 0, top = 0, width = 0, height = 0;
  Axis x, y;

  double at_x(double value) const { return left + (value - x.low) / (x.high - x.low) * width; }
  double at_y(double value) const {
    return top + height - (value - y.low) / (y.high - y.low) * height;
  }
};

std::string rectangle(double left, double top, double width, double height,
                      const std::string& look) {
  return fmt::format("<rect x=\"{}\" y=\"{}\" width=\"{}\" height=\"{}\"{}/>\n", svg_number(left),
                     svg_number(top), svg_number(width), svg_number(height), look);
}

/// A dashed series carries hollow markers, so that it is told apart in print and without colour.
std::string marker(double x, double y, const Series& series) {
  const bool is_solid = series.stroke == Stroke::solid;
  return fmt::format(
      "<circle cx=\"{}\" cy=\"{}\" r=\"{}\" fill=\"{}\"{}/>\n", svg_number(x), svg_number(y),
      kMarker, is_solid ? series.colour : "none",
      is_solid ? "" : fmt::format(" stroke=\"{}\" stroke-width=\"1.2\"", series.colour));
}

std::string bar_look(const Series& series) {
  return fmt::format(" fill=\"{0}\" stroke=\"{0}\"{1}", series.colour,
                     series.stroke == Stroke::solid ? "" : " fill-opacity=\"0.25\"");
}

std::string bars(const Panel& panel, size_t index, const Frame& frame) {
  const Series& series = panel.series[index];
  const BarPlaces places = bar_places(panel);
  const bool is_stacked = series.style == SeriesStyle::stacked_bars;
  const double width = is_stacked ? kStackWidth : 0.92 * places.width;
  std::string text;
  for (const auto& [x, y] : series.points) {
    if (!std::isfinite(y)) continue;
    const double base = is_stacked ? stack_bottom(panel, index, x) : 0.0;
    const double first = frame.at_y(std::clamp(base, frame.y.low, frame.y.high));
    const double last = frame.at_y(base + y);
    const double centre = x + places.shifts[index];
    text += rectangle(frame.at_x(centre - width / 2), std::min(first, last),
                      frame.at_x(width) - frame.at_x(0), std::fabs(first - last), "");
  }
  return text;
}

std::string curve(const Series& series, const Frame& frame) {
  std::string path, markers;
  bool is_drawing = false;
  for (const auto& [x, y] : series.points) {
    if (!std::isfinite(x) || !std::isfinite(y)) {
      is_drawing = false;
      continue;
    }
    const double px = frame.at_x(std::clamp(x, frame.x.low, frame.x.high)), py = frame.at_y(y);
    path += fmt::format("{}{} {}", is_drawing ? "L" : "M", svg_number(px), svg_number(py));
    is_drawing = true;
    if (series.style != SeriesStyle::line) markers += marker(px, py, series);
  }
  if (path.empty()) return "";
  if (series.style == SeriesStyle::points) return markers;
  return fmt::format("<path d=\"{}\" fill=\"none\" stroke=\"{}\" stroke-width=\"1.8\"{}/>\n", path,
                     series.colour, dashes(series.stroke)) +
         markers;
}

size_t legend_index(const std::vector<Series>& entries, const std::string& name) {
  return static_cast<size_t>(std::find_if(entries.begin(), entries.end(),
                                          [&](const Series& entry) { return entry.name == name; }) -
                             entries.begin());
}

/// What is drawn of a series, with its values for the page's script.
std::string series_group(const Panel& panel, size_t index, const Frame& frame,
                         const std::vector<Series>& entries) {
  const Series& series = panel.series[index];
  const bool is_bar =
      series.style == SeriesStyle::bars || series.style == SeriesStyle::stacked_bars;
  std::vector<double> xs, ys;
  for (const auto& [x, y] : series.points) {
    xs.push_back(x);
    ys.push_back(y);
  }
  return fmt::format("<g class=\"s\" data-s=\"{}\" data-x=\"{}\" data-y=\"{}\"{}>\n",
                     legend_index(entries, series.name), data_numbers(xs), data_numbers(ys),
                     is_bar ? bar_look(series) : "") +
         (is_bar ? bars(panel, index, frame) : curve(series, frame)) + "</g>\n";
}

std::string axes(const Frame& frame, bool is_slanted) {
  const double bottom = frame.top + frame.height;
  std::string grid, text;
  for (const Tick& tick : frame.y.ticks) {
    const double y = frame.at_y(tick.value);
    grid +=
        fmt::format("M{} {}h{}", svg_number(frame.left), svg_number(y), svg_number(frame.width));
    text += svg_label(tick.text, frame.left - 6, y + 4, Anchor::end);
  }
  for (const Tick& tick : frame.x.ticks) {
    const double x = frame.at_x(tick.value);
    text += is_slanted ? svg_label(tick.text, x + 4, bottom + 14, Anchor::end, -40)
                       : svg_label(tick.text, x, bottom + 16, Anchor::middle);
  }
  return "<path class=\"grid\" d=\"" + grid + "\" fill=\"none\" stroke=\"#dde1e7\"/>\n" +
         fmt::format(
             "<path class=\"axis\" d=\"M{0} {1}V{2}H{3}\" fill=\"none\" stroke=\"#5b6676\"/>\n",
             svg_number(frame.left), svg_number(frame.top), svg_number(bottom),
             svg_number(frame.left + frame.width)) +
         text;
}

std::string tick_names(const Panel& panel) {
  std::string text;
  for (const std::string& tick : panel.x_ticks) text += (text.empty() ? "" : "|") + tick;
  return escape_html(text);
}

std::string panel_group(const Panel& panel, size_t place, const SvgLayout& layout,
                        const std::vector<Series>& entries) {
  const size_t column = place % layout.columns, row = place / layout.columns;
  const double left = static_cast<double>(column) * layout.panel_width;
  const double top = kTitleHeight + static_cast<double>(row) * layout.panel_height;
  const Frame frame{left + kLeft,
                    top + kTop,
                    layout.panel_width - kLeft - kRight,
                    layout.panel_height - kTop - kBottom - layout.slant,
                    x_axis(panel),
                    y_axis(panel)};
  const double centre = frame.left + frame.width / 2, middle = frame.top + frame.height / 2;
  std::string text = fmt::format(
      "<g class=\"panel\" data-name=\"{}\" data-box=\"{}\" data-range=\"{}\" data-label=\"{}\" "
      "data-ticks=\"{}\">\n",
      escape_html(panel.title), data_numbers({frame.left, frame.top, frame.width, frame.height}),
      data_numbers({frame.x.low, frame.x.high, frame.y.low, frame.y.high}),
      escape_html(panel.x_label), tick_names(panel));
  text += axes(frame, has_slanted_ticks(panel));
  text += svg_label(panel.title, centre, top + 16, Anchor::middle, 0, true);
  text += svg_label(panel.x_label, centre, top + layout.panel_height - 8, Anchor::middle);
  text += svg_label(y_axis_label(panel), left + 14, middle, Anchor::middle, -90);
  for (size_t s = 0; s < panel.series.size(); ++s) text += series_group(panel, s, frame, entries);
  return text + "</g>\n";
}

std::string legend_key(const Series& entry, size_t index, const std::pair<double, double>& place) {
  const auto [left, middle] = place;
  const double width =
      kLegendMark + 16 + kLetterWidth * static_cast<double>(letter_count(entry.name));
  std::string mark;
  if (entry.style == SeriesStyle::bars || entry.style == SeriesStyle::stacked_bars) {
    mark = rectangle(left + 8, middle - 5, 16, 10, bar_look(entry));
  } else {
    if (entry.style != SeriesStyle::points) {
      mark = fmt::format(
          "<path d=\"M{} {}h{}\" fill=\"none\" stroke=\"{}\" stroke-width=\"1.8\"{}/>\n",
          svg_number(left), svg_number(middle), kLegendMark, entry.colour, dashes(entry.stroke));
    }
    if (entry.style != SeriesStyle::line) mark += marker(left + kLegendMark / 2, middle, entry);
  }
  return fmt::format("<g class=\"key\" data-s=\"{}\" data-name=\"{}\" data-colour=\"{}\">\n", index,
                     escape_html(entry.name), entry.colour) +
         rectangle(left - 3, middle - 10, width, 20,
                   " class=\"hit\" fill=\"none\" pointer-events=\"all\"") +
         mark + svg_label(entry.name, left + kLegendMark + 6, middle + 4, Anchor::start) + "</g>\n";
}

}  // namespace

std::string svg_figure(const Figure& figure) {
  if (!figure.pictures.empty()) return svg_pictures(figure);
  const SvgLayout layout = lay_out(figure);
  const std::vector<Series> entries = legend_entries(figure);
  std::string text = svg_head(figure, layout.width, layout.height);
  text += svg_label(figure.title, layout.width / 2, 19, Anchor::middle, 0, true);
  for (size_t p = 0; p < figure.panels.size(); ++p)
    text += panel_group(figure.panels[p], p, layout, entries);
  for (size_t i = 0; i < entries.size(); ++i) text += legend_key(entries[i], i, layout.keys[i]);
  return text + "</svg>\n";
}

}  // namespace nmsw::reporting
