#include <algorithm>
#include <map>

#include "reporting/closed_forms.h"
#include "reporting/comparison.h"
#include "reporting/paper_numbers.h"
#include "reporting/paper_timings.h"
#include "reporting/rows.h"
#include "reporting/sections/sections.h"

namespace nmsw::reporting {
namespace {

/// A column of the table: one of the paper's devices, or another with the volume measured on it.
struct DeviceColumn {
  std::string hardware, extent;
  bool operator==(const DeviceColumn& other) const {
    return hardware == other.hardware && extent == other.extent;
  }
};

DeviceColumn column_of(const std::string& hardware, const std::string& extent, bool has_setting) {
  if (extent == kPaperVolume && has_setting) {
    for (const std::string& device : paper_devices()) {
      if (names_device(hardware, device)) return {device, extent};
    }
  }
  return {hardware, has_setting ? extent : extent + ", other settings"};
}

/// Seconds by backbone and column; the latest run counts.
using Timings = std::map<std::string, std::vector<std::pair<DeviceColumn, double>>>;

Timings read_timings(const SectionInput& input) {
  std::string experiments;
  for (const std::string& experiment : input.experiments)
    experiments += (experiments.empty() ? "" : ", ") + sql_quoted(experiment);
  const Rows rows(
      input.store,
      "SELECT s.hardware, s.device, s.extent, s.backbone, s.seconds_median AS seconds, "
      "f.config_json FROM v_speed s JOIN v_finished f ON f.run = s.run AND f.experiment = "
      "s.experiment WHERE s.kind = 'profile' AND s.method = 'sliding_window' AND s.stage = 'total' "
      "AND s.variant = '' AND s.seconds_median IS NOT NULL AND s.experiment IN (" +
          experiments + ") ORDER BY s.run DESC");
  Timings timings;
  for (size_t i = 0; i < rows.size(); ++i) {
    const std::string hardware =
        rows.text(i, "hardware").empty() ? rows.text(i, "device") : rows.text(i, "hardware");
    const DeviceColumn column =
        column_of(hardware, rows.text(i, "extent"),
                  has_paper_setting(rows.text(i, "backbone"), rows.text(i, "config_json")));
    auto& of_backbone = timings[rows.text(i, "backbone")];
    const bool is_known = std::any_of(of_backbone.begin(), of_backbone.end(),
                                      [&](const auto& entry) { return entry.first == column; });
    if (!is_known) of_backbone.emplace_back(column, *rows.number(i, "seconds"));
  }
  return timings;
}

std::vector<DeviceColumn> columns_for(const Timings& timings) {
  std::vector<DeviceColumn> columns, others;
  for (const std::string& device : paper_devices()) columns.push_back({device, kPaperVolume});
  for (const auto& [backbone, entries] : timings) {
    for (const auto& [column, seconds] : entries) {
      const auto is_it = [&c = column](const DeviceColumn& other) { return other == c; };
      if (std::none_of(columns.begin(), columns.end(), is_it) &&
          std::none_of(others.begin(), others.end(), is_it))
        others.push_back(column);
    }
  }
  std::sort(others.begin(), others.end(), [](const DeviceColumn& a, const DeviceColumn& b) {
    return a.hardware != b.hardware ? a.hardware < b.hardware : a.extent < b.extent;
  });
  columns.insert(columns.end(), others.begin(), others.end());
  return columns;
}

Column table_column(const DeviceColumn& device, bool is_of_paper) {
  Column column;
  column.name = file_word(device.hardware) + "_s";
  column.title = device.hardware;
  if (!is_of_paper) {
    column.name = file_word(device.hardware + "_" + device.extent) + "_s";
    column.title += ", " + device.extent;
  }
  column.unit = "s";
  column.digits = Digits::significant;
  column.has_reference = is_of_paper;
  return column;
}

Row backbone_row(const std::string& backbone, const Timings& timings,
                 const std::vector<DeviceColumn>& columns) {
  Row row;
  row.cells.push_back(text_cell(backbone_label(backbone)));
  for (const DeviceColumn& column : columns) {
    Cell cell = unplanned_cell();
    const auto of_backbone = timings.find(backbone);
    if (of_backbone != timings.end()) {
      for (const auto& [device, seconds] : of_backbone->second) {
        if (device == column) cell = number_cell(seconds);
      }
    }
    if (row.cells.size() <= paper_devices().size())
      cell.reference = paper_sliding_window_seconds(backbone, column.hardware);
    row.cells.push_back(cell);
  }
  return row;
}

}  // namespace

Section table_1_section(const SectionInput& input) {
  Section section;
  section.id = "table-1";
  section.title = "Sliding window by device";
  section.empty_message =
      "No sliding window has been timed: the database is empty. An experiment with a 'profile' and "
      "repeats times it.";
  if (input.experiments.empty()) return section;
  const Timings timings = read_timings(input);
  const std::vector<DeviceColumn> columns = columns_for(timings);
  Table table{"table1", "Table 1: seconds of the sliding window", {}, {}, {}};
  table.columns.emplace_back();
  table.columns[0].name = "backbone";
  table.columns[0].title = "Backbone";
  table.columns[0].is_key = true;
  for (const DeviceColumn& column : columns)
    table.columns.push_back(table_column(column, table.columns.size() <= paper_devices().size()));
  std::vector<std::string> backbones = paper_backbones();
  for (const auto& [backbone, entries] : timings) {
    if (std::find(backbones.begin(), backbones.end(), backbone) == backbones.end())
      backbones.push_back(backbone);
  }
  for (const std::string& backbone : backbones)
    table.rows.push_back(backbone_row(backbone, timings, columns));
  table.notes = {
      "Median over repeats of one volume, from the latest profile of each device. The paper's are "
      "for 480×480×480 voxels, 20 classes, patch 128×128×128, overlap 0.5; a measurement stands in "
      "its column when the device and the volume are the same.",
      "The paper's Table 2 gives other GPU times for the same sliding window (12.3, 71.1 and 99.2 "
      "s) "
      "and exchanges two of the CPU times (Swin-UNETR 1050 s, MedNeXt 2110 s).",
      "The paper's values are those of arXiv 2501.10814 v2 (MICCAI 2025 paper 0413). Version 1 "
      "gives "
      "other figures: 19.0 → 4.3 s on the GPU, 1710 → 230 s on the CPU, 87.5 → 7.95 T "
      "MACs."};
  section.tables.push_back(std::move(table));
  return section;
}

}  // namespace nmsw::reporting
