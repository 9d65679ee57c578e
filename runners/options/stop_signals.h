#pragma once

namespace nmsw::runners {

/// Gives SIGINT, SIGTERM and SIGHUP a handler, but for those that whoever started the program has it
/// ignore (nohup; a job in the background of a script).
void handle_stop_signals(void (*handler)(int));

/// Holds these signals back until release_stop_signals, also across exec.
void hold_stop_signals();
void release_stop_signals();

}  // namespace nmsw::runners
