#include "runners/commands/status_lines.h"

#include <cmath>
#include <ctime>

#include <fmt/format.h>

#include "nmsw/base/readable.h"

namespace nmsw::runners {
namespace {

std::string task_title(const results::TaskRecord& task) {
  std::string title = task.key.substr(0, 10) + ' ' + task.kind;
  for (const std::string* word :
       {&task.dataset, &task.backbone, &task.scheme, &task.method, &task.k}) {
    if (!word->empty()) title += ' ' + *word;
  }
  title += fmt::format(" seed {}", task.seed);
  return task.fold == results::kNoFold ? title : title + fmt::format(" fold {}", task.fold);
}

/// "2026-11-30 22:10:03 UTC" of an ISO time.
std::string moment(const std::string& iso) {
  return iso.size() < 19 ? iso : iso.substr(0, 10) + ' ' + iso.substr(11, 8) + " UTC";
}

/// Seconds since 1970; NaN for what is no ISO time.
double seconds_of(const std::string& iso) {
  std::tm time{};
  const char* rest = strptime(iso.c_str(), "%Y-%m-%dT%H:%M:%S", &time);
  return rest == nullptr ? std::nan("") : static_cast<double>(timegm(&time));
}

std::string curve_line(const results::CurveEnd& curve) {
  if (curve.epoch < 0) return "";
  std::string line =
      fmt::format("    epoch {} done: loss {:.4f}", curve.epoch + 1, curve.train_loss);
  if (curve.validation_epoch >= 0) {
    line +=
        fmt::format("; validation {:.4f} (epoch {}), best {:.4f} (epoch {})", curve.validation_loss,
                    curve.validation_epoch + 1, curve.best_validation_loss, curve.best_epoch + 1);
    if (!std::isnan(curve.validation_dice))
      line += fmt::format(", Dice {:.3f}", curve.validation_dice);
  }
  return line + '\n';
}

}  // namespace

std::string loss_of(const results::TaskState& state, double now_s, bool gone) {
  if (gone) return "its process is gone";
  if (state.lease_until_s > now_s) return "";
  return "no sign of life, its lease ran out at " + moment(results::iso_time(state.lease_until_s));
}

std::string running_lines(const results::TaskState& state, double now_s, const std::string& loss) {
  std::string line = fmt::format("  {} {}: {:.0f} %", loss.empty() ? "running" : "lost",
                                 task_title(state.task), state.progress * 100);
  if (!state.progress_text.empty()) line += ", " + state.progress_text;
  line += " (" + state.worker + ')';
  if (!state.started.empty()) line += ", since " + moment(state.started);
  const double elapsed = now_s - seconds_of(state.started);
  if (loss.empty() && elapsed >= 0) line += " (" + readable_seconds(elapsed) + ')';
  if (!loss.empty()) line += "; " + loss + "; the next `nmsw run` goes on with it";
  return line + '\n' + curve_line(state.curve);
}

std::string failed_lines(const results::TaskState& state) {
  std::string error;
  for (const char letter : state.last_error)
    error += letter == '\n' ? "\n    " : std::string(1, letter);
  const std::string log = state.log.empty() ? "" : "    log: " + state.log + '\n';
  return fmt::format("  failed {} after {} attempt(s): {}\n{}", task_title(state.task),
                     state.attempts, error, log);
}

}  // namespace nmsw::runners
