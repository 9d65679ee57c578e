#pragma once

#include <functional>
#include <string>

#include "nmsw/base/interruption.h"

namespace nmsw {

void note_on_stderr(const std::string& note);
void sleep_ms(int milliseconds);

/// How to wait for what another program holds.
///
/// limit_ms       how long; then comes an error
/// say_after_ms   when to say for what
/// stop           asked before every pause; true ends the wait with Interrupted. Empty: never
/// tell, pause    how to say and how to wait; a test's clock does neither
struct Waiting {
  int limit_ms = 60000;
  int say_after_ms = 3000;
  StopRequest stop;
  std::function<void(const std::string& note)> tell = note_on_stderr;
  std::function<void(int milliseconds)> pause = sleep_ms;
};

/// One wait for one thing. What it counts is the length of the pauses, not the time of day.
class Wait {
 public:
  /// what: a file or folder.
  Wait(const Waiting& waiting, std::string what) : waiting_(waiting), what_(std::move(what)) {}

  /// Pauses, at first shortly; false when the limit is reached.
  /// throws   Interrupted if the work should stop
  bool again();

 private:
  const Waiting& waiting_;
  std::string what_;
  int pauses_ = 0;
  int waited_ms_ = 0;
  bool told_ = false;
};

/// Takes the advisory lock (flock) of an open file or folder, waiting while another program has it;
/// where the file system has no locks, nothing. False when the waiting is over. Throws Interrupted.
bool lock_descriptor(int descriptor, const std::string& what, const Waiting& waiting);

}  // namespace nmsw
