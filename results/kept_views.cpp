#include "results/kept_views.h"

#include <algorithm>

#include <fmt/format.h>

#include "results/upgrade.h"

namespace nmsw::results {
namespace {

/// A view whose rows are kept where a statement names it or a view that reads it.
struct KeptView {
  std::string name;
  std::vector<std::string> readers;
};

/// Each after those that it reads.
const std::vector<KeptView>& views_to_keep() {
  static const std::vector<KeptView> views{
      {"v_class_sums", {"v_class_scores", "v_scores", "v_comparison", "v_top_k"}},
      {"v_case_sums", {"v_comparison", "v_top_k"}},
      {"v_class_scores", {"v_scores", "v_comparison", "v_top_k"}},
      {"v_comparison", {"v_top_k"}},
  };
  return views;
}

bool is_read_by(const KeptView& view, const std::string& sql) {
  const auto is_named = [&](const std::string& name) {
    return sql.find(name) != std::string::npos;
  };
  return is_named(view.name) || std::any_of(view.readers.begin(), view.readers.end(), is_named);
}

/// Replaces the temporary view by one of the rows that it has now.
void keep(Database& database, const std::string& view) {
  database.execute(
      fmt::format("DROP TABLE IF EXISTS temp.kept_{0}; "
                  "CREATE TEMP TABLE kept_{0} AS SELECT * FROM {0}; "
                  "DROP VIEW IF EXISTS temp.{0}; "
                  "CREATE TEMP VIEW {0} AS SELECT * FROM temp.kept_{0}",
                  view));
}

}  // namespace

void KeptViews::make_for(Database& database, const std::string& sql) {
  const int64_t data_version = database.number("PRAGMA data_version");
  if (data_version != data_version_) {
    for (const std::string& view : kept_)
      database.execute(fmt::format("DROP TABLE temp.kept_{}", view));
    if (!kept_.empty()) make_temporary_views(database);
    kept_.clear();
    data_version_ = data_version;
  }
  for (const KeptView& view : views_to_keep()) {
    const bool is_kept = std::find(kept_.begin(), kept_.end(), view.name) != kept_.end();
    if (is_kept || !is_read_by(view, sql)) continue;
    if (kept_.empty()) make_temporary_views(database);
    keep(database, view.name);
    kept_.emplace_back(view.name);
  }
}

}  // namespace nmsw::results
