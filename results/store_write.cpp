#include <stdexcept>

#include <fmt/format.h>

#include "results/claims.h"
#include "results/store.h"
#include "results/stored_paths.h"

namespace nmsw::results {
namespace {

/// The k of a row: its own, else the task's single one, else none in particular.
std::string k_of(const TaskRecord& task, const std::string& own) {
  if (!own.empty()) return own;
  const auto listed = listed_k(task.k);
  return listed.size() == 1 ? listed.front() : "";
}

const std::string& first_of(const std::string& own, const std::string& fallback) {
  return own.empty() ? fallback : own;
}

void write_metrics(Database& database, const Claim& claim,
                   const std::vector<MetricValue>& metrics) {
  Statement insert(database, R"(
    INSERT INTO metric_value (run_id, k, case_id, class_index, class_name, metric, value, unit, tolerance, policy,
      geometry) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?))");
  const bool several_k = listed_k(claim.task.k).size() > 1;
  for (const MetricValue& m : metrics) {
    if (several_k && m.k.empty()) {
      throw std::logic_error(
          fmt::format("task {} scores k = {}, but a value of {} for case {} does not say its k",
                      claim.task.key, claim.task.k, m.metric, m.case_id));
    }
    insert.bind(claim.run_id)
        .bind(k_of(claim.task, m.k))
        .bind(m.case_id)
        .bind(m.class_index)
        .bind(m.class_name);
    insert.bind(m.metric)
        .bind(m.value)
        .bind(m.unit)
        .bind(m.tolerance)
        .bind(m.policy)
        .bind(m.geometry)
        .run();
  }
}

void write_times(Database& database, const Claim& claim, const std::vector<StageTime>& times) {
  Statement insert(database, R"(
    INSERT INTO stage_time (run_id, device, hardware, backbone, method, k, extent, stage, seconds_median, seconds_iqr,
      repeats, case_id) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?))");
  for (const StageTime& t : times) {
    insert.bind(claim.run_id)
        .bind(t.device)
        .bind(t.hardware)
        .bind(first_of(t.backbone, claim.task.backbone));
    insert.bind(first_of(t.method, claim.task.method))
        .bind(k_of(claim.task, t.k))
        .bind(t.extent)
        .bind(t.stage);
    insert.bind(t.seconds_median).bind(t.seconds_iqr).bind(t.repeats).bind(t.case_id).run();
  }
}

void write_costs(Database& database, const Claim& claim, const TaskResult& result) {
  Statement macs(database,
                 "INSERT INTO mac_count (run_id, k, macs, macs_paper, params, params_paper) VALUES "
                 "(?, ?, ?, ?, ?, ?)");
  for (const MacCount& c : result.mac_counts) {
    macs.bind(claim.run_id)
        .bind(k_of(claim.task, c.k))
        .bind(c.macs)
        .bind(c.macs_paper)
        .bind(c.params);
    macs.bind(c.params_paper).run();
  }
  Statement pass(database,
                 "INSERT INTO pass_count (run_id, k, extent, patches_total, patches_used) VALUES "
                 "(?, ?, ?, ?, ?)");
  for (const MacCount& c : result.mac_counts) {
    if (c.extent.empty()) continue;
    pass.bind(claim.run_id).bind(k_of(claim.task, c.k)).bind(c.extent);
    pass.bind(c.patches_total).bind(c.patches_used).run();
  }
  const auto positive = [](int64_t bytes) {
    return bytes > 0 ? std::optional(bytes) : std::nullopt;
  };
  Statement memory(database,
                   "INSERT INTO peak_memory (run_id, k, kind, bytes_measured, bytes_predicted) "
                   "VALUES (?, ?, ?, ?, ?)");
  for (const PeakMemory& p : result.peak_memory) {
    memory.bind(claim.run_id)
        .bind(k_of(claim.task, p.k))
        .bind(p.kind)
        .bind(positive(p.bytes_measured));
    memory.bind(positive(p.bytes_predicted)).run();
  }
}

void write_epochs(Database& database, const Claim& claim, const std::vector<EpochLog>& epochs) {
  Statement epoch(database, R"(
    INSERT OR REPLACE INTO epoch_log (run_id, epoch, learning_rate, tau, train_loss, validation_loss, loss_terms, seconds)
    VALUES (?, ?, ?, ?, ?, ?, ?, ?))");
  for (const EpochLog& e : epochs) {
    epoch.bind(claim.run_id).bind(e.epoch).bind(e.learning_rate).bind(e.tau).bind(e.train_loss);
    epoch.bind(e.validation_loss).bind(e.loss_terms.dump()).bind(e.seconds).run();
  }
}

