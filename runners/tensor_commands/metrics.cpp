#include <algorithm>
#include <cmath>
#include <iostream>

#include "datasets/grid/geometry.h"
#include "datasets/grid/orientation.h"
#include "datasets/image_io.h"
#include "datasets/layouts/descriptor.h"
#include "nmsw/base/csv_field.h"
#include "nmsw/metrics/catalog.h"
#include "nmsw/metrics/scores.h"
#include "runners/options/metrics_options.h"
#include "runners/options/verb_plan.h"
#include "runners/tensor_commands/tensor_commands.h"

namespace nmsw::runners {
namespace {

using nlohmann::ordered_json;

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

std::string name_of(const ClassScores& scores, const std::vector<std::string>& names) {
  return names.at(static_cast<size_t>(scores.class_index - 1));
}

/// null where it is undefined, or infinite: JSON has no such number.
ordered_json number(double value) {
  return std::isfinite(value) ? ordered_json(value) : ordered_json();
}

ordered_json number_or_flag(const MetricEntry& metric, double value) {
  return metric.is_flag && std::isfinite(value) ? ordered_json(value > 0) : number(value);
}

/// What is shown of a class. surface-distance calls the distance of two empty surfaces infinite, as
/// that of a missed class; here it is undefined, so that the two can be told apart.
std::vector<double> shown_values(const ClassScores& scores) {
  std::vector<double> values = scores.shown_values;
  if (scores.voxels_label + scores.voxels_prediction > 0) return values;
  for (double& value : values) {
    if (std::isinf(value)) value = kUndefinedScore;
  }
  return values;
}

ordered_json to_json(const ClassScores& scores, const std::string& name) {
  ordered_json json{{"index", scores.class_index}, {"name", name}};
  const std::vector<double> shown = shown_values(scores);
  for (size_t i = 0; i < shown.size(); ++i) {
    const MetricEntry& metric = metric_catalog()[i];
    const std::string key(metric.name);
    json[key] = number_or_flag(metric, shown[i]);
    if (metric.shown == nullptr) continue;
    json[key + "_is_infinite"] = std::isinf(shown[i]);  // JSON has no infinity
    json[key + "_counted"] = number_or_flag(metric, scores.value(metric.name));
  }
  json["voxels_label"] = scores.voxels_label;
  json["voxels_prediction"] = scores.voxels_prediction;
  return json;
}

ordered_json to_json(const std::vector<ClassScores>& scores, const std::vector<std::string>& names,
                     const ScoreOptions& options) {
  ordered_json classes = ordered_json::array();
  for (const ClassScores& one : scores) classes.push_back(to_json(one, name_of(one, names)));
  const std::vector<double> means = mean_scores(scores);
  ordered_json mean = ordered_json::object();
  for (size_t i = 0; i < means.size(); ++i)
    mean[std::string(metric_catalog()[i].name)] = number(means[i]);
  return {{"unit", enum_name(options.unit)},
          {"tolerance", options.tolerance},
          {"classes", classes},
          {"mean", mean}};
}

using Cells = std::vector<std::string>;

/// "inf" where a class has no finite value, empty where none is defined.
std::string cell_of(double value) {
  if (std::isnan(value)) return "";
  return std::isinf(value) ? "inf" : fmt::format("{:.4f}", value);
}

/// The cells of `index, name, a column for each metric, voxels_label, voxels_prediction`.
Cells cells_of(const std::string& index, const std::string& name,
               const std::vector<double>& numbers, const std::string& voxels_label,
               const std::string& voxels_prediction) {
  Cells row{index, name};
  for (const double value : numbers) row.push_back(cell_of(value));
  row.push_back(voxels_label);
  row.push_back(voxels_prediction);
  return row;
}

/// Head, classes and means.
std::vector<Cells> lines_of(const std::vector<ClassScores>& scores,
                            const std::vector<std::string>& names) {
  Cells head{"index", "name"};
  for (const MetricEntry& metric : metric_catalog()) head.emplace_back(metric.name);
  head.emplace_back("voxels_label");
  head.emplace_back("voxels_prediction");
  std::vector<Cells> rows;
  rows.push_back(std::move(head));
  for (const ClassScores& one : scores) {
    rows.push_back(cells_of(std::to_string(one.class_index), name_of(one, names), shown_values(one),
                            std::to_string(one.voxels_label),
                            std::to_string(one.voxels_prediction)));
  }
  rows.push_back(cells_of("", "mean", mean_scores(scores), "", ""));
  return rows;
}

void print_csv(const std::vector<Cells>& rows) {
  for (Cells row : rows) {
    for (std::string& cell : row) cell = csv_field(cell);
    std::cout << fmt::format("{}\n", fmt::join(row, ","));
  }
}

/// Columns as wide as their widest cell; the name is flush left, numbers are flush right.
void print_aligned(const std::vector<Cells>& rows) {
  constexpr size_t kName = 1;
  std::vector<size_t> widths(rows.front().size());
  for (const Cells& row : rows) {
    for (size_t i = 0; i < row.size(); ++i) widths[i] = std::max(widths[i], row[i].size());
  }
  for (const Cells& row : rows) {
    std::string line;
    for (size_t i = 0; i < row.size(); ++i) {
      line += i == 0 ? "" : "  ";
      line += i == kName ? fmt::format("{:<{}}", row[i], widths[i])
                         : fmt::format("{:>{}}", row[i], widths[i]);
    }
    std::cout << line << '\n';
  }
}

}  // namespace

int metrics_verb(const Words& arguments) {
  const auto options = parse_metrics_options(arguments);
  if (!options) return 0;
  datasets::ReadNotes notes;
  const LabelVolume label = datasets::read_label(options->label, &notes);
  const LabelVolume prediction =
      datasets::turned_to(label.geometry, datasets::read_label(options->prediction, &notes));
  for (const std::string& line : notes.lines) tell_on_stderr(line);
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
  } else if (options->format == "csv") {
    print_csv(lines_of(scores, names));
  } else {
    print_aligned(lines_of(scores, names));
  }
  return 0;
}

}  // namespace nmsw::runners
