#include <fcntl.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/file.h>
#include <sys/wait.h>
#include <unistd.h>

#include <chrono>
#include <csignal>
#include <thread>

#include "nmsw/base/atomic_file.h"
#include "nmsw/base/digest.h"
#include "nmsw/base/error.h"
#include "results/query_format.h"
#include "results/store.h"
#include "tests/support/build_paths.h"
#include "tests/support/temporary_folder.h"

namespace nmsw::runners {
namespace {

namespace fs = std::filesystem;

pid_t start_run(const fs::path& folder, const std::string& log_name = "log") {
  const std::string program = (testing::build_folder() / "nmsw").string();
  const std::string experiment = (testing::source_folder() / "experiments" / "smoke.yaml").string();
  const pid_t child = fork();
  if (child != 0) return child;
  const int log = open((folder / log_name).c_str(), O_CREAT | O_WRONLY | O_TRUNC, 0644);
  dup2(log, STDOUT_FILENO);
  dup2(log, STDERR_FILENO);
  if (chdir(folder.c_str()) != 0) _exit(126);
  execl(program.c_str(), program.c_str(), "run", experiment.c_str(), "--db", "r.sqlite", "--quiet",
        "--threads", "1", "--set", "training.checkpoint_every_s=0", nullptr);
  _exit(127);
}

/// Exit code, or -1 when the process was killed after `patience`.
int end_of(pid_t child, std::chrono::milliseconds patience) {
  const auto deadline = std::chrono::steady_clock::now() + patience;
  int status = 0;
  while (waitpid(child, &status, WNOHANG) == 0) {
    if (std::chrono::steady_clock::now() >= deadline) {
      kill(child, SIGKILL);
      waitpid(child, &status, 0);
      break;
    }
    std::this_thread::sleep_for(std::chrono::milliseconds(5));
  }
  return WIFEXITED(status) ? WEXITSTATUS(status) : -1;
}

std::string stored(const fs::path& database) {
  const auto store = results::ResultStore::open_read_only(database);
  std::string text;
  for (const char* query :
       {"SELECT dataset, backbone, method, k, case_id, class_index, metric, printf('%.17g', value) "
        "FROM v_cases ORDER BY 1, 2, 3, 4, 5, 6, 7",
        "SELECT dataset, scheme, epoch, printf('%.17g', train_loss), printf('%.17g', "
        "validation_loss) "
        "FROM v_learning_curves ORDER BY 1, 2, 3",
        "SELECT dataset, class_index, printf('%.17g', weight) FROM v_class_weights ORDER BY 1, "
        "2"}) {
    for (const auto& row : store.query(query).rows) {
      for (const auto& cell : row) text += results::format_value(cell) + '|';
      text += '\n';
    }
  }
  return text;
}

TEST(Kill, ARunKilledAgainAndAgainEndsWithTheSameResultsBitForBit) {
  if (!fs::exists(testing::build_folder() / "nmsw-tensor"))
    GTEST_SKIP() << "nmsw-tensor is not built";
  using std::chrono::milliseconds;
  const testing::TemporaryFolder calm, rough;
  ASSERT_EQ(end_of(start_run(calm.path()), std::chrono::minutes(10)), 0) << read_file(calm / "log");
  int kills = 0, code = -1;
  // Longer lives each time, so that the kills fall into every part of the run and it ends at last.
  // A task that lost three workers in a row is failed: whoever killed them tries again.
  constexpr int kSomeFailed = 4;
  for (milliseconds patience{350}; code == -1 || code == kSomeFailed;
       patience += milliseconds(210)) {
    code = end_of(start_run(rough.path()), patience);
    kills += code == -1 ? 1 : 0;
    if (code != kSomeFailed) continue;
    ASSERT_GT(results::ResultStore::open(rough / "r.sqlite").retry_failed(), 0)
        << read_file(rough / "log");
  }
  ASSERT_EQ(code, 0) << read_file(rough / "log");
  EXPECT_GT(kills, 0);
  const std::string expected = stored(calm / "r.sqlite");
  EXPECT_GT(expected.size(), 1000u);
  EXPECT_EQ(stored(rough / "r.sqlite"), expected);
}

/// Whether the run's phantoms are made, and nobody holds them any more.
bool has_phantoms(const fs::path& folder) {
  std::error_code absent;
  for (const auto& entry : fs::directory_iterator(folder / "results" / "data", absent)) {
    if (entry.path().extension() != ".lock" ||
        !fs::exists(fs::path(entry.path()).replace_extension() / "phantom.json")) {
      continue;
    }
    const int lock = open(entry.path().c_str(), O_RDWR);
    const bool is_free = flock(lock, LOCK_EX | LOCK_NB) == 0;
    close(lock);
    return is_free;
  }
  return false;
}

/// Waits until a task of the run is at work, past the making of phantoms.
void wait_for_work(const fs::path& folder) {
  const fs::path database = folder / "r.sqlite";
  for (int i = 0; i < 6000; ++i) {
    std::this_thread::sleep_for(std::chrono::milliseconds(10));
    if (!fs::exists(database) || !has_phantoms(folder)) continue;
    try {
      const auto store = results::ResultStore::open_read_only(database);
      for (const results::TaskState& task : store.tasks()) {
        if (task.state == "running") return;
      }
    } catch (const Error&) {  // it is being made
      continue;
    }
  }
  FAIL() << "no task began";
}

TEST(Kill, ASuspendedRunnerTouchesNothingOfTheOneThatTookOver) {
  if (!fs::exists(testing::build_folder() / "nmsw-tensor"))
    GTEST_SKIP() << "nmsw-tensor is not built";
  const testing::TemporaryFolder folder;
  const fs::path database = folder / "r.sqlite";
  const pid_t first = start_run(folder.path(), "first");
  wait_for_work(folder.path());
  kill(first, SIGSTOP);
  // As if its lease were over.
  ASSERT_EQ(
      results::ResultStore::open(database).release_lost([](const std::string&) { return true; }),
      1);
  EXPECT_EQ(end_of(start_run(folder.path(), "second"), std::chrono::minutes(10)), 0)
      << read_file(folder / "second");
  const std::string expected = stored(database);
  kill(first, SIGCONT);
  EXPECT_EQ(end_of(first, std::chrono::minutes(10)), 0);
  EXPECT_THAT(read_file(folder / "first"),
              ::testing::HasSubstr("another worker has taken this task over"));
  EXPECT_EQ(stored(database), expected);
  const auto store = results::ResultStore::open_read_only(database);
  int files = 0;
  for (const results::TaskState& task : store.tasks()) {
    for (const results::Artifact& artifact : store.artifacts(task.task.key)) {
      const fs::path file =
          fs::path(artifact.path).is_absolute() ? fs::path(artifact.path) : folder / artifact.path;
      EXPECT_EQ(sha256_file(file), artifact.sha256) << file;
      ++files;
    }
  }
  EXPECT_GT(files, 0);
}

TEST(Kill, AStopSignalEndsARunWith130AtAnyMomentAndItGoesOn) {
  if (!fs::exists(testing::build_folder() / "nmsw-tensor"))
    GTEST_SKIP() << "nmsw-tensor is not built";
  const testing::TemporaryFolder folder;
  for (const int signal : {SIGINT, SIGTERM, SIGHUP}) {
    for (const int delay_ms : {1, 30, 200, 900, 1800}) {
      const pid_t run = start_run(folder.path());
      std::this_thread::sleep_for(std::chrono::milliseconds(delay_ms));
      // From the moment that nmsw starts the tensor program on, signals are held or handled.
      const std::string name = read_file(fmt::format("/proc/{}/comm", run));
      kill(run, signal);
      const int code = end_of(run, std::chrono::minutes(2));
      EXPECT_TRUE(code == 130 || code == 0 || name != "nmsw-tensor\n")
          << code << " after " << delay_ms << " ms: " << read_file(folder / "log");
    }
  }
  EXPECT_EQ(end_of(start_run(folder.path()), std::chrono::minutes(10)), 0)
      << read_file(folder / "log");
}

}  // namespace
}  // namespace nmsw::runners
