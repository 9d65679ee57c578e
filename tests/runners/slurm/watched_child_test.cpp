#include "runners/slurm/watched_child.h"

#include <gtest/gtest.h>
#include <sys/wait.h>
#include <unistd.h>

#include <csignal>
#include <cstdio>
#include <functional>
#include <string>

namespace nmsw::runners {
namespace {

/// Signals are blocked in the process that watches, so that each of these has one of its own. What
/// it finds is its exit code.
int in_process(const std::function<int()>& body) {
  std::fflush(nullptr);
  const pid_t child = fork();
  if (child == 0) {
    hold_job_signals();
    _exit(body());
  }
  int status = 0;
  waitpid(child, &status, 0);
  return WIFEXITED(status) ? WEXITSTATUS(status) : 200;
}

ChildWatch shell(const std::string& script) {
  ChildWatch watch;
  watch.start = [script] { execl("/bin/sh", "sh", "-c", script.c_str(), nullptr); };
  return watch;
}

constexpr const char* kSaves =
    "trap 'exit 42' TERM; kill -USR2 $PPID; while :; do sleep 0.05; done";

TEST(WatchedChild, ItsExitCodeIsTold) {
  EXPECT_EQ(in_process([] {
              const ChildEnd end = watch_child(shell("exit 7"));
              return end.code == 7 && end.signal == 0 && end.cause == StopCause::none &&
                             end.peak_bytes > 0
                         ? 0
                         : 1;
            }),
            0);
}

TEST(WatchedChild, ItsSignalIsTold) {
  EXPECT_EQ(in_process([] {
              const ChildEnd end = watch_child(shell("kill -9 $$"));
              return end.signal == SIGKILL && end.code == -1 ? 0 : 1;
            }),
            0);
}

TEST(WatchedChild, APreemptionReachesItAsATerminationOnWhichItSaves) {
  EXPECT_EQ(in_process([] {
              const ChildEnd end = watch_child(shell(kSaves));
              return end.code == 42 && end.cause == StopCause::preempted ? 0 : 1;
            }),
            0);
}

TEST(WatchedChild, ATerminationLikewise) {
  std::string script = kSaves;
  script.replace(script.find("USR2"), 4, "TERM");
  EXPECT_EQ(in_process([&] {
              const ChildEnd end = watch_child(shell(script));
              return end.code == 42 && end.cause == StopCause::terminated ? 0 : 1;
            }),
            0);
}

TEST(WatchedChild, ASignalBeforeTheChildIsThereIsNotLost) {
  EXPECT_EQ(in_process([] {
              kill(getpid(), SIGUSR2);
              const ChildEnd end = watch_child(shell("while :; do sleep 0.05; done"));
              return end.signal == SIGTERM && end.cause == StopCause::preempted ? 0 : 1;
            }),
            0);
}

TEST(WatchedChild, TheHourStopsIt) {
  EXPECT_EQ(in_process([] {
              ChildWatch watch = shell("trap 'exit 42' TERM; while :; do sleep 0.05; done");
              watch.seconds = 0;
              const ChildEnd end = watch_child(watch);
              // Where the shell has not come to its trap the signal ends it.
              return end.cause == StopCause::hour && (end.code == 42 || end.signal == SIGTERM) ? 0
                                                                                               : 1;
            }),
            0);
}

TEST(WatchedChild, TroubleIsRemembered) {
  EXPECT_EQ(in_process([] {
              ChildWatch watch = shell("exit 0");
              int looks = 0;
              watch.look = [&] { return ++looks == 1; };
              watch.start = [] { execl("/bin/sleep", "sleep", "1", nullptr); };
              return watch_child(watch).trouble ? 0 : 1;
            }),
            0);
}

}  // namespace
}  // namespace nmsw::runners
