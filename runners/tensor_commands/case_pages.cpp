#include <filesystem>
#include <iostream>
#include <set>

#include "datasets/preparation/preprocess_config.h"
#include "nmsw/base/atomic_file.h"
#include "nmsw/base/error.h"
#include "nmsw/tensor/device_arithmetic.h"
#include "reporting/extreme_cases.h"
#include "reporting/rows.h"
#include "runners/options/case_pages_options.h"
#include "runners/options/verb_plan.h"
#include "runners/planning/tasks/task_specs.h"
#include "runners/tasks/case_view.h"
#include "runners/tasks/stored_checkpoint.h"
#include "runners/tensor_commands/page_parts.h"
#include "runners/tensor_commands/tensor_commands.h"

namespace nmsw::runners {
namespace {

namespace fs = std::filesystem;
using reporting::ShownCase;
using reporting::sql_quoted;

/// An evaluation that scored the case.
struct Scoring {
  std::string task_key, method, class_weight;
};

/// One for each row of the tables: the first seed and fold.
std::vector<Scoring> scorings_of(const results::ResultStore& store, const ShownCase& shown) {
  const reporting::Rows rows(
      store, fmt::format("SELECT f.task_key, f.method, f.class_weight FROM v_finished f JOIN "
                         "v_case_sums s ON s.run_id = f.run WHERE f.variant = '' AND f.experiment "
                         "= {} AND f.dataset = {} AND f.backbone = {} AND s.case_id = {} GROUP BY "
                         "f.task_key ORDER BY f.seed, f.fold, f.task_key",
                         sql_quoted(shown.experiment), sql_quoted(shown.dataset),
                         sql_quoted(shown.backbone), sql_quoted(shown.case_id)));
  std::vector<Scoring> scorings;
  std::set<std::pair<std::string, std::string>> seen;
  for (size_t i = 0; i < rows.size(); ++i) {
    Scoring scoring{rows.text(i, "task_key"), rows.text(i, "method"), rows.text(i, "class_weight")};
    if (seen.emplace(scoring.method, scoring.class_weight).second)
      scorings.push_back(std::move(scoring));
  }
  std::stable_sort(scorings.begin(), scorings.end(), [](const Scoring& a, const Scoring& b) {
    return reporting::method_before({a.method, "", a.class_weight, ""},
                                    {b.method, "", b.class_weight, ""});
  });
  return scorings;
}

/// As they were stored.
std::vector<reporting::ClassScore> stored_scores(const results::ResultStore& store,
                                                 const std::string& task_key,
                                                 const std::string& case_id, const std::string& k) {
  const reporting::Rows rows(
      store, fmt::format("SELECT m.class_index, max(CASE WHEN m.metric = 'dsc' THEN m.value END) "
                         "AS dsc, max(CASE WHEN m.metric = 'nsd' THEN m.value END) AS nsd FROM "
                         "v_finished f JOIN metric_value m ON m.run_id = f.run WHERE f.task_key = "
                         "{} AND m.case_id = {} AND m.k = {} GROUP BY m.class_index ORDER BY 1",
                         sql_quoted(task_key), sql_quoted(case_id), sql_quoted(k)));
  std::vector<reporting::ClassScore> scores;
  for (size_t i = 0; i < rows.size(); ++i) {
    scores.push_back({rows.count(i, "class_index"), rows.number(i, "dsc"), rows.number(i, "nsd")});
  }
  return scores;
}

class PageMaker {
 public:
  explicit PageMaker(const CasePagesOptions& options)
      : options_(options), store_(results::ResultStore::open_read_only(options.database)) {
    context_.cache = options.cache;
    context_.device = resolve_device(options.device);
    use_arithmetic(options.arithmetic, context_.device);
    context_.checkpoint_of = [this](const std::string& key) {
      return stored_checkpoint(store_, key);
    };
  }

  /// returns how many pages were written
  int64_t make_all();

