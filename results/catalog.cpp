#include "results/catalog.h"

#include <algorithm>

#include "nmsw/base/error.h"

namespace nmsw::results {

namespace {

const std::vector<NamedQuery> kCatalog{
    {"comparison", "Table 2: accuracy, cost and time of every method",
     "SELECT experiment, dataset, backbone, method, k, class_weight, variant, seeds, cases, "
     "cases_expected, dsc, dsc_sd, dsc_pooled, nsd, nsd_sd, hd95, missed, macs_paper_t, "
     "params_paper_m, gpu_s, cpu_s, memory_gb FROM v_comparison ORDER BY experiment, dataset, "
     "backbone, method, class_weight DESC, variant, CAST(k AS INTEGER) = 0, CAST(k AS INTEGER), k"},
    {"status", "tasks by experiment, kind and state",
     "SELECT experiment, kind, state, count(*) AS tasks FROM v_tasks GROUP BY experiment, kind, "
     "state ORDER BY experiment, kind, state"},
    {"running", "what runs now, where, and how far it is",
     "SELECT experiment, kind, dataset, backbone, method, k, class_weight, variant, seed, "
     "worker, round(100 * progress, 1) AS percent, "
     "progress_text FROM v_tasks WHERE state = 'running' ORDER BY experiment, kind, dataset, "
     "backbone, method, k, class_weight DESC, variant, seed, worker"},
    {"failures", "failed tasks with their messages",
     "SELECT experiment, kind, dataset, backbone, method, k, class_weight, variant, seed, "
     "attempts, last_error, full_path(log) AS log FROM "
     "v_incomplete "
     "WHERE state = 'failed' ORDER BY experiment, kind, dataset, backbone, method, k, class_weight "
     "DESC, variant, seed"},
    {"incomplete", "everything that is not done",
     "SELECT * FROM v_incomplete ORDER BY experiment, state, task_key"},
    {"classes", "mean DSC, NSD and HD95 of every class, and in how many cases it was missed",
     "SELECT experiment, dataset, backbone, method, m.k, class_weight, variant, class_index, "
     "class_name, sum(total) FILTER (WHERE metric = 'dsc') / sum(defined) FILTER (WHERE metric = "
     "'dsc') AS dsc, sum(total) FILTER (WHERE metric = 'nsd') / sum(defined) FILTER (WHERE metric "
     "= 'nsd') AS nsd, CASE WHEN coalesce(sum(m.cases - defined) FILTER (WHERE metric = 'hd95'), "
     "0) <= coalesce(sum(m.cases - defined) FILTER (WHERE metric = 'dsc'), 0) THEN sum(total) "
     "FILTER (WHERE metric = 'hd95') / sum(defined) FILTER (WHERE metric = 'hd95') END AS hd95, "
     "sum(total) FILTER (WHERE metric = 'missed') AS missed, max(m.cases) AS cases FROM v_finished "
     "f JOIN v_class_sums m ON m.run_id = f.run WHERE m.k <> 'global' GROUP BY experiment, "
     "dataset, backbone, method, m.k, class_weight, variant, class_index ORDER BY experiment, "
     "dataset, backbone, method, class_weight DESC, variant, CAST(m.k AS INTEGER) = 0, CAST(m.k AS "
     "INTEGER), m.k, class_index"},
    {"worst-cases", "the 20 cases with the lowest mean DSC",
     "SELECT experiment, dataset, backbone, method, m.k, class_weight, variant, seed, case_id, "
     "total / defined AS dsc FROM v_finished f JOIN v_case_sums m ON m.run_id = f.run WHERE metric "
     "= 'dsc' AND m.k <> 'global' AND defined > 0 ORDER BY dsc, experiment, run, m.k, case_id "
     "LIMIT 20"},
    {"undefined", "scores without a value, by class and policy",
     "SELECT experiment, dataset, backbone, method, k, class_weight, variant, metric, "
     "class_name, "
     "policy, count(*) AS undefined FROM v_cases WHERE value IS NULL AND metric <> 'missed' "
     "GROUP BY experiment, dataset, backbone, method, k, class_weight, variant, metric, "
     "class_name, policy ORDER BY experiment, dataset, backbone, method, class_weight DESC, "
     "variant, CAST(k AS INTEGER) = 0, CAST(k AS INTEGER), k, metric, class_name, policy"},
    {"top-k", "accuracy and time against the number of patches",
     "SELECT experiment, dataset, backbone, method, class_weight, variant, k, dsc, nsd, seconds, "
     "macs_paper_t FROM v_top_k ORDER BY experiment, dataset, backbone, method, class_weight "
     "DESC, variant, CAST(k AS INTEGER) = 0, "
     "CAST(k AS INTEGER), k"},
    {"gain", "DSC of every class with patches and of the global prediction alone",
     "SELECT experiment, dataset, backbone, method, k, class_weight, variant, class_index, "
     "class_name, avg(dsc) AS "
     "dsc, avg(dsc_global) AS dsc_global, avg(gain) AS gain FROM v_gain GROUP BY experiment, "
     "dataset, backbone, "
     "method, k, class_weight, variant, class_index ORDER BY experiment, dataset, backbone, "
     "method, class_weight DESC, variant, CAST(k AS INTEGER) = 0, CAST(k AS INTEGER), k, "
     "class_index"},
    {"class-weights", "the learned weight of every class",
     "SELECT experiment, dataset, backbone, variant, seed, kind, class_index, class_name, weight "
     "FROM v_class_weights ORDER BY experiment, dataset, backbone, variant, seed, kind, "
     "class_index"},
    {"validation-dice", "Dice of every class on the validation cases, epoch by epoch",
     "SELECT experiment, dataset, backbone, scheme, variant, seed, fold, epoch, class_name, dice, "
     "state FROM v_validation_dice ORDER BY experiment, dataset, backbone, scheme, class_weight "
     "DESC, variant, seed, fold, run, epoch, class_name"},
    {"local-steps", "optimiser steps that each evaluation's local network has seen",
     "SELECT experiment, dataset, backbone, method, class_weight, variant, seed, steps FROM "
     "v_local_steps ORDER BY experiment, dataset, backbone, method, class_weight DESC, variant, "
     "seed"},
    {"speed", "stage times of the profiles",
     "SELECT experiment, device, hardware, backbone, method, k, variant, extent, stage, "
     "seconds_median, seconds_iqr, repeats FROM v_speed ORDER BY experiment, device, hardware, "
     "backbone, method, CAST(k AS INTEGER) = 0, CAST(k AS INTEGER), k, variant, extent, stage, "
     "seconds_median"},
    {"costs", "MACs (T) and parameters (M) in both conventions, of the largest test case",
     "SELECT DISTINCT experiment, kind, dataset, backbone, method, k, class_weight, variant, "
     "extent, patches_used, patches_total, "
     "macs / 1e12 AS macs_t, "
     "macs_paper / 1e12 AS "
     "macs_paper_t, params / 1e6 AS params_m, params_paper / 1e6 AS params_paper_m FROM v_costs "
     "ORDER BY experiment, kind, dataset, backbone, method, class_weight DESC, variant, CAST(k AS "
     "INTEGER) = 0, CAST(k AS INTEGER), k, extent"},
    {"memory", "peak memory, measured and predicted",
     "SELECT experiment, kind, dataset, backbone, method, k, class_weight, variant, seed, "
     "memory_kind, bytes_measured / 1e9 "
     "AS measured_gb, "
     "bytes_predicted / 1e9 AS predicted_gb FROM v_memory ORDER BY experiment, kind, dataset, "
     "backbone, method, class_weight DESC, variant, CAST(k AS INTEGER) = 0, CAST(k AS INTEGER), k, "
     "seed, memory_kind"},
    {"learning-curves",
     "losses, learning rate and temperature by epoch, also of a training that still runs",
     "SELECT experiment, dataset, backbone, scheme, class_weight, variant, seed, epoch, "
     "learning_rate, tau, train_loss, "
     "validation_loss "
     "FROM v_learning_curves ORDER BY experiment, run, epoch"},
    {"training", "where the curve of each training stands, also of one that still runs",
     "SELECT experiment, dataset, backbone, scheme, class_weight, variant, seed, state, epoch, "
     "train_loss, validation_epoch, validation_loss, best_epoch, best_validation_loss FROM "
     "v_curve_ends ORDER BY experiment, run"},
    {"patches", "the patches that were chosen most often",
     "SELECT experiment, dataset, backbone, method, class_weight, variant, patch_index, count(*) "
     "AS picks, avg(rank) AS mean_rank FROM v_patch_picks GROUP BY experiment, dataset, "
     "backbone, "
     "method, class_weight, variant, patch_index ORDER BY "
     "picks DESC LIMIT 50"},
    {"files", "checkpoints and other files of finished tasks",
     "SELECT experiment, dataset, backbone, method, scheme, class_weight, variant, seed, kind, "
     "full_path(path) AS path, bytes, sha256 FROM "
     "v_artifacts ORDER BY experiment, dataset, backbone, method, class_weight DESC, variant, "
     "seed, kind, path"},
    {"provenance", "with what code, data and machine each result was made",
     "SELECT * FROM v_provenance ORDER BY run"},
    {"attempts", "every attempt at every task, with its end",
     "SELECT t.key AS task_key, t.kind, r.attempt, r.state, r.worker, r.started, r.finished, "
     "r.error FROM run r "
     "JOIN task t ON t.id = r.task_id ORDER BY t.id, r.attempt"},
};

}  // namespace

const std::vector<NamedQuery>& query_catalog() { return kCatalog; }

const NamedQuery& find_query(const std::string& name) {
  const auto& catalog = query_catalog();
  const auto found = std::find_if(catalog.begin(), catalog.end(),
                                  [&](const NamedQuery& query) { return query.name == name; });
  if (found != catalog.end()) return *found;
  std::string names;
  for (const NamedQuery& query : catalog)
    names += (names.empty() ? "" : ", ") + std::string(query.name);
  throw ConfigError("query '{}' is unknown; known: {}; or give your own with --sql", name, names);
}

}  // namespace nmsw::results
