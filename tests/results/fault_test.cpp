#include <sys/wait.h>
#include <unistd.h>

#include <cstdlib>

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sqlite3.h>

#include "nmsw/base/error.h"
#include "tests/results/canned_store.h"
#include "tests/results/databases.h"
#include "tests/results/vfs_shim.h"
#include "tests/support/environment_variable.h"

/// A store's life, in which each single thing that SQLite asks of its files fails once, or is the
/// last thing that the process does. Whoever goes on afterwards must end with the same rows as one
/// whom nothing disturbed.

namespace nmsw::results::testing {
namespace {

namespace fs = std::filesystem;

enum class Reopen { never, always };

StoreOptions calm_options() {
  StoreOptions options;
  options.clock = [] { return 1.75e9; };
  options.waiting.pause = [](int) {};
  options.waiting.tell = nullptr;
  return options;
}

/// A store that is opened when it is first used, or anew for every use.
class Opened {
 public:
  Opened(fs::path file, Reopen reopen) : file_(std::move(file)), reopen_(reopen) {}
  ResultStore* operator->() {
    if (reopen_ == Reopen::always) store_.reset();
    if (!store_) store_.emplace(ResultStore::open(file_, calm_options()));
    return &*store_;
  }

 private:
  fs::path file_;
  Reopen reopen_;
  std::optional<ResultStore> store_;
};

TaskResult result_of(const std::string& key) {
  TaskResult result;
  for (const char* name : {"c1", "c2", "c3"}) {
    for (int64_t index = 1; index <= 4; ++index)
      result.metrics.push_back(score(name, index, "dsc", 0.125 * static_cast<double>(index)));
  }
  result.artifacts = {{"checkpoint", "/srv/runs/" + key + "/model.pt", "ab", 10}};
  EpochLog epoch;
  epoch.train_loss = 0.5;
  result.epochs = {epoch};
  StageTime time;
  time.stage = "total";
  time.seconds_median = 1.5;
  result.stage_times = {time};
  result.slices = {{"c1",
                    "axial",
                    9,
                    {64, 64, 64},
                    {1, 1, 1},
                    64,
                    64,
                    std::vector<uint8_t>(64 * 64, 7),
                    std::vector<uint8_t>(64 * 64, 1),
                    {},
                    ""}};
  return result;
}

void plan_in(const fs::path& file, Reopen reopen) {
  Opened store(file, reopen);
  store->add_experiment("demo", "experiment: demo", "sha-1");
  TaskRecord needing = evaluation("e");
  needing.depends_on = {"t"};
  store->add_tasks({training("t"), needing, evaluation("z", "zoom_out")});
}

/// What a worker does; can be begun again wherever it stopped.
void work_in(const fs::path& file, Reopen reopen) {
  Opened store(file, reopen);
  store->release_lost([](const std::string&) { return true; });
  while (const auto claim = store->claim("host:1", 60, {"z", "e", "t"})) {
    const auto expect_stored = [](Written written) {
      if (written != Written::stored) throw std::logic_error("nobody else works here");
    };
    expect_stored(store->extend_lease(*claim, 60));
    expect_stored(store->report_progress(*claim, 0.5, "half"));
    expect_stored(store->finish(*claim, {}, result_of(claim->task.key)));
  }
}

/// A part of the life. prepare: what is there before, made undisturbed. live: in that folder.
struct Chapter {
  const char* name;
  void (*prepare)(const fs::path& folder);
  void (*live)(const fs::path& folder, Reopen reopen);
};

const Chapter kChapters[] = {
    {"Create", [](const fs::path&) {},
     [](const fs::path& folder, Reopen reopen) { plan_in(folder / "r.sqlite", reopen); }},
    {"Upgrade",
     [](const fs::path& folder) { make_database(stored_databases().front(), folder / "r.sqlite"); },
     [](const fs::path& folder, Reopen reopen) { plan_in(folder / "r.sqlite", reopen); }},
    {"Work", [](const fs::path& folder) { plan_in(folder / "r.sqlite", Reopen::never); },
     [](const fs::path& folder, Reopen reopen) { work_in(folder / "r.sqlite", reopen); }},
    {"Merge",
     [](const fs::path& folder) {
       plan_in(folder / "a.sqlite", Reopen::never);
       work_in(folder / "a.sqlite", Reopen::never);
       make_database(stored_databases().front(), folder / "b.sqlite");
       ResultStore::open(folder / "b.sqlite", calm_options());
       ResultStore::open(folder / "r.sqlite", calm_options());
     },
     [](const fs::path& folder, Reopen reopen) {
       Opened(folder / "r.sqlite", reopen)->merge({folder / "a.sqlite", folder / "b.sqlite"});
     }}};

/// Everything that must not depend on what happened in between: not the numbers of rows and
/// attempts.
std::vector<std::string> contents_of(const fs::path& file) {
  Database database(file, Access::read_only);
  std::vector<std::string> lines = lines_of(database, "PRAGMA integrity_check");
  const auto add = [&](const std::string& select) {
    std::vector<std::string> found = lines_of(database, select);
    std::sort(found.begin(), found.end());
    lines.insert(lines.end(), found.begin(), found.end());
  };
  add("SELECT name, config_text, config_sha, added FROM experiment");
  add("SELECT key, kind, dataset, method, k, scheme, config_json, state, worker, progress, "
      "last_error FROM task");
  add("SELECT e.name, t.key FROM experiment_task x JOIN task t ON t.id = x.task_id JOIN experiment "
      "e ON e.id = x.experiment_id");
  add("SELECT t.key, n.key FROM task_dependency d JOIN task t ON t.id = d.task_id JOIN task n ON "
      "n.id = d.needs_id");
  add("SELECT t.key, r.worker, r.state, r.\"commit\", r.started, r.finished FROM task t JOIN run r "
      "ON r.id = t.done_run");
  for (const auto& [table, columns] : columns_of_tables(database)) {
    if (columns.find("\"run_id\"") == std::string::npos) continue;
    std::string own;
    for (const std::string& column :
         lines_of(database, "SELECT '\"' || name || '\"' FROM pragma_table_info('" + table +
                                "') WHERE name NOT IN ('id', 'run_id')")) {
      own += ", x." + column.substr(0, column.size() - 1);
    }
    add("SELECT '" + table + "', coalesce(t.key, 'of no task that is done')" + own + " FROM " +
        table + " x LEFT JOIN task t ON t.done_run = x.run_id");
  }
  return lines;
}

/// What happens at the chosen action.
enum class End { error, full_disk, exit };

FileFault fault_of(FileAction action, End end) {
  const bool full = end == End::full_disk;
  switch (action) {
    case FileAction::write:
      return {full ? SQLITE_FULL : SQLITE_IOERR_WRITE, full};
    case FileAction::truncate:
      return {SQLITE_IOERR_TRUNCATE};
    case FileAction::sync:
      return {SQLITE_IOERR_FSYNC};
    case FileAction::lock:
      return {full ? SQLITE_BUSY : SQLITE_IOERR_LOCK};
    case FileAction::lock_shared:
      return {full ? SQLITE_BUSY : SQLITE_IOERR_SHMLOCK};
    case FileAction::map_shared:
      return {SQLITE_IOERR_SHMSIZE};
    case FileAction::remove:
      return {SQLITE_IOERR_DELETE};
    default:
      return {SQLITE_CANTOPEN};
  }
}

/// Where the chapters' databases lie: in memory if the system has such a folder.
std::string quick_folder() {
  return fs::is_directory("/dev/shm") ? "/dev/shm" : fs::temp_directory_path().string();
}

class Fault : public ::testing::TestWithParam<Chapter> {
 protected:
  void SetUp() override {
    chapter().prepare(before_.path());
    const nmsw::testing::TemporaryFolder calm;
    copy(before_.path(), calm.path());
    chapter().live(calm.path(), Reopen::never);
    expected_ = contents_of(calm / "r.sqlite");
    ASSERT_EQ(expected_.front(), "ok|");
    ASSERT_GT(expected_.size(), 5u);
  }

