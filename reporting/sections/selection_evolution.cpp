#include <algorithm>

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include "reporting/case_pictures.h"
#include "reporting/comparison.h"
#include "reporting/score_map.h"
#include "reporting/sections/sections.h"

namespace nmsw::reporting {
namespace {

/// The training that a figure shows.
struct ShownTraining {
  std::string run, dataset, backbone;
};

/// Of every data set and backbone the plain method's first seed, of folds the first.
std::vector<ShownTraining> shown_trainings(const results::ResultStore& store,
                                           const std::string& experiment) {
  const Rows rows(store,
                  "SELECT run, dataset, backbone, min(seed * 1000 + coalesce(fold, 0)) FROM "
                  "v_selection_maps WHERE variant = "
                  "'' AND class_weight = 'on' AND experiment = " +
                      sql_quoted(experiment) + " GROUP BY dataset, backbone");
  std::vector<ShownTraining> shown;
  for (size_t i = 0; i < rows.size(); ++i) {
    shown.push_back({rows.text(i, "run"), rows.text(i, "dataset"), rows.text(i, "backbone")});
  }
  std::sort(shown.begin(), shown.end(), [](const ShownTraining& a, const ShownTraining& b) {
    if (a.dataset != b.dataset) return dataset_before(a.dataset, b.dataset);
    return backbone_before(a.backbone, b.backbone);
  });
  return shown;
}

/// Of a view, the rows of one run and experiment; a run may belong to several experiments.
Rows rows_of_run(const results::ResultStore& store, const std::string& view,
                 const std::string& experiment, const std::string& run, const std::string& order) {
  return Rows(store, "SELECT * FROM " + view + " WHERE experiment = " + sql_quoted(experiment) +
                         " AND run = " + run + " ORDER BY " + order);
}

std::vector<ScoreMap> read_maps(const Rows& rows) {
  std::vector<ScoreMap> maps;
  for (size_t i = 0; i < rows.size(); ++i) {
    ScoreMap map;
    map.epoch = rows.count(i, "epoch");
    map.case_id = rows.text(i, "case_id");
    map.counts_xyz = {rows.count(i, "counts_x"), rows.count(i, "counts_y"),
                      rows.count(i, "counts_z")};
    for (const auto& value : nlohmann::json::parse(rows.text(i, "log_probability"))) {
      map.log_probability.push_back(value.is_null() ? results::kUndefined : value.get<double>());
    }
    maps.push_back(std::move(map));
  }
  return maps;
}

Figure evolution_figure(const results::ResultStore& store, const std::string& experiment,
                        const ShownTraining& training) {
  const auto maps =
      read_maps(rows_of_run(store, "v_selection_maps", experiment, training.run, "epoch"));
  const Rows picks =
      rows_of_run(store, "v_selection_picks", experiment, training.run, "epoch, rank");
  const Rows slices = rows_of_run(store, "v_case_slices", experiment, training.run, "plane");
  const ScaleRange range = scale_range(maps);
  Figure figure;
  figure.columns = maps.size();
  std::vector<std::vector<PatchPlace>> places;
  for (const ScoreMap& map : maps) {
    std::vector<int64_t> chosen;
    places.emplace_back();
    for (size_t i = 0; i < picks.size(); ++i) {
      if (picks.count(i, "epoch") != map.epoch) continue;
      chosen.push_back(picks.count(i, "patch_index"));
      places.back().push_back(patch_place(picks, i));
    }
    figure.pictures.push_back(map_picture(map, range, chosen));
    figure.pictures.back().title = fmt::format("after epoch {}", map.epoch + 1);
  }
  for (size_t i = 0; i < slices.size(); ++i) {
    const CasePlane plane = case_plane(slices, i);
    for (const std::vector<PatchPlace>& patches : places) {
      figure.pictures.push_back(plane_picture(plane, {}, patches));
    }
  }
  figure.picture_keys = map_keys(range);
  for (PictureKey& key : patch_keys()) figure.picture_keys.push_back(std::move(key));
  figure.caption = fmt::format(
      "How the choice of patches develops in training, on the validation case '{}'. Top: "
      "log-probability of every candidate patch, slices of the {}x{}x{} grid from the lowest (top "
      "left) to the highest. Below: the {} most probable patches on an axial and a coronal plane "
      "(patient's right on the left). Counterpart of the paper's Fig. 6, which shows epochs 2, 50 "
      "and 300 of 300.",
      maps.front().case_id, maps.front().counts_xyz[0], maps.front().counts_xyz[1],
      maps.front().counts_xyz[2], places.front().size());
  return figure;
}

}  // namespace

Section selection_section(const SectionInput& input) {
  Section section;
  section.id = "selection";
  section.title = "Choice of patches during training";
  section.empty_message = "No NMSW training that recorded its choice of patches has finished yet.";
  for (const std::string& experiment : input.experiments) {
    for (const ShownTraining& training : shown_trainings(input.store, experiment)) {
      Figure figure = evolution_figure(input.store, experiment, training);
      figure.id =
          id_for("selection_" + file_word(training.dataset) + "_" + file_word(training.backbone),
                 experiment, input);
      figure.title = fmt::format("Sampling distribution during training: {}, {}{}",
                                 dataset_label(training.dataset), backbone_label(training.backbone),
                                 title_suffix(experiment, input));
      section.figures.push_back(std::move(figure));
    }
  }
  return section;
}

}  // namespace nmsw::reporting
