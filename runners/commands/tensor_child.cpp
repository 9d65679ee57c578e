#include "runners/commands/tensor_child.h"

#include <fcntl.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <csignal>
#include <filesystem>
#include <iostream>

#include "nmsw/base/error.h"
#include "runners/options/run_program.h"
#include "runners/options/stop_signals.h"

namespace nmsw::runners {
namespace {

// NOLINTNEXTLINE(cppcoreguidelines-avoid-non-const-global-variables): all that a handler can reach
volatile std::sig_atomic_t waited_for = 0;

/// A terminal's Ctrl-C reaches the child as well; SIGTERM besides means the same to it, where a
/// second SIGINT would end it at once.
extern "C" void pass_on(int /*signal*/) {
  if (waited_for > 0) kill(static_cast<pid_t>(waited_for), SIGTERM);
}

std::filesystem::path tensor_program() {
  return std::filesystem::read_symlink("/proc/self/exe").parent_path() / "nmsw-tensor";
}

/// Starts the program; `output` takes its standard output where it is a descriptor.
pid_t start(const std::string& verb, const Arguments& arguments, int output) {
  std::cout.flush();
  const pid_t child = fork();
  if (child < 0) throw DataError("nmsw-tensor: no further process can be started; end others");
  if (child > 0) return child;
  if (output >= 0) dup2(output, STDOUT_FILENO);
  try {
    continue_in_tensor_program(verb, arguments);
  } catch (const Error& fault) {
    std::cerr << "nmsw: error: " << fault.what() << '\n';
  }
  _exit(static_cast<int>(ErrorKind::config));
}

int exit_code_of(pid_t child) {
  int status = 0;
  while (waitpid(child, &status, 0) < 0) {
    if (errno != EINTR) return 1;
  }
  return WIFEXITED(status) ? WEXITSTATUS(status) : 1;
}

}  // namespace

int run_tensor_program(const std::string& verb, const Arguments& arguments) {
  if (!std::filesystem::exists(tensor_program()))
    throw ConfigError("{}: is not there; 'make build' makes it", tensor_program().string());
  hold_stop_signals();
  const pid_t child = start(verb, arguments, -1);
  waited_for = child;
  handle_stop_signals(pass_on);
  release_stop_signals();
  const int code = exit_code_of(child);
  waited_for = 0;
  handle_stop_signals([](int) { _exit(kInterruptedCode); });
  return code;
}

std::optional<std::string> output_of_tensor_program(const std::string& verb,
                                                    const Arguments& arguments) {
  if (!std::filesystem::exists(tensor_program())) return std::nullopt;
  std::array<int, 2> ends{};
  if (pipe2(ends.data(), O_CLOEXEC) != 0) return std::nullopt;
  const pid_t child = start(verb, arguments, ends[1]);
  close(ends[1]);
  std::string text;
  std::array<char, 4096> part{};
  ssize_t count = 0;
  while ((count = read(ends[0], part.data(), part.size())) > 0 || (count < 0 && errno == EINTR)) {
    if (count > 0) text.append(part.data(), static_cast<size_t>(count));
  }
  close(ends[0]);
  if (exit_code_of(child) != 0) return std::nullopt;
  return text;
}

}  // namespace nmsw::runners