  static const Chapter& chapter() { return GetParam(); }

  static void copy(const fs::path& from, const fs::path& to) {
    for (const auto& entry : fs::directory_iterator(from))
      fs::copy_file(entry.path(), to / entry.path().filename());
  }

  /// Lives with a fault at action n, in a process of its own if the fault ends it. returns whether
  /// there was an n-th action
  static bool live_to(const fs::path& folder, int64_t n, End end) {
    int64_t actions = 0;
    const auto rule = [&](FileAction action, const std::string&) -> FileFault {
      if (action == FileAction::read || ++actions != n) return {};
      if (end == End::exit) _exit(9);
      return fault_of(action, end);
    };
    if (end != End::exit) {
      const VfsShim shim(rule);
      try {
        chapter().live(folder, Reopen::never);
      } catch (const DataError& fault) {
        EXPECT_NE(std::string(fault.what()).find(folder.string()), std::string::npos);
      }
      return actions >= n;
    }
    const pid_t child = fork();
    if (child == 0) {
      const VfsShim shim(rule);
      chapter().live(folder, Reopen::never);
      _exit(0);
    }
    int status = -1;
    waitpid(child, &status, 0);
    EXPECT_TRUE(WIFEXITED(status)) << "action " << n;
    return WEXITSTATUS(status) == 9;
  }

