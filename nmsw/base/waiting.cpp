#include "nmsw/base/waiting.h"

#include <sys/file.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <chrono>
#include <iostream>
#include <thread>

namespace nmsw {
namespace {

constexpr std::array<int, 8> kPausesMs{1, 2, 5, 10, 15, 25, 50, 100};

}  // namespace

void note_on_stderr(const std::string& note) { std::cerr << "note: " << note << '\n'; }

void sleep_ms(int milliseconds) {
  std::this_thread::sleep_for(std::chrono::milliseconds(milliseconds));
}

bool Wait::again() {
  if (waiting_.stop && waiting_.stop()) throw Interrupted();
  if (waited_ms_ >= waiting_.limit_ms) return false;
  if (!told_ && waited_ms_ >= waiting_.say_after_ms) {
    told_ = true;
    if (waiting_.tell) waiting_.tell("waiting for " + what_ + ", which another program holds");
  }
  const size_t step = std::min<size_t>(pauses_++, kPausesMs.size() - 1);
  const int pause_ms = std::min(kPausesMs[step], waiting_.limit_ms - waited_ms_);
  waiting_.pause(pause_ms);
  waited_ms_ += pause_ms;
  return true;
}

bool lock_descriptor(int descriptor, const std::string& what, const Waiting& waiting) {
  Wait wait(waiting, what);
  while (::flock(descriptor, LOCK_EX | LOCK_NB) != 0) {
    if (errno == EINTR) continue;
    if (errno != EWOULDBLOCK) return true;
    if (!wait.again()) return false;
  }
  return true;
}

}  // namespace nmsw
