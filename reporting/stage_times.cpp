#include "reporting/stage_times.h"

#include <algorithm>

namespace nmsw::reporting {
namespace {

const std::vector<std::string>& known_stages() {
  static const std::vector<std::string> stages{"load",      "global", "select", "local",
                                               "aggregate", "argmax", "total"};
  return stages;
}

bool is_same_measurement(const StageTimes& a, const StageTimes& b) {
  return a.device == b.device && a.hardware == b.hardware && a.place == b.place &&
         a.backbone == b.backbone && a.method == b.method;
}

bool measurement_before(const StageTimes& a, const StageTimes& b) {
  if (a.device != b.device) return a.device < b.device;
  if (a.hardware != b.hardware) return a.hardware < b.hardware;
  if (a.place != b.place) return dataset_before(a.place, b.place);
  if (a.backbone != b.backbone) return backbone_before(a.backbone, b.backbone);
  return method_before(a.method, b.method);
}

}  // namespace

std::vector<StageTimes> read_stage_times(const Rows& rows, const std::string& place) {
  std::vector<StageTimes> lines;
  for (size_t i = 0; i < rows.size(); ++i) {
    StageTimes found;
    found.device = rows.text(i, "device");
    found.hardware = rows.text(i, "hardware");
    found.place = rows.text(i, place);
    found.backbone = rows.text(i, "backbone");
    found.method = {rows.text(i, "method"), rows.text(i, "k"), "on", rows.text(i, "variant")};
    if (has_other_order(found.method)) continue;
    auto line = std::find_if(lines.begin(), lines.end(), [&](const StageTimes& other) {
      return is_same_measurement(other, found);
    });
    if (line == lines.end()) line = lines.insert(lines.end(), std::move(found));
    line->seconds[rows.text(i, "stage")] = rows.number(i, "seconds");
    line->repeats = std::max(line->repeats, rows.count(i, "repeats"));
    if (rows.text(i, "stage") == "total") line->spread = rows.number(i, "spread");
  }
  std::sort(lines.begin(), lines.end(), measurement_before);
  return lines;
}

std::vector<std::string> stages_of(const std::vector<StageTimes>& measurements) {
  std::vector<std::string> stages;
  for (const StageTimes& measurement : measurements) {
    for (const auto& [stage, seconds] : measurement.seconds) {
      if (std::find(stages.begin(), stages.end(), stage) == stages.end()) stages.push_back(stage);
    }
  }
  const auto place = [](const std::string& stage) {
    return std::find(known_stages().begin(), known_stages().end(), stage) - known_stages().begin();
  };
  std::sort(stages.begin(), stages.end(), [&](const std::string& a, const std::string& b) {
    return place(a) != place(b) ? place(a) < place(b) : a < b;
  });
  return stages;
}

std::string device_text(const StageTimes& measurement) {
  return measurement.device + (measurement.hardware.empty() ? "" : ": " + measurement.hardware);
}

}  // namespace nmsw::reporting
