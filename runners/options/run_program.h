#pragma once

#include <functional>

namespace nmsw::runners {

/// Runs what a program is for and returns its exit code. What `body` throws becomes one message on
/// stderr and the code of its kind (README: exit codes); standard output that cannot be written is
/// a fault as well.
int run_program(const std::function<int()>& body);

}  // namespace nmsw::runners
