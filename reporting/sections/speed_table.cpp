#include <algorithm>
#include <map>

#include <fmt/format.h>

#include "reporting/comparison.h"
#include "reporting/rows.h"
#include "reporting/sections/sections.h"

namespace nmsw::reporting {
namespace {

const std::vector<std::string>& known_stages() {
  static const std::vector<std::string> stages{"load",      "global", "select", "local",
                                               "aggregate", "argmax", "total"};
  return stages;
}

std::vector<std::string> stages_in(const Rows& rows) {
  std::vector<std::string> stages;
  for (size_t i = 0; i < rows.size(); ++i) {
    const std::string stage = rows.text(i, "stage");
    if (std::find(stages.begin(), stages.end(), stage) == stages.end()) stages.push_back(stage);
  }
  const auto place = [](const std::string& stage) {
    return std::find(known_stages().begin(), known_stages().end(), stage) - known_stages().begin();
  };
  std::sort(stages.begin(), stages.end(), [&](const std::string& a, const std::string& b) {
    return place(a) != place(b) ? place(a) < place(b) : a < b;
  });
  return stages;
}

Column key_column(const std::string& name, const std::string& title) {
  Column column;
  column.name = name;
  column.title = title;
  column.is_key = true;
  return column;
}

Column seconds_column(const std::string& name, const std::string& title) {
  Column column;
  column.name = name;
  column.title = title;
  column.unit = "s";
  column.digits = Digits::significant;
  return column;
}

struct SpeedKey {
  std::string device, hardware, place, backbone;
  MethodKey method;
  bool operator==(const SpeedKey& other) const {
    return device == other.device && hardware == other.hardware && place == other.place &&
           backbone == other.backbone && method == other.method;
  }
};

bool key_before(const SpeedKey& a, const SpeedKey& b) {
  if (a.device != b.device) return a.device < b.device;
  if (a.hardware != b.hardware) return a.hardware < b.hardware;
  if (a.place != b.place) return dataset_before(a.place, b.place);
  if (a.backbone != b.backbone) return backbone_before(a.backbone, b.backbone);
  return method_before(a.method, b.method);
}

struct SpeedLine {
  SpeedKey key;
  std::map<std::string, std::optional<double>> seconds;
  std::optional<double> spread;
  int64_t repeats = 0;
};

/// The rows of one query, one line for all stages of a measurement. `place` names the column that
/// tells volumes apart.
std::vector<SpeedLine> pivot(const Rows& rows, const std::string& place) {
  std::vector<SpeedLine> lines;
  for (size_t i = 0; i < rows.size(); ++i) {
    const SpeedKey key{rows.text(i, "device"),
                       rows.text(i, "hardware"),
                       rows.text(i, place),
                       rows.text(i, "backbone"),
                       {rows.text(i, "method"), rows.text(i, "k"), "on", rows.text(i, "variant")}};
    auto line = std::find_if(lines.begin(), lines.end(),
                             [&](const SpeedLine& other) { return other.key == key; });
    if (line == lines.end()) line = lines.insert(lines.end(), {key, {}, {}, 0});
    line->seconds[rows.text(i, "stage")] = rows.number(i, "seconds");
    line->repeats = std::max(line->repeats, rows.count(i, "repeats"));
    if (rows.text(i, "stage") == "total") line->spread = rows.number(i, "spread");
  }
  std::sort(lines.begin(), lines.end(),
            [](const SpeedLine& a, const SpeedLine& b) { return key_before(a.key, b.key); });
  return lines;
}

struct Wording {
  std::string place_name, place_title, spread_name, spread_title, repeats_title;
};

Table speed_table(const Rows& rows, const Wording& words) {
  Table table;
  const std::vector<std::string> stages = stages_in(rows);
  table.columns = {key_column("device", "Device"), key_column(words.place_name, words.place_title),
                   key_column("backbone", "Backbone"), key_column("method", "Inference")};
  for (const std::string& stage : stages)
    table.columns.push_back(seconds_column(stage + "_s", stage));
  if (!words.spread_name.empty())
    table.columns.push_back(seconds_column(words.spread_name, words.spread_title));
  Column repeats;
  repeats.name = "repeats";
  repeats.title = words.repeats_title;
  repeats.digit_count = 0;
  table.columns.push_back(repeats);
  std::string block;
  for (const SpeedLine& line : pivot(rows, words.place_name)) {
    Row row;
    const std::string place =
        words.place_name == "dataset" ? dataset_label(line.key.place) : line.key.place;
    const std::string device =
        line.key.device + (line.key.hardware.empty() ? "" : ": " + line.key.hardware);
    row.cells = {text_cell(device), text_cell(place), text_cell(backbone_label(line.key.backbone)),
                 text_cell(method_label(line.key.method))};
    for (const std::string& stage : stages) {
      const auto found = line.seconds.find(stage);
      row.cells.push_back(number_cell(found == line.seconds.end() ? std::nullopt : found->second));
    }
    if (!words.spread_name.empty()) row.cells.push_back(number_cell(line.spread));
    row.cells.push_back(number_cell(static_cast<double>(line.repeats)));
    const std::string here = device + "\n" + place + "\n" + line.key.backbone;
    row.starts_block = here != block;
    block = here;
    table.rows.push_back(std::move(row));
  }
  return table;
}

}  // namespace

Section speed_section(const SectionInput& input) {
  Section section;
  section.id = "speed";
  section.title = "Speed";
  section.empty_message = "No times have been measured yet.";
  for (const std::string& experiment : input.experiments) {
    const std::string where = " WHERE experiment = " + sql_quoted(experiment);
    const Rows profiles(input.store,
                        "SELECT device, hardware, extent, backbone, method, k, variant, stage, "
                        "seconds_median AS seconds, seconds_iqr AS spread, repeats FROM v_speed" +
                            where + " ORDER BY run, stage");
    if (!profiles.empty()) {
      Table table =
          speed_table(profiles, {"extent", "Volume", "total_iqr_s", "total IQR", "repeats"});
      table.id = id_for("speed", experiment, input);
      table.title = "Stage times of the profiles" + title_suffix(experiment, input);
      table.notes = {
          "Median over repeats after a warm-up, the device synchronised at every stage's end; IQR "
          "is the range "
          "between the quartiles of the total.",
          "The paper's times (Table 2) stand beside ours in the cost part of the comparison."};
      section.tables.push_back(std::move(table));
    }
    const Rows cases(
        input.store,
        "SELECT device, hardware, dataset, backbone, method, k, variant, stage, avg(seconds) AS "
        "seconds, NULL AS spread, count(DISTINCT case_id) AS repeats FROM v_case_times" +
            where + " GROUP BY device, hardware, dataset, backbone, method, k, variant, stage");
    if (!cases.empty()) {
      Table table = speed_table(cases, {"dataset", "Dataset", "", "", "cases"});
      table.id = id_for("case_times", experiment, input);
      table.title = "Time per case during the evaluations" + title_suffix(experiment, input);
      table.notes = {
          "Mean over test cases, measured once each while the evaluation ran; other tasks may have "
          "shared the "
          "machine."};
      section.tables.push_back(std::move(table));
    }
  }
  return section;
}

}  // namespace nmsw::reporting
