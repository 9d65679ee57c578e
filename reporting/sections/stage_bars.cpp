#include "reporting/sections/stage_bars.h"

#include <algorithm>

#include "reporting/palette.h"

namespace nmsw::reporting {
namespace {

std::string tick_of(const MethodKey& method) {
  return method.method == "sliding_window" && method.variant.empty() ? "SW" : method_label(method);
}

std::string panel_title(const StageTimes& measurement) {
  return backbone_label(measurement.backbone) + ", " + dataset_label(measurement.place) + ", " +
         (measurement.hardware.empty() ? measurement.device : measurement.hardware);
}

/// A variant takes its time as the plain method does; the table lists both.
bool is_repeated(const StageTimes& measurement, const std::vector<StageTimes>& measurements) {
  return !measurement.method.variant.empty() &&
         std::any_of(measurements.begin(), measurements.end(), [&](const StageTimes& other) {
           return other.method.variant.empty() &&
                  other.method.method == measurement.method.method &&
                  panel_title(other) == panel_title(measurement);
         });
}

Panel stage_panel(const std::vector<StageTimes>& measurements,
                  const std::vector<std::string>& stages, const std::string& title) {
  Panel panel;
  panel.title = title;
  panel.y_label = "seconds";
  for (size_t s = 0; s < stages.size(); ++s)
    panel.series.push_back(
        {stages[s], series_colour(s), SeriesStyle::stacked_bars, Stroke::solid, {}});
  for (const StageTimes& measurement : measurements) {
    if (panel_title(measurement) != title || is_repeated(measurement, measurements)) continue;
    const auto place = static_cast<double>(panel.x_ticks.size());
    panel.x_ticks.push_back(tick_of(measurement.method));
    for (size_t s = 0; s < stages.size(); ++s) {
      const auto found = measurement.seconds.find(stages[s]);
      if (found != measurement.seconds.end() && found->second)
        panel.series[s].points.emplace_back(place, *found->second);
    }
  }
  panel.series.erase(std::remove_if(panel.series.begin(), panel.series.end(),
                                    [](const Series& series) { return series.points.empty(); }),
                     panel.series.end());
  return panel;
}

}  // namespace

std::optional<Figure> stage_bars(const std::vector<StageTimes>& measurements) {
  std::vector<std::string> stages = stages_of(measurements);
  stages.erase(std::remove(stages.begin(), stages.end(), "total"), stages.end());
  if (stages.empty()) return std::nullopt;
  Figure figure;
  std::vector<std::string> titles;
  for (const StageTimes& measurement : measurements) {
    const std::string title = panel_title(measurement);
    if (std::find(titles.begin(), titles.end(), title) != titles.end()) continue;
    titles.push_back(title);
    figure.panels.push_back(stage_panel(measurements, stages, title));
  }
  figure.columns = std::min<size_t>(figure.panels.size(), 3);
  return figure;
}

}  // namespace nmsw::reporting
