#include "runners/slurm/cluster_status.h"

#include <algorithm>
#include <map>
#include <set>

#include "nmsw/base/error.h"
#include "nmsw/base/readable.h"
#include "runners/slurm/fold.h"
#include "runners/slurm/slurm_program.h"
#include "runners/slurm/submission.h"

namespace nmsw::runners {
namespace {

namespace fs = std::filesystem;

std::string listed(const std::map<std::string, int64_t>& counts) {
  std::string text;
  for (const auto& [word, count] : counts)
    text += fmt::format("{}{} {}", text.empty() ? "" : ", ", count, word);
  return text;
}

double median(std::vector<double> values) {
  std::sort(values.begin(), values.end());
  const size_t half = values.size() / 2;
  return values.size() % 2 == 1 ? values[half] : (values[half - 1] + values[half]) / 2;
}

/// Of one quantity, used against requested.
std::string usage_of(const std::string& what, const std::vector<double>& used,
                     const std::vector<double>& requested,
                     const std::function<std::string(double)>& readable) {
  if (used.empty()) return "";
  return fmt::format("{} {} of {} (at most {})", what, readable(median(used)),
                     readable(median(requested)),
                     readable(*std::max_element(used.begin(), used.end())));
}

std::vector<Attempt> all_attempts(const ClusterFolder& folder) {
  std::vector<Attempt> all;
  for (const std::string& key : folder.keys()) {
    for (Attempt& attempt : folder.attempts(key)) all.push_back(std::move(attempt));
  }
  return all;
}

std::string ends_text(const std::vector<Attempt>& attempts) {
  std::map<std::string, int64_t> counts;
  for (const Attempt& attempt : attempts)
    ++counts[attempt.end ? attempt.end->how : "without an end"];
  return listed(counts);
}

}  // namespace

std::vector<std::string> submitted_jobs(const ClusterFolder& folder) {
  std::vector<std::string> jobs;
  for (const fs::path& submission : folder.all_submissions()) {
    const SubmittedJobs submitted = jobs_of(submission);
    for (const auto& [job, tasks] : submitted.arrays) jobs.push_back(job);
    if (!submitted.merge.empty()) jobs.push_back(submitted.merge);
  }
  return jobs;
}

std::string queue_text(const std::vector<QueuedTask>& queue) {
  std::map<std::string, int64_t> reasons, others;
  std::set<std::string> nodes;
  int64_t running = 0, pending = 0;
  for (const QueuedTask& task : queue) {
    if (!is_active(task)) continue;
    if (task.state == "RUNNING") {
      ++running;
      if (!task.node.empty()) nodes.insert(task.node);
    } else if (task.state == "PENDING") {
      ++pending;
      ++reasons[task.reason];
    } else {
      std::string word = task.state;
      std::transform(word.begin(), word.end(), word.begin(),
                     [](unsigned char c) { return static_cast<char>(std::tolower(c)); });
      ++others[word];
    }
  }
  std::string on;
  for (const std::string& node : nodes) on += (on.empty() ? "" : ", ") + node;
  std::string text =
      fmt::format("{} running{}, {} pending{}", running, on.empty() ? "" : " (" + on + ")", pending,
                  reasons.empty() ? "" : " (" + listed(reasons) + ")");
  return text + (others.empty() ? "" : ", " + listed(others));
}

std::string usage_text(const std::vector<Attempt>& attempts) {
  std::vector<double> seconds, seconds_given, bytes, bytes_given;
  for (const Attempt& attempt : attempts) {
    if (!attempt.end || attempt.end->how != "done" || attempt.job.empty()) continue;
    if (attempt.time_s > 0) {
      seconds.push_back(attempt.end->seconds);
      seconds_given.push_back(static_cast<double>(attempt.time_s));
    }
    if (attempt.memory_bytes > 0) {
      bytes.push_back(static_cast<double>(attempt.end->peak_bytes));
      bytes_given.push_back(static_cast<double>(attempt.memory_bytes));
    }
  }
  const std::string time = usage_of("time", seconds, seconds_given, readable_seconds);
  const std::string memory = usage_of("memory", bytes, bytes_given, readable_bytes);
  return time + (time.empty() || memory.empty() ? "" : ", ") + memory;
}

std::vector<std::string> cluster_lines(const results::ResultStore& store,
                                       const ClusterFolder& folder) {
  const std::vector<std::string> jobs = submitted_jobs(folder);
  if (jobs.empty()) return {};
  std::vector<std::string> lines;
  try {
    lines.push_back("Slurm: " + queue_text(ask_queue(jobs)));
  } catch (const Error& fault) {
    lines.push_back(std::string("Slurm does not answer: ") + fault.what());
  }
  const std::vector<Attempt> attempts = all_attempts(folder);
  if (!attempts.empty()) lines.push_back("attempts: " + ends_text(attempts));
  if (const int64_t count = unfolded(store, folder); count > 0) {
    lines.push_back(fmt::format(
        "{} published results are not in the database yet; the merge job or 'nmsw status --fold' "
        "takes them in",
        count));
  }
  if (const std::string usage = usage_text(attempts); !usage.empty())
    lines.push_back("used of what was requested, median: " + usage);
  return lines;
}

int64_t cancel_jobs(const ClusterFolder& folder) {
  std::set<std::string> active;
  int64_t count = 0;
  for (const QueuedTask& task : ask_queue(submitted_jobs(folder))) {
    if (!is_active(task)) continue;
    active.insert(task.job);
    ++count;
  }
  if (active.empty()) return 0;
  std::vector<std::string> words{"scancel"};
  words.insert(words.end(), active.begin(), active.end());
  slurm_output(words);
  return count;
}

}  // namespace nmsw::runners
