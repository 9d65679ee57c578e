#include "reporting/conventions.h"

#include <algorithm>
#include <set>

#include <fmt/format.h>

#include "reporting/mixed_data.h"
#include "reporting/patch_order.h"
#include "reporting/rows.h"
#include "reporting/tolerance_note.h"

namespace nmsw::reporting {
namespace {

std::string joined(const std::set<std::string>& words) {
  std::string text;
  for (const std::string& word : words) text += (text.empty() ? "" : ", ") + word;
  return text;
}

std::set<std::string> column_values(const Rows& rows, const std::string& column) {
  std::set<std::string> values;
  for (size_t i = 0; i < rows.size(); ++i) {
    if (!rows.text(i, column).empty()) values.insert(rows.text(i, column));
  }
  return values;
}

std::string policy_sentence(const std::string& policy) {
  if (policy == "monai") {
    return "Absent classes (policy monai): a class without voxels in the label does not count for "
           "DSC; for NSD it counts 0 "
           "if predicted all the same, and not at all if absent from both.";
  }
  if (policy == "deepmind") {
    return "Absent classes (policy deepmind): a class without voxels in the label does not count; "
           "a class that only the "
           "prediction lacks scores 0.";
  }
  return "Absent classes: policy " + policy + ".";
}

std::string geometry_sentence(const std::string& geometry) {
  if (geometry == "original") return "Scored on the grid of the original scan.";
  if (geometry == "prepared")
    return "Scored on the prepared (resampled, cropped) grid, as the authors do.";
  return "Scored on the grid '" + geometry + "'.";
}

std::vector<std::string> reordered_notes(const results::ResultStore& store,
                                         const std::vector<ComparisonRow>& rows) {
  const auto reordered = reordered_datasets(store, rows.front().experiment);
  std::vector<std::string> notes;
  for (const std::string& dataset : datasets_of(rows)) {
    const auto found = reordered.find(dataset);
    if (found == reordered.end()) continue;
    notes.push_back(fmt::format(
        "WARNING, ANOTHER ORDER: on {} the experiment sets evaluation.order, so that the rows of "
        "NMSW are those of the order '{}', not of the learned one. Name such an order under "
        "evaluation.orders: the tables then keep the two apart.",
        dataset_label(dataset), order_label(found->second)));
  }
  return notes;
}

/// A warning for each data set whose validation cases are scored.
std::vector<std::string> validation_notes(const results::ResultStore& store,
                                          const std::string& experiment) {
  const Rows rows(store,
                  "SELECT DISTINCT dataset FROM v_finished WHERE kind = 'evaluate' AND "
                  "json_valid(config_json) AND json_extract(config_json, '$.evaluation.cases') = "
                  "'validation' AND experiment = " +
                      sql_quoted(experiment));
  std::vector<std::string> notes;
  for (size_t i = 0; i < rows.size(); ++i) {
    notes.push_back(fmt::format(
        "WARNING: {}: validation cases are scored (evaluation.cases). Weights and settings are "
        "chosen on them, so these scores say little of new cases.",
        dataset_label(rows.text(i, "dataset"))));
  }
  return notes;
}

}  // namespace

DataSource data_source(const results::ResultStore& store, const std::string& experiment,
                       const std::string& dataset) {
  const Rows rows(store,
                  "SELECT DISTINCT json_extract(t.config_json, '$.data.source') AS source FROM "
                  "task t JOIN experiment_task x "
                  "ON x.task_id = t.id JOIN experiment e ON e.id = x.experiment_id WHERE t.kind = "
                  "'evaluate' AND "
                  "json_valid(t.config_json) AND e.name = " +
                      sql_quoted(experiment) + " AND t.dataset = " + sql_quoted(dataset));
  const std::set<std::string> sources = column_values(rows, "source");
  if (sources.count("phantom") != 0) return DataSource::phantom;
  return sources.count("real") != 0 ? DataSource::real : DataSource::unknown;
}

std::string data_kind(const results::ResultStore& store, const std::string& experiment,
                      const std::vector<std::string>& datasets) {
  std::string text;
  for (const auto& [source, words] :
       {std::pair(DataSource::phantom, "phantoms"), std::pair(DataSource::real, "real cases"),
        std::pair(DataSource::unknown, "cases of unknown kind")}) {
    std::string names;
    for (const std::string& dataset : datasets) {
      if (data_source(store, experiment, dataset) == source)
        names += (names.empty() ? "" : ", ") + dataset_label(dataset);
    }
    if (!names.empty()) text += fmt::format("{}{} ({})", text.empty() ? "" : ", ", words, names);
  }
  return text;
}

std::map<std::string, OrderSettings> reordered_datasets(const results::ResultStore& store,
                                                        const std::string& experiment) {
  const Rows rows(store,
                  "SELECT DISTINCT dataset, json_extract(config_json, '$.evaluation.order') AS "
                  "patch_order FROM v_finished WHERE kind = 'evaluate' AND method = 'nmsw' AND "
                  "variant = '' AND json_valid(config_json) AND experiment = " +
                      sql_quoted(experiment));
  std::map<std::string, OrderSettings> found;
  for (size_t i = 0; i < rows.size(); ++i) {
    const auto order = enum_from_name<PatchOrder>(rows.text(i, "patch_order"));
    if (order && *order != PatchOrder::scores) found[rows.text(i, "dataset")].order = *order;
  }
  return found;
}

std::vector<std::string> data_notes(const results::ResultStore& store,
                                    const std::vector<ComparisonRow>& rows) {
  std::string phantoms, phantoms_of_paper, real, unknown;
  for (const std::string& dataset : datasets_of(rows)) {
    const ComparisonRow& row =
        *std::find_if(rows.begin(), rows.end(),
                      [&](const ComparisonRow& other) { return other.dataset == dataset; });
    const DataSource source = data_source(store, row.experiment, dataset);
    std::string& list = source == DataSource::phantom ? phantoms
                        : source == DataSource::real  ? real
                                                      : unknown;
    int64_t cases = 0;
    for (const ComparisonRow& other : rows) {
      if (other.dataset == dataset) cases = std::max({cases, other.cases, other.cases_expected});
    }
    list += (list.empty() ? "" : ", ") + dataset_label(dataset);
    if (cases > 0) list += fmt::format(" ({} test cases)", cases);
    if (source == DataSource::phantom && is_paper_dataset(dataset)) phantoms_of_paper = phantoms;
  }
  std::vector<std::string> notes;
  if (!rows.empty()) {
    notes = mixed_data_notes(store, rows.front().experiment, datasets_of(rows));
    for (const std::string& note : reordered_notes(store, rows)) notes.push_back(note);
  }
  if (!phantoms.empty())
    notes.push_back("PHANTOM DATA: " + phantoms + ": generated volumes, not patients.");
  if (!phantoms_of_paper.empty()) {
    notes.back() +=
        " The paper's values are from real scans: compare the methods with one another, not these "
        "scores with "
        "the paper's.";
  }
  if (!real.empty()) notes.push_back("Real cases: " + real + ".");
  if (!unknown.empty())
    notes.push_back("The database does not say whether these cases are real: " + unknown + ".");
  return notes;
}

std::vector<std::string> score_notes(const results::ResultStore& store,
                                     const std::string& experiment,
                                     const std::vector<ComparisonRow>& rows) {
  int64_t seeds = 0, folds = 0;
  for (const ComparisonRow& row : rows) {
    seeds = std::max(seeds, row.seeds_expected);
    folds = std::max(folds, row.folds);
  }
  const std::string where = " WHERE experiment = " + sql_quoted(experiment);
  std::vector<std::string> notes = validation_notes(store, experiment);
  notes.emplace_back(
      "DSC and NSD lie in 0…1. Each is the mean over classes (background excluded) of the mean "
      "over cases, then the mean over seeds. The paper's are pooled over all pairs of a case and a "
      "class: Δ is the score pooled likewise minus the paper's, so it may differ from the score "
      "shown minus the paper's.");
  if (const auto note = tolerance_note(store, experiment, rows))
    notes.push_back(*note +
                    " The paper's NSD counts surface voxels within 2 voxels, without spacing.");
  const Rows kept(
      store,
      "SELECT DISTINCT s.policy, s.geometry FROM v_scores s JOIN v_finished f ON f.run = s.run AND "
      "f.experiment = " +
          sql_quoted(experiment) + " WHERE s.metric IN ('dsc', 'nsd')");
  for (const std::string& policy : column_values(kept, "policy"))
    notes.push_back(policy_sentence(policy));
  for (const std::string& geometry : column_values(kept, "geometry"))
    notes.push_back(geometry_sentence(geometry));
  const Rows seed_rows(store, "SELECT DISTINCT seed FROM v_cells" + where);
  notes.push_back("Seeds: " + joined(column_values(seed_rows, "seed")) +
                  (folds > 1   ? "; ± is the sample standard deviation over seeds and folds."
                   : seeds > 1 ? "; ± is the sample standard deviation over seeds."
                               : "."));
  if (folds > 0) {
    notes.push_back(
        fmt::format("Cross-validation: each case is scored by the fold, of {}, that did not train "
                    "on it; scores are means over folds.",
                    folds));
  }
  return notes;
}

std::string mac_convention_note() {
  return "MACs and parameters (paper) follow the convention that reproduces the paper's Table 2 "
         "(thop): transposed "
         "convolutions at output resolution, attention products not counted, the global pass "
         "included "
         "also "
         "for SW. MACs and parameters (true) count what is computed. 1 T = 10^12 MACs, 1 M = 10^6 "
         "parameters.";
}

std::vector<std::string> cost_notes(const results::ResultStore& store,
                                    const std::string& experiment) {
  const std::string where = " WHERE experiment = " + sql_quoted(experiment);
  std::vector<std::string> notes{mac_convention_note()};
  const Rows kinds(store, "SELECT DISTINCT kind FROM v_costs" + where);
  const std::set<std::string> sources = column_values(kinds, "kind");
  if (!sources.empty() && sources.count("profile") == 0) {
    notes.emplace_back(
        "MACs and parameters are those of the evaluations, with the datasets' own volumes, classes "
        "and "
        "networks; the paper's are for one 480×480×480 volume and 20 classes.");
  } else if (!sources.empty()) {
    notes.emplace_back(
        "MACs, parameters and times are those of the profile; the paper's are for one 480×480×480 "
        "volume, 20 "
        "classes, patch 128×128×128, overlap 0.5, on an H100 (GPU) and a Xeon Gold (CPU).");
  }
  const Rows speed(store, "SELECT DISTINCT device, hardware, extent FROM v_speed" + where +
                              " AND kind = 'profile'");
  for (size_t i = 0; i < speed.size(); ++i) {
    notes.push_back(fmt::format("Times on {}: {}, volume {}.", speed.text(i, "device"),
                                speed.text(i, "hardware"), speed.text(i, "extent")));
  }
  notes.emplace_back(
      "Memory is the measured peak in 10^9 bytes (GB), of the GPU where there was one, else of the "
      "host.");
  return notes;
}

std::string ranking_note() {
  return "Best, second and third of each backbone are marked (bold, underlined, italic) among "
         "complete cells; cells that are not complete show what is there and are not ranked. With "
         "6 test cases or more, or several seeds, a rank inside noise is not marked: the "
         "paired 95 % interval over cases must tell the cell from its neighbours in the ranking. Δ "
         "is "
         "measured minus the paper's value, scores pooled; \"-\" stands where the paper prints a "
         "dash, \"not "
         "run\" where this experiment asks for nothing.";
}

}  // namespace nmsw::reporting
