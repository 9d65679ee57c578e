#pragma once

#include <string>
#include <vector>

#include "reporting/figure.h"

namespace nmsw::reporting {

/// A place on an axis with its text.
struct Tick {
  double value = 0;
  std::string text;
};

/// An axis from `low` to `high`, which always differ.
struct Axis {
  double low = 0, high = 1;
  std::vector<Tick> ticks;
  /// False: the values are so close together that the axis leaves 0 out; its label says so.
  bool has_zero = true;
};

/// The vertical axis of a panel. It includes 0 where the panel has bars, or where that costs at most
/// half of its height; a given y_range is taken as it is. Values that are not finite do not count.
Axis y_axis(const Panel& panel);

/// The horizontal axis: half a place beyond the named ticks, else the range of the values.
Axis x_axis(const Panel& panel);

/// The panel's y_label, with a remark where the axis does not start at 0.
std::string y_axis_label(const Panel& panel);

/// Bars of one place side by side: the width of one, and how far each series stands from the place's
/// centre (0 for other styles).
struct BarPlaces {
  double width = 0;
  std::vector<double> shifts;
};
BarPlaces bar_places(const Panel& panel);

constexpr double kStackWidth = 0.6;

/// Where a stacked bar begins: the sum of the series below it.
double stack_bottom(const Panel& panel, size_t series, double place);

/// The series of all panels with a name, each name once: the legend.
std::vector<Series> legend_entries(const Figure& figure);

/// Whether the named ticks are too long to stand beside each other.
bool has_slanted_ticks(const Panel& panel);

/// Letters of a UTF-8 text.
size_t letter_count(const std::string& text);

}  // namespace nmsw::reporting
