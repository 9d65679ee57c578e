#include "runners/options/stop_signals.h"

#include <array>

#include <signal.h>

namespace nmsw::runners {
namespace {

constexpr std::array<int, 3> kStopSignals{SIGINT, SIGTERM, SIGHUP};

void mask(int how) {
  sigset_t signals;
  sigemptyset(&signals);
  for (const int signal : kStopSignals) sigaddset(&signals, signal);
  sigprocmask(how, &signals, nullptr);
}

}  // namespace

void handle_stop_signals(void (*handler)(int)) {
  for (const int signal : kStopSignals) {
    struct sigaction action {};
    sigaction(signal, nullptr, &action);
    if (action.sa_handler == SIG_IGN) continue;
    action = {};
    action.sa_handler = handler;
    sigaction(signal, &action, nullptr);
  }
}

void hold_stop_signals() { mask(SIG_BLOCK); }
void release_stop_signals() { mask(SIG_UNBLOCK); }

}  // namespace nmsw::runners
