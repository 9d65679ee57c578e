#include "results/time_left.h"

#include <algorithm>

#include "results/sqlite.h"

namespace nmsw::results {
namespace {

/// Below it a task's own time says little about its rest.
constexpr double kTellingShare = 0.05;

/// What a task shares with others, from the closest kin to all.
std::vector<std::string> kinships(const TaskRecord& task) {
  const std::string of_backbone = task.kind + ' ' + task.backbone;
  return {of_backbone + ' ' + task.method + task.scheme, of_backbone, task.kind, ""};
}

/// When the running attempt of a task began, by the key, for first attempts.
std::map<std::string, double> first_starts_s(Database& database) {
  Statement rows(database, R"(
    SELECT t.key, CAST(strftime('%s', r.started) AS REAL) FROM task t JOIN run r ON r.task_id = t.id AND r.attempt = t.attempt
    WHERE t.state = 'running' AND t.attempt = 1)");
  std::map<std::string, double> starts;
  while (rows.next()) starts.emplace(rows.text(0), rows.real(1));
  return starts;
}

}  // namespace

Pace Pace::of(Database& database) {
  Statement rows(database, R"(
    SELECT t.kind, t.backbone, t.method, t.scheme, t.predicted_s,
      CAST(strftime('%s', r.finished) AS REAL) - CAST(strftime('%s', r.started) AS REAL)
    FROM task t JOIN run r ON r.id = t.done_run WHERE t.predicted_s > 0 AND r.attempt = 1)");
  Pace pace;
  while (rows.next()) {
    TaskRecord task;
    task.kind = rows.text(0);
    task.backbone = rows.text(1);
    task.method = rows.text(2);
    task.scheme = rows.text(3);
    for (const std::string& kinship : kinships(task)) {
      pace.sums_[kinship].predicted_s += rows.real(4);
      pace.sums_[kinship].measured_s += rows.real(5);
    }
  }
  return pace;
}

double Pace::of_task(const TaskRecord& task) const {
  for (const std::string& kinship : kinships(task)) {
    const auto found = sums_.find(kinship);
    if (found != sums_.end()) return found->second.measured_s / found->second.predicted_s;
  }
  return 1;
}

double time_left_s(Database& database, const std::vector<TaskState>& tasks, double now_s) {
  const Pace pace = Pace::of(database);
  const std::map<std::string, double> starts = first_starts_s(database);
  double sum = 0;
  int64_t running = 0;
  for (const TaskState& state : tasks) {
    const double whole = state.task.predicted_s * pace.of_task(state.task);
    if (state.state == "pending") sum += whole;
    if (state.state != "running") continue;
    ++running;
    const auto start = starts.find(state.task.key);
    const bool tells = start != starts.end() && state.progress >= kTellingShare;
    sum +=
        tells ? (now_s - start->second) * (1 / state.progress - 1) : whole * (1 - state.progress);
  }
  return sum / static_cast<double>(std::max<int64_t>(1, running));
}

}  // namespace nmsw::results