void write_training(Database& database, const Claim& claim, const TaskResult& result) {
  Statement so_far(database, "DELETE FROM epoch_log WHERE run_id = ?");
  so_far.bind(claim.run_id).run();
  write_epochs(database, claim, result.epochs);
  Statement weight(
      database,
      "INSERT INTO class_weight (run_id, class_index, class_name, weight) VALUES (?, ?, ?, ?)");
  for (const ClassWeight& w : result.class_weights) {
    weight.bind(claim.run_id).bind(w.class_index).bind(w.class_name).bind(w.weight).run();
  }
}

void bind_patch(Statement& statement, const PatchPick& pick) {
  statement.bind(pick.rank).bind(pick.patch_index).bind(pick.score);
  for (const int64_t start : pick.start_xyz) statement.bind(start);
  for (const int64_t size : pick.size_xyz) statement.bind(size);
}

void write_picks(Database& database, const Claim& claim, const TaskResult& result) {
  Statement pick(database, R"(
    INSERT INTO patch_pick (run_id, case_id, rank, patch_index, score, start_x, start_y, start_z, size_x, size_y,
      size_z) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?))");
  for (const PatchPick& p : result.patch_picks) {
    pick.bind(claim.run_id).bind(p.case_id);
    bind_patch(pick, p);
    pick.run();
  }
  Statement map(database, R"(
    INSERT INTO selection_map (run_id, epoch, case_id, counts_x, counts_y, counts_z, log_probability)
    VALUES (?, ?, ?, ?, ?, ?, ?))");
  Statement chosen(database, R"(
    INSERT INTO selection_pick (run_id, epoch, case_id, rank, patch_index, score, start_x, start_y, start_z, size_x,
      size_y, size_z) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?))");
  for (const SelectionMap& m : result.selection_maps) {
    map.bind(claim.run_id).bind(m.epoch).bind(m.case_id);
    for (const int64_t count : m.counts_xyz) map.bind(count);
    map.bind(nlohmann::json(m.log_probability).dump()).run();
    for (const PatchPick& p : m.picks) {
      chosen.bind(claim.run_id).bind(m.epoch).bind(m.case_id);
      bind_patch(chosen, p);
      chosen.run();
    }
  }
}

void write_slices(Database& database, const Claim& claim, const std::vector<CaseSlice>& slices) {
  Statement slice(database, R"(
    INSERT INTO case_slice (run_id, case_id, plane, position, extent_x, extent_y, extent_z, spacing_x_mm, spacing_y_mm,
      spacing_z_mm, columns, rows, grey, label, prediction, k)
    VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?))");
  for (const CaseSlice& s : slices) {
    slice.bind(claim.run_id).bind(s.case_id).bind(s.plane).bind(s.position);
    for (const int64_t extent : s.extent_xyz) slice.bind(extent);
    for (const double spacing : s.spacing_xyz_mm) slice.bind(spacing);
    slice.bind(s.columns).bind(s.rows).bind(s.grey).bind(s.label);
    slice.bind(s.prediction.empty() ? std::nullopt : std::optional(s.prediction)).bind(s.k).run();
  }
}

void write_files(Database& database, const Claim& claim, const TaskResult& result) {
  Statement artifact(
      database, "INSERT INTO artifact (run_id, kind, path, sha256, bytes) VALUES (?, ?, ?, ?, ?)");
  for (const Artifact& a : result.artifacts) {
    artifact.bind(claim.run_id).bind(a.kind).bind(stored_path(a.path, database.file()));
    artifact.bind(a.sha256).bind(a.bytes).run();
  }
}

}  // namespace

Written ResultStore::log_epoch(const Claim& claim, const EpochLog& epoch) {
  Database& database = *database_;
  Transaction transaction(database);
  if (!is_current(database, claim)) return Written::superseded;
  write_epochs(database, claim, {epoch});
  transaction.commit();
  return Written::stored;
}

Written ResultStore::finish(const Claim& claim, const RunRecord& run, const TaskResult& result) {
  Database& database = *database_;
  Transaction transaction(database);
  if (!is_current(database, claim)) return Written::superseded;
  write_metrics(database, claim, result.metrics);
  write_times(database, claim, result.stage_times);
  write_costs(database, claim, result);
  write_training(database, claim, result);
  write_picks(database, claim, result);
  write_slices(database, claim, result.slices);
  write_files(database, claim, result);
  close_run(database, claim, with_end(run, now_s()), "done", "");
  Statement done(database,
                 "UPDATE task SET state = 'done', done_run = ?, progress = 1, progress_text = '', "
                 "last_error = '' "
                 "WHERE key = ?");
  done.bind(claim.run_id).bind(claim.task.key).run();
  transaction.commit();
  return Written::stored;
}

}  // namespace nmsw::results
