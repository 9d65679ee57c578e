#include <algorithm>
#include <cmath>
#include <iostream>

#include "datasets/grid/geometry.h"
#include "datasets/image_io.h"
#include "datasets/layouts/descriptor.h"
#include "nmsw/metrics/scores.h"
#include "runners/options/metrics_options.h"
#include "runners/tensor_commands/tensor_commands.h"

namespace nmsw::runners {
namespace {

using nlohmann::ordered_json;

ordered_json number(double value) {
  return std::isfinite(value) ? ordered_json(value) : ordered_json();
}
std::string score_text(double value) {
  return std::isfinite(value) ? fmt::format("{:.4f}", value) : "";
}

uint8_t largest(const LabelVolume& label) {
  return label.voxels.empty() ? uint8_t{0}
                              : *std::max_element(label.voxels.begin(), label.voxels.end());
}

std::vector<std::string> class_names(const MetricsOptions& options, const LabelVolume& a,
                                     const LabelVolume& b) {
  if (options.classes) return datasets::load_descriptor(*options.classes).classes;
  std::vector<std::string> names;
  for (int c = 1; c <= std::max<int>(1, std::max(largest(a), largest(b))); ++c)
    names.push_back("class_" + std::to_string(c));
  return names;
}

void require_known_ids(const LabelVolume& label, const std::filesystem::path& file,
                       size_t classes) {
  const uint8_t id = largest(label);
  if (id <= classes) return;
  throw DataError(
      "{}: holds the label id {}, but --classes names only 0..{}; give the data set whose ids "
      "these are",
      file.string(), id, classes);
}

ordered_json to_json(const std::vector<ClassScores>& scores, const std::vector<std::string>& names,
                     const ScoreOptions& options) {
  ordered_json classes = ordered_json::array();
  for (const ClassScores& one : scores) {
    classes.push_back(
        {{"index", one.class_index},
         {"name", names.at(static_cast<size_t>(one.class_index - 1))},
         {"dsc", number(one.dsc)},
         {"nsd", number(one.nsd)},
         {"hd95", number(one.hd95)},
         {"hd95_counted", number(one.hd95_counted)},
         {"missed", std::isnan(one.missed) ? ordered_json() : ordered_json(one.missed > 0)},
         {"voxels_label", one.voxels_label},
         {"voxels_prediction", one.voxels_prediction}});
  }
  const MeanScores mean = mean_scores(scores);
  return {{"unit", enum_name(options.unit)},
          {"tolerance", options.tolerance},
          {"classes", classes},
          {"mean",
           {{"dsc", number(mean.dsc)}, {"nsd", number(mean.nsd)}, {"hd95", number(mean.hd95)}}}};
}

void print_rows(const std::vector<ClassScores>& scores, const std::vector<std::string>& names,
                bool as_table) {
  const char* row =
      as_table ? "{:>5} {:<24} {:>8} {:>8} {:>10} {:>12} {:>12}\n" : "{},{},{},{},{},{},{}\n";
  const auto print = [&](const auto&... cells) {
    std::cout << fmt::format(fmt::runtime(row), cells...);
  };
  print("index", "name", "dsc", "nsd", "hd95", "voxels_label", "voxels_prediction");
  for (const ClassScores& one : scores) {
    print(one.class_index, names.at(static_cast<size_t>(one.class_index - 1)), score_text(one.dsc),
          score_text(one.nsd), score_text(one.hd95), one.voxels_label, one.voxels_prediction);
  }
  const MeanScores mean = mean_scores(scores);
  print("", "mean", score_text(mean.dsc), score_text(mean.nsd), score_text(mean.hd95), "", "");
}

}  // namespace

int metrics_verb(const Words& arguments) {
  const auto options = parse_metrics_options(arguments);
  if (!options) return 0;
  const LabelVolume prediction = datasets::read_label(options->prediction);
  const LabelVolume label = datasets::read_label(options->label);
  datasets::require_same_grid(prediction.geometry, options->prediction.string(), label.geometry,
                              options->label.string());
  const std::vector<std::string> names = class_names(*options, prediction, label);
  require_known_ids(prediction, options->prediction, names.size());
  require_known_ids(label, options->label, names.size());
  ScoreOptions scoring;
  scoring.num_classes = static_cast<int64_t>(names.size()) + 1;
  scoring.unit = options->tolerance_voxels ? SurfaceUnit::voxel : SurfaceUnit::mm;
  scoring.tolerance = options->tolerance_voxels.value_or(options->tolerance_mm.value_or(2));
  const std::vector<ClassScores> scores = score_label_maps(prediction, label, scoring);
  if (options->format == "json") {
    std::cout << to_json(scores, names, scoring).dump(2) << '\n';
  } else {
    print_rows(scores, names, options->format == "table");
  }
  return 0;
}

}  // namespace nmsw::runners
