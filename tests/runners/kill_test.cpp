#include <fcntl.h>
#include <gtest/gtest.h>
#include <sys/wait.h>
#include <unistd.h>

#include <chrono>
#include <csignal>
#include <thread>

#include "nmsw/base/atomic_file.h"
#include "results/query_format.h"
#include "results/store.h"
#include "tests/support/build_paths.h"
#include "tests/support/temporary_folder.h"

namespace nmsw::runners {
namespace {

namespace fs = std::filesystem;

pid_t start_run(const fs::path& folder) {
  const std::string program = (testing::build_folder() / "nmsw-tensor").string();
  const std::string experiment = (testing::source_folder() / "experiments" / "smoke.yaml").string();
  const pid_t child = fork();
  if (child != 0) return child;
  const int log = open((folder / "log").c_str(), O_CREAT | O_WRONLY | O_TRUNC, 0644);
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
  for (milliseconds patience{350}; code == -1; patience += milliseconds(210)) {
    code = end_of(start_run(rough.path()), patience);
    kills += code == -1 ? 1 : 0;
  }
  ASSERT_EQ(code, 0) << read_file(rough / "log");
  EXPECT_GT(kills, 0);
  const std::string expected = stored(calm / "r.sqlite");
  EXPECT_GT(expected.size(), 1000u);
  EXPECT_EQ(stored(rough / "r.sqlite"), expected);
}

}  // namespace
}  // namespace nmsw::runners
