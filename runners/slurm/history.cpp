#include "runners/slurm/history.h"

#include <algorithm>
#include <array>
#include <utility>

#include <fmt/format.h>

#include "nmsw/base/atomic_file.h"
#include "nmsw/base/error.h"

namespace nmsw::runners {
namespace {

namespace fs = std::filesystem;

std::string read_log(const fs::path& file) {
  std::error_code absent;
  if (!fs::is_regular_file(file, absent)) return "";
  try {
    return read_file(file);
  } catch (const DataError&) {
    return "";
  }
}

/// The log that holds the attempt: job ids are unique, so that at most one submission has it.
std::string log_of(const ClusterFolder& folder, const Attempt& attempt) {
  if (attempt.job.empty()) return "";
  for (const fs::path& submission : folder.all_submissions()) {
    const std::string log = read_log(submission / "logs" / (attempt.job + ".log"));
    if (!log.empty()) return log;
  }
  return "";
}

std::string cause_of(const ClusterFolder& folder, const std::string& key, const Attempt& attempt) {
  if (attempt.end) return attempt.end->how;
  return cause_in_log(log_of_attempt(log_of(folder, attempt), key, attempt.number));
}

void note(const std::string& cause, const Attempt& attempt, History& history) {
  if (cause == "timeout") ++history.timeouts;
  if (cause == "out_of_memory") ++history.out_of_memory;
  if (cause == "error") ++history.errors;
  if (cause == "node") {
    ++history.nodes;
    if (!attempt.node.empty()) history.bad_nodes.insert(attempt.node);
  }
}

}  // namespace

std::string cause_in_log(const std::string& log) {
  constexpr std::array<std::pair<const char*, const char*>, 8> kWords{
      {{"oom-kill", "out_of_memory"},
       {"oom_kill", "out_of_memory"},
       {"Out Of Memory", "out_of_memory"},
       {"DUE TO TIME LIMIT", "timeout"},
       {"DUE TO PREEMPTION", "preempted"},
       {"DUE TO JOB REQUEUE", "preempted"},
       {"DUE TO NODE FAILURE", "node"},
       {"CANCELLED AT", "cancelled"}}};
  for (const auto& [words, cause] : kWords) {
    if (log.find(words) != std::string::npos) return cause;
  }
  return "node";
}

std::string attempt_mark(const std::string& key, int64_t number) {
  return fmt::format("nmsw: attempt {} at task {}", number, key);
}

std::string log_of_attempt(const std::string& log, const std::string& key, int64_t number) {
  const std::string any_attempt = "nmsw: attempt ";
  const std::string mark = attempt_mark(key, number);
  const size_t begin = log.find(mark);
  if (begin == std::string::npos) return "";
  const size_t end = log.find(any_attempt, begin + mark.size());
  return log.substr(begin, end == std::string::npos ? end : end - begin);
}

std::string History::text() const {
  constexpr std::array<const char*, 4> kWords{"ran out of time", "ran out of memory",
                                              "vanished with their node", "could not run"};
  const std::array<int64_t, 4> counts{timeouts, out_of_memory, nodes, errors};
  std::string list;
  for (size_t i = 0; i < counts.size(); ++i) {
    if (counts[i] > 0)
      list += fmt::format("{}{} {}", list.empty() ? "" : ", ", counts[i], kWords[i]);
  }
  std::string where;
  for (const std::string& node : bad_nodes) where += (where.empty() ? " (" : ", ") + node;
  if (!where.empty()) where += ")";
  return fmt::format("{} attempts were lost: {}{}{}", losses(), list, where,
                     last_message.empty() ? "" : "; " + last_message);
}

History history_of(const ClusterFolder& folder, const std::string& key, int64_t but) {
  History history;
  for (const Attempt& attempt : folder.attempts(key)) {
    if (attempt.number == but) continue;
    const std::string cause = cause_of(folder, key, attempt);
    if (cause == "given_up" || cause == "failed") history = {};
    history.last = cause;
    history.last_message = attempt.end ? attempt.end->message : "";
    note(cause, attempt, history);
  }
  return history;
}

}  // namespace nmsw::runners
