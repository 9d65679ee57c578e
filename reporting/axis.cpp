#include "reporting/axis.h"

#include <algorithm>
#include <cmath>
#include <limits>

#include <fmt/format.h>

namespace nmsw::reporting {
namespace {

constexpr double kBarGroupWidth = 0.8;
constexpr size_t kLettersAcross = 45;
constexpr double kTicksAim = 5;
/// An axis from 0 wastes less than this share of its height.
constexpr double kMostWaste = 0.5;

bool is_bar(const Series& series) {
  return series.style == SeriesStyle::bars || series.style == SeriesStyle::stacked_bars;
}

bool has_bars(const Panel& panel) {
  return std::any_of(panel.series.begin(), panel.series.end(), is_bar);
}

struct Range {
  double low = std::numeric_limits<double>::infinity();
  double high = -std::numeric_limits<double>::infinity();

  void add(double value) {
    if (!std::isfinite(value)) return;
    low = std::min(low, value);
    high = std::max(high, value);
  }
  bool is_empty() const { return low > high; }
};

/// 1, 2 or 5 times a power of ten.
double step_for(double length) {
  const double rough = length / kTicksAim;
  const double power = std::pow(10.0, std::floor(std::log10(rough)));
  for (const double factor : {1.0, 2.0, 5.0}) {
    if (rough <= factor * power * 1.0000001) return factor * power;
  }
  return 10 * power;
}

std::string tick_text(double value, double step) {
  const int decimals = std::clamp(-static_cast<int>(std::floor(std::log10(step) + 1e-9)), 0, 12);
  std::string text = fmt::format("{:.{}f}", value, decimals);
  return value < 0 && std::strtod(text.c_str(), nullptr) == 0 ? text.substr(1) : text;
}

void add_ticks(Axis& axis, double step) {
  const auto first = static_cast<int64_t>(std::ceil(axis.low / step - 1e-6));
  const auto last = static_cast<int64_t>(std::floor(axis.high / step + 1e-6));
  for (int64_t i = first; i <= last; ++i) {
    const double value = static_cast<double>(i) * step;
    axis.ticks.push_back({value, tick_text(value, step)});
  }
}

/// A range of one value gets a length around it.
void widen(Range& range) {
  if (range.is_empty()) range = {0, 1};
  if (range.low < range.high) return;
  const double margin = range.low == 0 ? 0.5 : 0.1 * std::fabs(range.low);
  range = {range.low - margin, range.high + margin};
}

}  // namespace

Axis y_axis(const Panel& panel) {
  Range range;
  for (size_t s = 0; s < panel.series.size(); ++s) {
    const bool is_stacked = panel.series[s].style == SeriesStyle::stacked_bars;
    for (const auto& [x, y] : panel.series[s].points)
      range.add(is_stacked ? stack_bottom(panel, s, x) + y : y);
  }
  if (panel.y_range) {
    range = {panel.y_range->first, panel.y_range->second};
  } else if (!range.is_empty()) {
    const bool takes_zero = has_bars(panel) ||
                            (range.low > 0 && range.low <= kMostWaste * range.high) ||
                            (range.high < 0 && range.high >= kMostWaste * range.low);
    if (takes_zero) range.add(0);
  }
  widen(range);
  Axis axis;
  const double step = step_for(range.high - range.low);
  axis.low = panel.y_range ? range.low : step * std::floor(range.low / step + 1e-6);
  axis.high = panel.y_range ? range.high : step * std::ceil(range.high / step - 1e-6);
  axis.has_zero = axis.low <= 0 && axis.high >= 0;
  add_ticks(axis, step);
  return axis;
}

Axis x_axis(const Panel& panel) {
  Axis axis;
  if (!panel.x_ticks.empty()) {
    axis.low = -0.5;
    axis.high = static_cast<double>(panel.x_ticks.size()) - 0.5;
    for (size_t i = 0; i < panel.x_ticks.size(); ++i)
      axis.ticks.push_back({static_cast<double>(i), panel.x_ticks[i]});
    return axis;
  }
  Range range;
  for (const Series& series : panel.series) {
    for (const auto& [x, y] : series.points) range.add(x);
  }
  widen(range);
  axis.low = range.low;
  axis.high = range.high;
  axis.has_zero = axis.low <= 0 && axis.high >= 0;
  add_ticks(axis, step_for(range.high - range.low));
  return axis;
}

std::string y_axis_label(const Panel& panel) {
  return panel.y_label + (y_axis(panel).has_zero ? "" : "; axis not from 0");
}

BarPlaces bar_places(const Panel& panel) {
  const auto bars = std::count_if(panel.series.begin(), panel.series.end(),
                                  [](const Series& s) { return s.style == SeriesStyle::bars; });
  BarPlaces places;
  places.width = bars == 0 ? 0 : kBarGroupWidth / static_cast<double>(bars);
  double place = -0.5 * static_cast<double>(bars - 1);
  for (const Series& series : panel.series) {
    const bool stands_beside = series.style == SeriesStyle::bars;
    places.shifts.push_back(stands_beside ? place * places.width : 0);
    if (stands_beside) place += 1;
  }
  return places;
}

double stack_bottom(const Panel& panel, size_t series, double place) {
  double height = 0;
  for (size_t s = 0; s < series; ++s) {
    if (panel.series[s].style != SeriesStyle::stacked_bars) continue;
    for (const auto& [x, y] : panel.series[s].points) height += x == place ? y : 0.0;
  }
  return height;
}

std::vector<Series> legend_entries(const Figure& figure) {
  std::vector<Series> entries;
  for (const Panel& panel : figure.panels) {
    for (const Series& series : panel.series) {
      const bool is_known = std::any_of(entries.begin(), entries.end(), [&](const Series& entry) {
        return entry.name == series.name;
      });
      if (!is_known && !series.name.empty()) entries.push_back(series);
    }
  }
  return entries;
}

bool has_slanted_ticks(const Panel& panel) {
  size_t letters = 0;
  for (const std::string& tick : panel.x_ticks) letters += tick.size() + 1;
  return letters > kLettersAcross;
}

size_t letter_count(const std::string& text) {
  // A letter beyond ASCII has several bytes, of which one is not 10xxxxxx.
  return static_cast<size_t>(
      std::count_if(text.begin(), text.end(), [](char byte) { return (byte & 0xC0) != 0x80; }));
}

}  // namespace nmsw::reporting
