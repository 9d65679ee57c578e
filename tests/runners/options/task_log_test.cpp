#include "runners/options/task_log.h"

#include <unistd.h>

#include <gtest/gtest.h>

#include "nmsw/base/atomic_file.h"
#include "runners/options/verb_plan.h"
#include "runners/options/worker_process.h"
#include "tests/support/temporary_folder.h"

namespace nmsw::runners {
namespace {

results::Clock fixed_clock() {
  return [] { return 1.75e9; };
}

constexpr const char* kTime = "2025-06-15T15:06:40.000Z ";

TEST(TaskLog, WritesEveryLineWithItsTimeAtOnce) {
  const testing::TemporaryFolder folder;
  TaskLog log(folder / "log.txt", fixed_clock());
  log.write("one\ntwo");
  EXPECT_EQ(read_file(folder / "log.txt"), std::string(kTime) + "one\n" + kTime + "two\n");
}

TEST(TaskLog, GoesOnAtTheEndOfTheFile) {
  const testing::TemporaryFolder folder;
  for (const char* text : {"first", "second"})
    TaskLog(folder / "log.txt", fixed_clock()).write(text);
  EXPECT_EQ(last_lines(folder / "log.txt", 9), std::string(kTime) + "first\n" + kTime + "second");
}

TEST(TaskLog, TakesTheNotesOfTheProcessWhileItLives) {
  const testing::TemporaryFolder folder;
  {
    const TaskLog outer(folder / "outer.txt", fixed_clock());
    {
      const TaskLog inner(folder / "inner.txt", fixed_clock());
      tell_on_stderr("inside");
    }
    tell_on_stderr("outside");
  }
  tell_on_stderr("after");
  EXPECT_EQ(read_file(folder / "inner.txt"), std::string(kTime) + "note: inside\n");
  EXPECT_EQ(read_file(folder / "outer.txt"), std::string(kTime) + "note: outside\n");
}

TEST(TaskLog, ThatCannotBeWrittenStopsNothing) {
  TaskLog log("/no/such/folder/log.txt", fixed_clock());
  log.write("lost");
  EXPECT_EQ(error_with_log("the fault", log.file()), "the fault");
}

TEST(TaskLog, EndsAnErrorWithItsLastLines) {
  const testing::TemporaryFolder folder;
  TaskLog log(folder / "log.txt", fixed_clock());
  for (int i = 1; i <= 7; ++i) log.write("line " + std::to_string(i));
  const std::string text = error_with_log("the fault", log.file());
  EXPECT_EQ(text.substr(0, text.find('\n')), "the fault");
  EXPECT_EQ(text.find("line 2"), std::string::npos);
  EXPECT_NE(text.find("line 3"), std::string::npos);
  EXPECT_NE(text.find("line 7"), std::string::npos);
}

TEST(WorkerProcess, IsGoneWhenItsProcessIs) {
  EXPECT_FALSE(worker_is_gone(worker_name(getppid())));
  EXPECT_TRUE(worker_is_gone(worker_name(getpid()))) << "this process works on nothing yet";
  EXPECT_TRUE(worker_is_gone(worker_name(0)));
  EXPECT_FALSE(worker_is_gone("another-host:1"));
  EXPECT_FALSE(worker_is_gone("no colon"));
}

}  // namespace
}  // namespace nmsw::runners
