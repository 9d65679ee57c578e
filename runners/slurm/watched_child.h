#pragma once

#include <cstdint>
#include <functional>

namespace nmsw::runners {

/// Why a child was asked to stop: a signal that this process got, or the hour.
enum class StopCause { none, preempted, terminated, hour };

/// How a child ended.
///
/// code          its exit code; -1 where a signal ended it
/// signal        that signal; 0 without one
/// cause         why it was asked to stop; none: it was not
/// seconds       it ran
/// peak_bytes    its largest resident memory
/// trouble       `look` saw trouble while it ran
struct ChildEnd {
  int code = -1;
  int signal = 0;
  StopCause cause = StopCause::none;
  double seconds = 0;
  int64_t peak_bytes = 0;
  bool trouble = false;
};

/// What is watched while a child runs.
///
/// start      runs in the child and does not return (exec)
/// seconds    after which it is asked to stop; negative: never
/// look       asked twice a second; true: there is trouble
struct ChildWatch {
  std::function<void()> start;
  double seconds = -1;
  std::function<bool()> look = [] { return false; };
};

/// Blocks the signals that ask a job to stop, SIGUSR2 and SIGTERM, which differ from one version and
/// configuration of Slurm to the next, SIGINT and SIGHUP, and SIGCHLD; in all threads made later.
/// watch_child waits for them. To be called before anything else: one that has come before a child
/// is there then stops it at once.
void hold_job_signals();

/// Runs a child and waits for its end. On a signal or at the hour it gets SIGTERM, once, upon which
/// it saves. It ends with this process.
ChildEnd watch_child(const ChildWatch& watch);

}  // namespace nmsw::runners
