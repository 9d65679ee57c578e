#include "runners/slurm/fold.h"

#include <set>

#include "nmsw/base/error.h"
#include "runners/slurm/history.h"

namespace nmsw::runners {
namespace {

namespace fs = std::filesystem;

constexpr double kLeaseSeconds = 120;

/// Names of the published files that the database has taken in.
std::set<std::string> known_files(const results::ResultStore& store) {
  std::set<std::string> names;
  for (const auto& row : store.query("SELECT uid FROM run").rows)
    names.insert(results::published_name(results::format_value(row.at(0))));
  return names;
}

/// A task's published files that are not known, its winner first.
std::vector<fs::path> new_files(const ClusterFolder& folder, const std::string& key,
                                const std::set<std::string>& known) {
  std::vector<fs::path> files;
  const auto add = [&](const fs::path& file) {
    if (!file.empty() && known.count(file.filename().string()) == 0) files.push_back(file);
  };
  const auto winner = folder.winner(key);
  if (winner) add(*winner);
  for (const Attempt& attempt : folder.attempts(key)) {
    if (!winner || attempt.result != *winner) add(attempt.result);
    add(attempt.failure);
  }
  return files;
}

/// A task that no attempt can do is failed in the database, once for each time it is given up.
bool fail_given_up(results::ResultStore& store, const ClusterFolder& folder,
                   const std::string& key) {
  const std::vector<Attempt> attempts = folder.attempts(key);
  if (attempts.empty() || folder.winner(key)) return false;
  const Attempt& last = attempts.back();
  if (!last.end || last.end->how != "given_up" || !last.failure.empty()) return false;
  const auto claim = store.claim("slurm " + last.job, kLeaseSeconds, {key});
  if (!claim) return false;
  results::RunRecord run;
  run.host = last.node;
  if (store.fail(*claim, run, last.end->message) != results::Written::stored) return false;
  store.publish(key, last.failure_folder());
  return true;
}

}  // namespace

FoldReport fold(results::ResultStore& store, const ClusterFolder& folder) {
  FoldReport report;
  const std::set<std::string> known = known_files(store);
  const std::vector<std::string> keys = folder.keys();
  for (const std::string& key : keys) {
    for (const fs::path& file : new_files(folder, key, known)) {
      try {
        const results::MergeReport merged = store.merge({file});
        report.results += merged.results_added;
        ++report.attempts;
        report.notes.insert(report.notes.end(), merged.conflicts.begin(), merged.conflicts.end());
      } catch (const StorageFull&) {
        throw;
      } catch (const DataError& fault) {
        ++report.damaged;
        report.notes.emplace_back(fault.what());
      }
    }
  }
  for (const std::string& key : keys) report.failed += fail_given_up(store, folder, key) ? 1 : 0;
  return report;
}

int64_t unfolded(const results::ResultStore& store, const ClusterFolder& folder) {
  const std::set<std::string> known = known_files(store);
  int64_t count = 0;
  for (const std::string& key : folder.keys())
    count += static_cast<int64_t>(new_files(folder, key, known).size());
  return count;
}

}  // namespace nmsw::runners
