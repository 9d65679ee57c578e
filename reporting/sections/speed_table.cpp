#include "reporting/comparison.h"
#include "reporting/rows.h"
#include "reporting/sections/sections.h"
#include "reporting/sections/stage_bars.h"
#include "reporting/stage_times.h"

namespace nmsw::reporting {
namespace {

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

struct Wording {
  std::string place_name, place_title, spread_name, spread_title, repeats_title;
};

Table speed_table(const std::vector<StageTimes>& lines, const Wording& words) {
  Table table;
  const std::vector<std::string> stages = stages_of(lines);
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
  for (const StageTimes& line : lines) {
    Row row;
    const std::string place =
        words.place_name == "dataset" ? dataset_label(line.place) : line.place;
    const std::string device = device_text(line);
    row.cells = {text_cell(device), text_cell(place), text_cell(backbone_label(line.backbone)),
                 text_cell(method_label(line.method))};
    for (const std::string& stage : stages) {
      const auto found = line.seconds.find(stage);
      row.cells.push_back(number_cell(found == line.seconds.end() ? std::nullopt : found->second));
    }
    if (!words.spread_name.empty()) row.cells.push_back(number_cell(line.spread));
    row.cells.push_back(number_cell(static_cast<double>(line.repeats)));
    const std::string here = device + "\n" + place + "\n" + line.backbone;
    row.starts_block = here != block;
    block = here;
    table.rows.push_back(std::move(row));
  }
  return table;
}

void add_figure(Section& section, const std::vector<StageTimes>& lines, const std::string& id,
                const std::string& title, const std::string& caption) {
  std::optional<Figure> figure = stage_bars(lines);
  if (!figure) return;
  figure->id = id;
  figure->title = title;
  figure->caption = caption;
  section.figures.push_back(std::move(*figure));
}

void add_profiles(Section& section, const std::string& experiment, const SectionInput& input) {
  const Rows rows(input.store,
                  "SELECT device, hardware, extent, backbone, method, k, variant, stage, "
                  "seconds_median AS seconds, seconds_iqr AS spread, repeats FROM v_speed WHERE "
                  "experiment = " +
                      sql_quoted(experiment) + " ORDER BY run, stage");
  if (rows.empty()) return;
  const std::vector<StageTimes> lines = read_stage_times(rows, "extent");
  add_figure(section, lines, id_for("stage_times", experiment, input),
             "Stage times of the profiles" + title_suffix(experiment, input),
             "Seconds of each stage, stacked: median over repeats for one volume.");
  Table table = speed_table(lines, {"extent", "Volume", "total_iqr_s", "total IQR", "repeats"});
  table.id = id_for("speed", experiment, input);
  table.title = "Stage times of the profiles" + title_suffix(experiment, input);
  table.notes = {
      "Median over repeats after a warm-up, the device synchronised at every stage's end; IQR is "
      "the range between the quartiles of the total.",
      "The paper's times (Table 2) stand beside ours in the cost part of the comparison."};
  section.tables.push_back(std::move(table));
}

void add_case_times(Section& section, const std::string& experiment, const SectionInput& input) {
  const Rows rows(
      input.store,
      "SELECT device, hardware, dataset, backbone, method, k, variant, stage, avg(seconds) AS "
      "seconds, NULL AS spread, count(DISTINCT case_id) AS repeats FROM v_case_times WHERE "
      "experiment = " +
          sql_quoted(experiment) +
          " GROUP BY device, hardware, dataset, backbone, method, k, variant, stage");
  if (rows.empty()) return;
  const std::vector<StageTimes> lines = read_stage_times(rows, "dataset");
  add_figure(section, lines, id_for("case_stage_times", experiment, input),
             "Stage times per case during the evaluations" + title_suffix(experiment, input),
             "Seconds of each stage, stacked: mean over the test cases.");
  Table table = speed_table(lines, {"dataset", "Dataset", "", "", "cases"});
  table.id = id_for("case_times", experiment, input);
  table.title = "Time per case during the evaluations" + title_suffix(experiment, input);
  table.notes = {
      "Mean over test cases, measured once each while the evaluation ran; other tasks may have "
      "shared the machine."};
  section.tables.push_back(std::move(table));
}

}  // namespace

Section speed_section(const SectionInput& input) {
  Section section;
  section.id = "speed";
  section.title = "Speed";
  section.empty_message = "No times have been measured yet.";
  for (const std::string& experiment : input.experiments) {
    add_profiles(section, experiment, input);
    add_case_times(section, experiment, input);
  }
  return section;
}

}  // namespace nmsw::reporting
