#include <algorithm>
#include <map>
#include <optional>

#include "results/sqlite.h"
#include "results/store.h"

namespace nmsw::results {
namespace {

struct Candidate {
  int64_t id = 0;
  std::string key;
  bool done = false;
};

std::optional<Candidate> candidate(Database& database, const std::string& key) {
  Statement find(database, "SELECT id, state = 'done' FROM task WHERE key = ?");
  if (!find.bind(key).next()) return std::nullopt;
  return Candidate{find.integer(0), key, find.integer(1) != 0};
}

void set_key(Database& database, int64_t id, const std::string& key) {
  Statement update(database, "UPDATE task SET key = ? WHERE id = ?");
  update.bind(key).bind(id).run();
}

/// Experiments and tasks that ask for `other` ask for `kept` from now on.
void stand_in(Database& database, int64_t kept, int64_t other) {
  for (const char* sql :
       {"INSERT INTO experiment_task (experiment_id, task_id) SELECT experiment_id, ?1 FROM "
        "experiment_task WHERE task_id = ?2 ON CONFLICT DO NOTHING",
        "INSERT INTO task_dependency (task_id, needs_id) SELECT task_id, ?1 FROM task_dependency "
        "WHERE needs_id = ?2 AND task_id <> ?1 ON CONFLICT DO NOTHING"}) {
    Statement copy(database, sql);
    copy.bind(kept).bind(other).run();
  }
  for (const char* sql : {"DELETE FROM experiment_task WHERE task_id = ?",
                          "DELETE FROM task_dependency WHERE needs_id = ?"}) {
    Statement forget(database, sql);
    forget.bind(other).run();
  }
}

/// Returns 1 where a task has another key now.
int settle(Database& database, const std::string& key, std::vector<Candidate> group) {
  const auto first = [&](const Candidate& a, const Candidate& b) {
    if (a.done != b.done) return a.done;
    if ((a.key == key) != (b.key == key)) return a.key == key;
    return a.id < b.id;
  };
  std::sort(group.begin(), group.end(), first);
  const Candidate& kept = group.front();
  for (size_t i = 1; i < group.size(); ++i) stand_in(database, kept.id, group[i].id);
  if (kept.key == key) return 0;
  for (size_t i = 1; i < group.size(); ++i) {
    if (group[i].key != key) continue;
    set_key(database, group[i].id, "aside " + key);  // two tasks never have the same key
    set_key(database, kept.id, key);
    set_key(database, group[i].id, kept.key);
    return 1;
  }
  set_key(database, kept.id, key);
  return 1;
}

}  // namespace

int ResultStore::change_keys(const std::vector<NewKey>& changes) {
  Database& database = *database_;
  Transaction transaction(database);
  std::map<std::string, std::vector<Candidate>> groups;
  Statement configure(database, "UPDATE task SET config_json = ? WHERE id = ?");
  for (const NewKey& change : changes) {
    const auto found = candidate(database, change.old_key);
    if (!found) continue;
    configure.bind(change.config_json).bind(found->id).run();
    std::vector<Candidate>& group = groups[change.key];
    const auto same = [&](const Candidate& one) { return one.id == found->id; };
    if (std::none_of(group.begin(), group.end(), same)) group.push_back(*found);
  }
  int changed = 0;
  for (auto& [key, group] : groups) {
    const auto named_so = [&k = key](const Candidate& one) { return one.key == k; };
    if (std::none_of(group.begin(), group.end(), named_so)) {
      if (const auto holder = candidate(database, key)) group.push_back(*holder);
    }
    changed += settle(database, key, group);
  }
  transaction.commit();
  return changed;
}

}  // namespace nmsw::results
