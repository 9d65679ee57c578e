#pragma once

#include <functional>

namespace nmsw::runners {

/// Exit code of a process that was interrupted.
inline constexpr int kInterruptedCode = 130;

/// Runs what a program is for and returns its exit code. What `body` throws becomes one message on
/// stderr and the code of its kind (README: exit codes); standard output that cannot be written is
/// a fault as well.
int run_program(const std::function<int()>& body);

}  // namespace nmsw::runners
