#include "reporting/mixed_data.h"

#include <fmt/format.h>

#include "reporting/rows.h"

namespace nmsw::reporting {
namespace {

/// Digits of a digest that are shown, as many as under "Provenance".
constexpr size_t kShownDigits = 10;

/// "3f10… (2 evaluations: nmsw, sliding_window)".
std::string contents_text(const Rows& rows, size_t i) {
  const int64_t count = rows.count(i, "evaluations");
  return fmt::format("{} ({} evaluation{}: {})", rows.text(i, "data_sha").substr(0, kShownDigits),
                     count, count == 1 ? "" : "s", rows.text(i, "methods"));
}

}  // namespace

std::vector<std::string> mixed_data_notes(const results::ResultStore& store,
                                          const std::string& experiment,
                                          const std::vector<std::string>& datasets) {
  // The digest covers how cases are prepared, which presets change.
  const Rows rows(
      store,
      "SELECT f.dataset, r.data_sha, count(*) AS evaluations, "
      "group_concat(DISTINCT f.method) AS methods, "
      "json_extract(f.config_json, '$.data.fit') || json_extract(f.config_json, "
      "'$.data.descriptor') AS settings FROM v_finished f JOIN run r ON r.id = f.run WHERE f.kind "
      "= "
      "'evaluate' AND f.method <> 'template_copy' AND r.data_sha <> '' AND "
      "json_valid(f.config_json) AND f.experiment = " +
          sql_quoted(experiment) + " AND f.dataset IN " + sql_list(datasets) +
          " GROUP BY f.dataset, settings, r.data_sha ORDER BY f.dataset, settings, min(r.id)");
  std::vector<std::string> notes;
  for (size_t i = 0; i < rows.size();) {
    std::string contents = contents_text(rows, i);
    size_t end = i + 1;
    for (; end < rows.size() && rows.text(end, "dataset") == rows.text(i, "dataset") &&
           rows.text(end, "settings") == rows.text(i, "settings");
         ++end)
      contents += "; " + contents_text(rows, end);
    if (end > i + 1) {
      notes.push_back(fmt::format(
          "WARNING, DIFFERENT DATA: the evaluations on {} were made from {} different contents of "
          "its files: {}. Do not compare them with one another; run the experiment again on one "
          "state of the files, into a database of its own.",
          rows.text(i, "dataset"), end - i, contents));
    }
    i = end;
  }
  return notes;
}

}  // namespace nmsw::reporting