 private:
  /// Nothing where no method could be shown.
  std::optional<reporting::CasePage> page_of(const ShownCase& shown) const;
  void add(const Scoring& scoring, const ShownCase& shown, reporting::CasePage& page) const;

  const CasePagesOptions& options_;
  results::ResultStore store_;
  TaskContext context_;
};

/// The first channel, with what is shown black and white.
void set_scan(datasets::PreparedCase prepared, const EvaluateSpec& spec,
              reporting::CasePage& page) {
  prepared.image.voxels.resize(static_cast<size_t>(prepared.image.geometry.voxel_count()));
  const auto first = datasets::channel_preparations(spec.data.descriptor).front();
  const bool is_share = first.intensity == datasets::IntensityRule::window ||
                        first.intensity == datasets::IntensityRule::percentile;
  const auto [low, high] = is_share ? std::array<double, 2>{0, 1} : shown_range(prepared.image);
  page.window_low = low;
  page.window_high = high;
  page.scan = std::move(prepared.image);
  page.label = std::move(prepared.label);
  page.classes = page_classes(spec.data.descriptor.classes);
}

void PageMaker::add(const Scoring& scoring, const ShownCase& shown,
                    reporting::CasePage& page) const {
  const auto state = store_.task(scoring.task_key);
  if (!state) return;
  CaseView view = view_case(state->task, shown.case_id, context_);
  const Geometry grid = view.prepared.image.geometry;
  if (page.scan.voxels.empty()) {
    const auto spec =
        read_config<EvaluateSpec>(ConfigNode::parse(state->task.config_json, scoring.task_key));
    set_scan(std::move(view.prepared), spec, page);
  }
  for (CaseSegmentation& one : view.segmentations) {
    page.predictions.push_back(
        {reporting::method_label({scoring.method, one.k, scoring.class_weight, ""}),
         std::move(one.classes), stored_scores(store_, scoring.task_key, shown.case_id, one.k),
         page_patches(one.patches, grid, grid)});
  }
}

std::optional<reporting::CasePage> PageMaker::page_of(const ShownCase& shown) const {
  reporting::CasePage page;
  page.title = fmt::format("{}: {}, {}", reporting::dataset_label(shown.dataset), shown.case_id,
                           reporting::backbone_label(shown.backbone));
  for (const Scoring& scoring : scorings_of(store_, shown)) {
    try {
      add(scoring, shown, page);
    } catch (const DataError& fault) {
      tell_on_stderr(
          fmt::format("{}: {} is not shown: {}", page.title, scoring.method, fault.what()));
    }
  }
  if (page.predictions.empty()) return std::nullopt;
  page.notes.emplace_back(
      "Scan, label and predictions are on the grid that the networks see; the scores are those of "
      "the tables.");
  return page;
}

int64_t PageMaker::make_all() {
  std::vector<std::string> experiments = store_.experiments();
  if (!options_.experiment.empty()) {
    require_choice(options_.experiment, "--experiment", experiments);
    experiments = {options_.experiment};
  }
  const std::vector<ShownCase> all = reporting::shown_cases(
      reporting::extreme_cases(store_, experiments), static_cast<size_t>(options_.count));
  fs::create_directories(options_.out);
  int64_t written = 0;
  for (const ShownCase& shown : all) {
    const auto page = page_of(shown);
    if (!page) continue;
    const fs::path file = options_.out / reporting::case_page_name(shown);
    write_text_atomically(file, reporting::render_case_page(*page));
    std::cout << file.string() << '\n' << std::flush;
    ++written;
  }
  return written;
}

}  // namespace

int case_pages_verb(const Words& arguments) {
  const auto options = parse_case_pages_options(arguments);
  if (!options) return 0;
  set_threads(0);
  if (PageMaker(*options).make_all() == 0)
    tell_on_stderr("no case can be shown: no evaluation is finished, or its files are gone");
  return 0;
}

}  // namespace nmsw::runners