  /// Lives with the fault, then without, and compares. returns whether there was an n-th action
  bool goes_on_after(int64_t n, End end) {
    const nmsw::testing::TemporaryFolder folder;
    copy(before_.path(), folder.path());
    const bool happened = live_to(folder.path(), n, end);
    chapter().live(folder.path(), Reopen::never);
    EXPECT_EQ(contents_of(folder / "r.sqlite"), expected_)
        << "after a fault at action " << n << " of kind " << static_cast<int>(end);
    return happened;
  }

  const nmsw::testing::EnvironmentVariable place_{"TMPDIR", quick_folder()};
  nmsw::testing::TemporaryFolder before_;
  std::vector<std::string> expected_;
};

/// Each action fails in one of the three ways, in turn; in all of them with NMSW_FAULTS=all.
TEST_P(Fault, AtAnyActionLeavesAStoreThatGoesOnToTheSameRows) {
  const bool all = std::getenv("NMSW_FAULTS") != nullptr;
  int64_t n = 0;
  for (bool more = true; more && !HasFailure();) {
    ++n;
    more = goes_on_after(n, static_cast<End>(n % 3));
    for (const int64_t other : {n + 1, n + 2}) {
      if (all) goes_on_after(n, static_cast<End>(other % 3));
    }
  }
  RecordProperty("actions", static_cast<int>(n - 1));
  EXPECT_GT(n, 50) << "the rule is not asked";
}

INSTANTIATE_TEST_SUITE_P(Store, Fault, ::testing::ValuesIn(kChapters),
                         [](const auto& chapter) { return std::string(chapter.param.name); });

class Life : public ::testing::TestWithParam<Chapter> {};

TEST_P(Life, IsTheSameWhenTheStoreIsOpenedAnewForEveryOperation) {
  const nmsw::testing::TemporaryFolder once, anew;
  for (const auto& [folder, reopen] :
       {std::pair(&once, Reopen::never), std::pair(&anew, Reopen::always)}) {
    GetParam().prepare(folder->path());
    GetParam().live(folder->path(), reopen);
  }
  EXPECT_EQ(contents_of(anew / "r.sqlite"), contents_of(once / "r.sqlite"));
}

TEST_P(Life, IsTheSameWhenItIsLivedTwice) {
  const nmsw::testing::TemporaryFolder folder;
  GetParam().prepare(folder.path());
  GetParam().live(folder.path(), Reopen::never);
  const auto once = contents_of(folder / "r.sqlite");
  GetParam().live(folder.path(), Reopen::never);
  EXPECT_EQ(contents_of(folder / "r.sqlite"), once);
}

INSTANTIATE_TEST_SUITE_P(Store, Life, ::testing::ValuesIn(kChapters),
                         [](const auto& chapter) { return std::string(chapter.param.name); });

}  // namespace
}  // namespace nmsw::results::testing
