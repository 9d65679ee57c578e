#include "runners/slurm/slurm_program.h"

#include <fcntl.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstdio>
#include <cstring>
#include <memory>

#include "nmsw/base/error.h"
#include "nmsw/base/file_descriptor.h"

namespace nmsw::runners {
namespace {

constexpr int kNotFound = 127;

bool begins_with(const std::string& text, const char* start) { return text.rfind(start, 0) == 0; }

bool is_kept(const std::string& entry) {
  constexpr std::array<const char*, 3> kWhere{"SLURM_CONF=", "SLURM_CLUSTERS=", "SLURM_JWT="};
  return std::any_of(kWhere.begin(), kWhere.end(),
                     [&](const char* name) { return begins_with(entry, name); });
}

std::vector<std::string> own_environment() {
  std::vector<std::string> entries;
  for (char** entry = environ; *entry != nullptr; ++entry) entries.emplace_back(*entry);
  return entries;
}

std::vector<char*> pointers(std::vector<std::string>& texts) {
  std::vector<char*> list;
  for (std::string& text : texts) list.push_back(text.data());
  list.push_back(nullptr);
  return list;
}

std::string text_of(int descriptor) {
  std::string text;
  std::array<char, 65536> part{};
  ssize_t count = 0;
  while ((count = read(descriptor, part.data(), part.size())) > 0 ||
         (count < 0 && errno == EINTR)) {
    if (count > 0) text.append(part.data(), static_cast<size_t>(count));
  }
  return text;
}

std::string without_last_line_end(std::string text) {
  while (!text.empty() && (text.back() == '\n' || text.back() == ' ')) text.pop_back();
  return text;
}

}  // namespace

std::vector<std::string> outer_environment(const std::vector<std::string>& own) {
  const bool inside = std::any_of(own.begin(), own.end(), [](const std::string& entry) {
    return begins_with(entry, "SLURM_JOB_ID=");
  });
  std::vector<std::string> kept;
  for (const std::string& entry : own) {
    const bool of_job =
        (begins_with(entry, "SLURM_") && !is_kept(entry)) || begins_with(entry, "SLURMD_");
    const bool device = inside && (begins_with(entry, "CUDA_VISIBLE_DEVICES=") ||
                                   begins_with(entry, "GPU_DEVICE_ORDINAL=") ||
                                   begins_with(entry, "ROCR_VISIBLE_DEVICES="));
    if (!of_job && !device) kept.push_back(entry);
  }
  return kept;
}

ProgramAnswer run_slurm(const std::vector<std::string>& words) {
  std::vector<std::string> argument_words = words, entries = outer_environment(own_environment());
  for (const char* entry : {"SLURM_TIME_FORMAT=%s", "SLURM_BITSTR_LEN=0", "LC_ALL=C"})
    entries.emplace_back(entry);
  const std::vector<char*> argv = pointers(argument_words), envp = pointers(entries);
  std::array<int, 2> ends{};
  const std::unique_ptr<FILE, int (*)(FILE*)> errors(std::tmpfile(), &std::fclose);
  if (!errors || pipe2(ends.data(), O_CLOEXEC) != 0)
    throw DataError("{}: cannot be started: no pipe or temporary file can be made", words.front());
  FileDescriptor reading(ends[0]), writing(ends[1]);
  const pid_t child = fork();
  if (child < 0) throw DataError("{}: no further process can be started", words.front());
  if (child == 0) {
    sigset_t none;
    sigemptyset(&none);
    sigprocmask(SIG_SETMASK, &none, nullptr);
    dup2(writing.number(), STDOUT_FILENO);
    dup2(fileno(errors.get()), STDERR_FILENO);
    execvpe(argv[0], argv.data(), envp.data());
    _exit(kNotFound);
  }
  writing.close();
  ProgramAnswer answer;
  answer.out = text_of(reading.number());
  int status = 0;
  while (waitpid(child, &status, 0) < 0 && errno == EINTR) {
  }
  lseek(fileno(errors.get()), 0, SEEK_SET);
  answer.err = without_last_line_end(text_of(fileno(errors.get())));
  answer.code = WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
  if (answer.code == kNotFound && answer.out.empty() && answer.err.empty()) {
    throw ConfigError(
        "{}: is not there; run this where Slurm's programs are (a login node), or use nmsw run",
        words.front());
  }
  return answer;
}

std::string slurm_output(const std::vector<std::string>& words) {
  const ProgramAnswer answer = run_slurm(words);
  if (answer.code != 0) {
    throw DataError(
        "{}: {}; is the cluster up (sinfo), and are the options its own?", words.front(),
        answer.err.empty() ? fmt::format("ended with code {}", answer.code) : answer.err);
  }
  return answer.out;
}

}  // namespace nmsw::runners
