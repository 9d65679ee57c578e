#include <algorithm>
#include <array>
#include <iterator>

#include "reporting/claims/choice.h"
#include "reporting/conventions.h"
#include "reporting/palette.h"
#include "reporting/patch_order.h"
#include "reporting/sections/choice_table.h"

namespace nmsw::reporting {
namespace {

struct OrderLook {
  std::string colour;
  Stroke stroke = Stroke::solid;
};

/// The learned and the untrained head share a colour; kinds of coverage differ in stroke, then in
/// colour.
OrderLook look_of(const OrderSettings& order, size_t coverages_before) {
  constexpr std::array<Stroke, 3> kStrokes{Stroke::solid, Stroke::dashed, Stroke::dotted};
  switch (order.order) {
    case PatchOrder::scores:
      return {method_colour("nmsw", "on")};
    case PatchOrder::initial_scores:
      return {method_colour("nmsw", "on"), Stroke::dashed};
    case PatchOrder::random_foreground:
      return {method_colour("random_foreground", "on")};
    case PatchOrder::oracle:
      return {series_colour(3)};
    case PatchOrder::foreground:
      return {series_colour(4)};
    case PatchOrder::entropy:
      return {series_colour(5)};
    case PatchOrder::coverage: {
      const size_t round = coverages_before / kStrokes.size();
      return {round == 0 ? series_colour(2) : class_colour(static_cast<int64_t>(round)),
              kStrokes[coverages_before % kStrokes.size()]};
    }
  }
  return {};
}

Panel order_panel(const ClaimInput& claims, const std::string& dataset, const std::string& backbone,
                  const std::vector<std::string>& counts, bool partial) {
  Panel panel;
  panel.title = backbone_label(backbone) + ", " + dataset_label(dataset);
  panel.x_label = "patches k";
  panel.y_label = "mean DSC (0…1)";
  panel.x_ticks = counts;
  size_t coverages = 0;
  for (const OrderSettings& order : orders_on(claims, dataset)) {
    const OrderLook look =
        look_of(order, order.order == PatchOrder::coverage ? coverages++ : size_t{0});
    Series series;
    series.name = order_label(order);
    series.colour = look.colour;
    series.stroke = look.stroke;
    for (size_t i = 0; i < counts.size(); ++i) {
      const ComparisonRow* row = order_row(claims, dataset, backbone, order, counts[i]);
      if (row != nullptr && row->dsc && (row->is_complete || partial))
        series.points.emplace_back(static_cast<double>(i), *row->dsc);
    }
    if (!series.points.empty()) panel.series.push_back(std::move(series));
  }
  const ComparisonRow* window = find_row(claims.rows, dataset, backbone, sliding_window_key());
  if (window != nullptr && window->dsc && (window->is_complete || partial)) {
    panel.series.push_back(level_series("SW", method_colour("sliding_window", "on"), Stroke::solid,
                                        *window->dsc, counts.size()));
  }
  return panel;
}

}  // namespace

Figure choice_figure(const ClaimInput& claims, const std::string& dataset,
                     const SectionInput& input) {
  const std::vector<std::string> counts = order_counts(claims, dataset);
  Figure figure;
  figure.id = id_for("choice_curve_" + file_word(dataset), claims.experiment, input);
  figure.title = "DSC by order of patches on " + dataset_label(dataset) +
                 title_suffix(claims.experiment, input);
  std::vector<ComparisonRow> rows;
  std::copy_if(claims.rows.begin(), claims.rows.end(), std::back_inserter(rows),
               [&](const ComparisonRow& row) { return row.dataset == dataset; });
  for (const std::string& backbone : backbones_of(rows)) {
    Panel panel = order_panel(claims, dataset, backbone, counts, input.partial);
    const bool has_curve = std::any_of(
        panel.series.begin(), panel.series.end(),
        [](const Series& series) { return series.style == SeriesStyle::line_with_points; });
    if (has_curve) figure.panels.push_back(std::move(panel));
  }
  figure.columns = std::clamp<size_t>(figure.panels.size(), 1, 3);
  figure.caption =
      "Mean DSC over classes against the number of patches k (evenly spaced ticks) of the same "
      "trained networks; only the order of the patches differs, draws of an order are averaged. "
      "Grey line: sliding window.";
  for (const std::string& note : data_notes(input.store, rows)) figure.caption += " " + note;
  return figure;
}

}  // namespace nmsw::reporting
