#include "runners/slurm/watched_child.h"

#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cerrno>
#include <chrono>
#include <csignal>
#include <ctime>

#include "nmsw/base/error.h"

namespace nmsw::runners {
namespace {

constexpr int kNotStarted = 127;
constexpr long kLookNanoseconds = 500'000'000;

sigset_t job_signals() {
  sigset_t signals;
  sigemptyset(&signals);
  for (const int signal : {SIGUSR2, SIGTERM, SIGINT, SIGHUP, SIGCHLD}) sigaddset(&signals, signal);
  return signals;
}

StopCause cause_of(int signal) {
  if (signal == SIGUSR2) return StopCause::preempted;
  return signal == SIGCHLD || signal <= 0 ? StopCause::none : StopCause::terminated;
}

pid_t start_child(const ChildWatch& watch) {
  const pid_t parent = getpid();
  const pid_t child = fork();
  if (child < 0) throw DataError("no further process can be started on this node");
  if (child > 0) return child;
  prctl(PR_SET_PDEATHSIG, SIGKILL);
  if (getppid() != parent) _exit(kNotStarted);
  const sigset_t signals = job_signals();
  sigprocmask(SIG_UNBLOCK, &signals, nullptr);
  try {
    watch.start();
  } catch (const std::exception& fault) {
    const std::string text = std::string("nmsw: error: ") + fault.what() + '\n';
    static_cast<void>(!write(STDERR_FILENO, text.data(), text.size()));
  }
  _exit(kNotStarted);
}

/// Fills in how it ended; false while it runs.
bool has_ended(pid_t child, ChildEnd& end) {
  int status = 0;
  struct rusage used {};
  const pid_t ended = wait4(child, &status, WNOHANG, &used);
  if (ended == 0 || (ended < 0 && errno == EINTR)) return false;
  end.code = ended == child && WIFEXITED(status) ? WEXITSTATUS(status) : -1;
  end.signal = ended == child && WIFSIGNALED(status) ? WTERMSIG(status) : 0;
  end.peak_bytes = int64_t{1024} * used.ru_maxrss;
  return true;
}

}  // namespace

void hold_job_signals() {
  const sigset_t signals = job_signals();
  sigprocmask(SIG_BLOCK, &signals, nullptr);
}

ChildEnd watch_child(const ChildWatch& watch) {
  using Clock = std::chrono::steady_clock;
  const sigset_t signals = job_signals();
  const auto began = Clock::now();
  const auto seconds_gone = [&] {
    return std::chrono::duration<double>(Clock::now() - began).count();
  };
  ChildEnd end;
  const pid_t child = start_child(watch);
  while (!has_ended(child, end)) {
    const timespec pause{0, kLookNanoseconds};
    StopCause cause = cause_of(sigtimedwait(&signals, nullptr, &pause));
    if (cause == StopCause::none && watch.seconds >= 0 && seconds_gone() >= watch.seconds)
      cause = StopCause::hour;
    if (cause != StopCause::none && end.cause == StopCause::none) {
      end.cause = cause;
      kill(child, SIGTERM);
    }
    end.trouble = watch.look() || end.trouble;
  }
  end.seconds = seconds_gone();
  return end;
}

}  // namespace nmsw::runners
