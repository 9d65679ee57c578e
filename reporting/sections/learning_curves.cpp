#include <algorithm>
#include <map>

#include <fmt/format.h>

#include "reporting/comparison.h"
#include "reporting/palette.h"
#include "reporting/rows.h"
#include "reporting/sections/sections.h"

namespace nmsw::reporting {
namespace {

struct PanelKey {
  std::string dataset, scheme, variant;
  bool operator<(const PanelKey& other) const {
    if (dataset != other.dataset) return dataset_before(dataset, other.dataset);
    return scheme != other.scheme ? scheme < other.scheme : variant < other.variant;
  }
};

std::string series_name(const Rows& rows, size_t i) {
  std::string name = backbone_label(rows.text(i, "backbone"));
  if (rows.text(i, "seed") != "0") name += ", seed " + rows.text(i, "seed");
  if (!rows.text(i, "fold").empty()) name += ", fold " + rows.text(i, "fold");
  if (rows.text(i, "class_weight") == "off") name += ", without c_w";
  if (rows.text(i, "state") != "done") name += ", so far";
  return name;
}

void add_point(Panel& panel, const Series& like, double epoch, const std::optional<double>& loss) {
  if (!loss) return;
  auto found = std::find_if(panel.series.begin(), panel.series.end(),
                            [&](const Series& series) { return series.name == like.name; });
  if (found == panel.series.end()) {
    panel.series.push_back(like);
    found = panel.series.end() - 1;
  }
  found->points.emplace_back(epoch, *loss);
}

// Two runs of one name in a panel (the same plan in two experiments with other settings) get the
// run's number.
std::string unique_name(std::map<std::string, std::string>& owners, const PanelKey& key,
                        const Rows& rows, size_t i) {
  const std::string name = series_name(rows, i), run = rows.text(i, "run");
  const auto owner =
      owners.emplace(key.dataset + "\n" + key.scheme + "\n" + key.variant + "\n" + name, run).first;
  return owner->second == run ? name : name + ", run " + run;
}

using Panels = std::map<PanelKey, Panel>;

Panel& panel_of(Panels& panels, const PanelKey& key, const std::string& y_label) {
  Panel& panel = panels[key];
  panel.title = dataset_label(key.dataset) + ", " + key.scheme + " training" +
                (key.variant.empty() ? "" : ", " + key.variant);
  panel.x_label = "epoch";
  panel.y_label = y_label;
  return panel;
}

Figure figure_of(Panels& panels, const std::string& id, const std::string& title,
                 const std::string& caption) {
  Figure figure;
  figure.id = id;
  figure.title = title;
  figure.columns = panels.size() < 3 ? panels.size() : 3;
  for (auto& [key, panel] : panels) figure.panels.push_back(std::move(panel));
  figure.caption = caption;
  return figure;
}

}  // namespace

Section learning_curves_section(const SectionInput& input) {
  Section section;
  section.id = "training";
  section.title = "Learning curves";
  section.empty_message = "No training has finished an epoch yet.";
  if (input.experiments.empty()) return section;
  const Rows rows(
      input.store,
      "SELECT DISTINCT run, dataset, backbone, scheme, seed, fold, class_weight, variant, state, "
      "epoch, train_loss, validation_loss, validation_dice FROM v_learning_curves WHERE "
      "experiment IN " +
          sql_list(input.experiments) +
          " ORDER BY dataset, scheme, backbone, class_weight DESC, variant, seed, run, epoch");
  Panels losses, dice;
  std::map<std::string, std::string> owners;
  for (size_t i = 0; i < rows.size(); ++i) {
    const PanelKey key{rows.text(i, "dataset"), rows.text(i, "scheme"), rows.text(i, "variant")};
    const std::string name = unique_name(owners, key, rows, i);
    const std::string colour = backbone_colour(rows.text(i, "backbone"));
    const auto epoch = static_cast<double>(rows.count(i, "epoch"));
    Panel& panel = panel_of(losses, key, "loss (Dice + cross-entropy)");
    add_point(panel, {name + ", training", colour, SeriesStyle::line, Stroke::solid, {}}, epoch,
              rows.number(i, "train_loss"));
    const Series validation{
        name + ", validation", colour, SeriesStyle::line_with_points, Stroke::dashed, {}};
    add_point(panel, validation, epoch, rows.number(i, "validation_loss"));
    if (const auto value = rows.number(i, "validation_dice"))
      add_point(panel_of(dice, key, "Dice, mean over classes"), validation, epoch, value);
  }
  if (losses.empty()) return section;
  section.figures.push_back(figure_of(
      losses, "learning_curves", "Training and validation loss",
      "Loss against the epoch, a panel for each dataset and training scheme (local: patches; "
      "global: the downsampled volume; nmsw: both together). Solid: mean over the epoch's training "
      "steps; dashed with hollow points: validation cases."));
  if (!dice.empty()) {
    section.figures.push_back(figure_of(
        dice, "validation_dice", "Dice on the validation cases",
        "Mean over the foreground classes of the Dice over all validation cases as one, after the "
        "epochs with validation. Of a local training it is over random patches of these cases, of "
        "a global one over the small volume: a training is compared with itself, not with the "
        "tables. nmsw query validation-dice has every class."));
  }
  return section;
}

}  // namespace nmsw::reporting
